import subprocess
import sys
from pathlib import Path

import optuna

from {{ cookiecutter.package_name }}.training import trials
from {{ cookiecutter.package_name }}.training.trials import claim, curve, open_study, reached


def test_processes_share_a_study_and_take_over_from_one_that_is_gone(tmp_path: Path) -> None:
    study = optuna.create_study()
    taken = [claim(lambda: study, tmp_path, 2) for _ in range(3)]
    assert [each and each[0].number for each in taken] == [0, 1, None]
    assert taken[0]
    taken[0][1].release()
    again = claim(lambda: study, tmp_path, 2)
    assert again
    assert again[0].number == 0


def test_a_study_is_kept_once_a_trial_has_started(tmp_path: Path) -> None:
    before = open_study(tmp_path, "val/loss", 0)
    assert before.direction.name == "MINIMIZE"
    before.ask().suggest_float("x", 0, 1)
    assert [each.params.keys() for each in open_study(tmp_path, "val/loss", 0).trials] == [{"x"}]


def test_a_row_that_is_being_written_does_not_count(tmp_path: Path) -> None:
    assert curve(tmp_path, "val/loss") == {}
    (tmp_path / "metrics.csv").write_text("epoch,train/loss,val/loss\n0,1.5,\n0,,0.75\n1,,0.12")
    assert curve(tmp_path, "val/loss") == {0: 0.75}


def test_the_loss_of_an_epoch_that_goes_on_is_not_final(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,train/loss,val/loss\n0,1.5,\n0,1.25,0.75\n1,1,0.5\n")
    assert reached(tmp_path, "train/loss") == {0: 1.25}
    assert reached(tmp_path, "val/loss") == {0: 0.75, 1: 0.5}


def test_a_trial_ends_when_the_process_that_started_it_is_gone(tmp_path: Path) -> None:
    code = f"from {trials.__name__} import end_with_parent; end_with_parent()"
    log = (tmp_path / "log").open("w")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=log, stderr=log) as process:
        assert process.poll() is None
        assert process.stdin
        process.stdin.close()  # as the system does when a process is killed
        assert process.wait(60) != 0
    assert not (tmp_path / "log").read_text()
