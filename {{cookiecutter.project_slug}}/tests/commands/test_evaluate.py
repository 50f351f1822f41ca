{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.evaluate import evaluate
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import module
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint

METRIC = "{{ task.test_metric }}"


@pytest.mark.slow
def test_evaluating_the_best_checkpoint_in_a_new_process_gives_the_numbers_of_the_training(run: Path, tmp_path: Path) -> None:
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    command = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.evaluate"]
    argv = [*command, "ckpt_path=moved.ckpt", "trainer.accelerator=cpu", "run_dir=out"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = json.loads((run / "metrics.json").read_text())
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == pytest.approx(expected, abs=1e-5)


def test_a_test_of_nothing_is_refused(run: Path, compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"nothing was tested: set trainer\.limit_test_batches"):
        evaluate(compose(evaluate, f"ckpt_path={run}", "data.num_workers=0", "trainer.limit_test_batches=0"))


def test_evaluating_other_images_takes_all_of_them_and_makes_no_splits(
    run: Path, root: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    other, splits = shutil.copytree(root, tmp_path / "other"), tmp_path / "splits"
    given = [f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", f"data.root={other}", f"data.splits_dir={splits}"]
    with pytest.raises(UserError, match="use split=all"):
        evaluate(compose(evaluate, *given))
    assert METRIC in evaluate(compose(evaluate, *given, "split=all"))
    assert not splits.exists()


def test_the_classes_are_those_of_the_checkpoint_and_not_of_the_data(
    run: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    checkpoint = load_checkpoint(str(run / "checkpoints" / "best.ckpt"))
    checkpoint["hyper_parameters"]["classes"] = [f"my {name}" for name in checkpoint["hyper_parameters"]["classes"]]
    torch.save(checkpoint, tmp_path / "renamed.ckpt")
    with pytest.raises(UserError, match="my "):
        evaluate(compose(evaluate, f"ckpt_path={tmp_path / 'renamed.ckpt'}"))


@pytest.mark.slow
def test_an_exported_file_has_the_numbers_of_its_checkpoint_and_builds_no_network(
    run: Path, exported: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Network", lambda *args: pytest.fail("built the network"))
    numbers = evaluate(compose(evaluate, f"ckpt_path={exported}", "data.num_workers=0"))
    expected = json.loads((run / "metrics.json").read_text())
    assert METRIC in numbers
    assert numbers == pytest.approx({name: expected[name] for name in numbers}, abs=1e-4)
