{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from omegaconf import OmegaConf
from rich.console import Console

from {{ cookiecutter.package_name }}.commands import tune
from {{ cookiecutter.package_name }}.commands.tune import Range, SearchSettings
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.overrides import CONFIGS, options_of
from {{ cookiecutter.package_name }}.config.schema import checked
from {{ cookiecutter.package_name }}.model.checkpoints import save_checkpoint

METRIC = "{{ task.monitor }}"
KEY = "model.learning_rate"
SEARCH = SearchSettings(trials=3, monitor=METRIC, pruned_after=0, space={KEY: Range(low=1e-4, high=1e-2, log=True)})


class Trainings:
    """Stands in the place of `subprocess.Popen`, and of the trainings that it starts.

    Args:
        score: Gives the metric of each epoch, by the number of the training.
        end: What happens at the end of a training, by its number; gives the status.
    """

    def __init__(self, score: Callable[[int], list[float]], end: Callable[[int, Path], int] = lambda number, run: 0) -> None:
        self.score = score
        self.end = end
        self.started: list[dict[str, str]] = []

    def __call__(self, argv: list[str], **_: Any) -> "Trainings":
        given = dict(text.lstrip("+").replace("'", "").split("=", 1) for text in argv[3:])
        self.started.append(given)
        self.run = Path(given["run_dir"] if "run_dir" in given else Path(given["ckpt_path"]))
        self.steps = self.train()
        self.returncode: int | None = None
        return self

    def train(self) -> Iterator[None]:
        self.run.mkdir(exist_ok=True)
        number, rows = len(self.started) - 1, [f"epoch,{METRIC}"]
        for epoch, value in enumerate(self.score(number)):
            rows.append(f"{epoch},{value}")
            (self.run / "metrics.csv").write_text("\n".join(rows) + "\n")
            yield
        self.returncode = self.end(number, self.run)
        if not self.returncode:
            (self.run / "metrics.json").write_text("{}")

    def poll(self) -> int | None:
        next(self.steps, None)
        return self.returncode

    def terminate(self) -> None:
        self.returncode = 143

    def wait(self) -> None:
        pass

    def __enter__(self) -> "Trainings":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def search(patch: pytest.MonkeyPatch, folder: Path, trainings: Trainings, settings: SearchSettings = SEARCH) -> Any:
    """Runs a search, and gives its study."""
    patch.setattr("subprocess.Popen", trainings)
    patch.setattr("time.sleep", lambda seconds: None)
    tune.tune(settings, folder, ["trainer.max_epochs=2"], Console(quiet=True))
    return optuna.load_study(study_name=folder.name, storage=f"sqlite:///{folder / 'study.db'}")


def test_each_trial_is_a_training_with_other_values_and_the_best_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings(lambda number: [0.1, [0.3, 0.7, 0.5][number], 0.2])
    study = search(monkeypatch, tmp_path, trainings)
    assert [each["run_dir"] for each in trainings.started] == [str(tmp_path / str(number)) for number in range(3)]
    assert [each["trainer.max_epochs"] for each in trainings.started] == ["2"] * 3
    assert [each.value for each in study.trials] == [0.3, 0.7, 0.5]
    rates = [float(each[KEY]) for each in trainings.started]
    assert len(set(rates)) == 3
    assert all(1e-4 <= rate <= 1e-2 for rate in rates)
    assert (tmp_path / "best.yaml").read_text().startswith("# @package _global_\n# Trial 1 of 3")
    assert OmegaConf.load(tmp_path / "best.yaml") == {"model": {"learning_rate": rates[1]}}
    again = Trainings(lambda number: [1.0])
    search(monkeypatch, tmp_path, again)
    assert not again.started  # there are enough


def test_a_killed_search_goes_on_with_its_trial_and_repeats_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(number: int, run: Path) -> int:
        if number == 1:
            save_checkpoint({}, run / "checkpoints" / "last.ckpt")
            raise KeyboardInterrupt
        return 0

    with pytest.raises(KeyboardInterrupt):
        search(monkeypatch, tmp_path, Trainings(lambda number: [0.5], killed))
    after = Trainings(lambda number: [0.5, 0.6])
    study = search(monkeypatch, tmp_path, after)
    assert [each.state.name for each in study.trials] == ["COMPLETE"] * 3
    assert after.started[0] == {"ckpt_path": str(tmp_path / "1")}
    assert [Path(each["run_dir"]).name for each in after.started[1:]] == ["2"]
    assert study.trials[1].intermediate_values == {0: 0.5, 1: 0.6}


def test_a_trial_all_of_whose_checkpoints_are_damaged_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "0" / "checkpoints"
    left.mkdir(parents=True)
    (left / "last.ckpt").write_bytes(b"damaged")
    trainings = Trainings(lambda number: [0.5])
    search(monkeypatch, tmp_path, trainings)
    assert trainings.started[0]["run_dir"] == str(tmp_path / "0")
    assert trainings.started[0]["overwrite"] == "true"


def test_a_trial_that_is_behind_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "STARTUP", 1)
    study = search(monkeypatch, tmp_path, Trainings(lambda number: [0.9, 0.9, 0.9] if not number else [0.1, 0.1, 0.1]))
    assert [each.state.name for each in study.trials] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert study.trials[1].intermediate_values == {0: 0.1}
    assert study.best_trial.number == 0


def test_a_training_that_a_killed_search_has_left_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(number: int, run: Path) -> int:
        if number == 0:
            run.with_suffix(".log").open("a").write("error: run_dir is in use by another training: name another folder\n")
        return 2 if number == 0 else 0

    trainings = Trainings(lambda number: [0.5], refused)
    study = search(monkeypatch, tmp_path, trainings)
    assert [each.state.name for each in study.trials] == ["COMPLETE"] * 3
    assert len(trainings.started) == 4


def test_what_train_refuses_ends_the_search_and_what_diverges_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverges(number: int, run: Path) -> int:
        return 2 if number == 0 else 0

    study = search(monkeypatch, tmp_path / "one", Trainings(lambda number: [0.5], diverges))
    assert [each.state.name for each in study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]

    def refused(number: int, run: Path) -> int:
        run.with_suffix(".log").open("a").write("error: unknown key model.nope\n")
        return 2

    with pytest.raises(UserError, match=r"trial 0 could not start: unknown key model\.nope"):
        search(monkeypatch, tmp_path / "two", Trainings(lambda number: [], refused))


@pytest.mark.parametrize("name", options_of("search"))
def test_every_file_in_configs_gives_a_search_that_the_types_allow(name: str) -> None:
    values: Any = OmegaConf.to_container(OmegaConf.load(CONFIGS / "search" / f"{name}.yaml"))
    assert checked(SearchSettings, values).space


def test_mistakes_are_sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for argument, words in (("search=defalt", "did you mean default?"), ("trials=0", "trials=0: expected at least 1")):
        monkeypatch.setattr(sys, "argv", ["tune", argument, f"run_dir={tmp_path}"])
        with pytest.raises(SystemExit) as ended:
            tune.main()
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
