import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.commands.report import report
from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.results.analysis import METRIC


def shown(page: Path) -> str:
    """The number on top of the page."""
    found = re.search(r'class="number">([^<]+)<', page.read_text(encoding="utf-8"))
    assert found
    return found[1]


def test_the_page_has_the_numbers_of_the_run_and_says_where_it_was_trained(
    run: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    settings = compose(report, f"run={run}", "data.num_workers=0")
    page = report(settings)
    numbers = json.loads((run / "metrics.json").read_text())
    assert page.parent == settings.run_dir
    assert shown(page) == shown(run / "report.html") == f"{numbers[METRIC]:.3f}"
    assert "images trained" in page.read_text(encoding="utf-8")  # what is known of the training is kept beside it


def test_a_run_without_validation_is_explained_by_its_last_one(run: Path, compose: Callable[..., Any], tmp_path: Path) -> None:
    (shutil.copytree(run, tmp_path / "run") / "checkpoints" / "best.ckpt").unlink()
    assert report(compose(report, f"run={tmp_path / 'run'}", "data.num_workers=0", "trainer.limit_test_batches=1")).is_file()


def test_a_folder_without_a_run_is_refused_before_anything_is_written(compose: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run=.* is not the folder of a training: there is no config\.yaml in it"):
        compose(report, f"run={tmp_path / 'typo'}")
    assert not (tmp_path / "typo").exists()


def test_runs_are_compared_on_one_page(run: Path, compose: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(run, tmp_path / name, ignore=shutil.ignore_patterns("checkpoints"))
    page = report(compose(report, f"runs={tmp_path}", folder=tmp_path))
    assert page == tmp_path / "report.html"
    assert "2 runs in" in page.read_text(encoding="utf-8")
    with pytest.raises(UserError, match="there is no run in this folder"):
        compose(report, f"runs={tmp_path / 'typo'}")


def test_report_false_leaves_the_page_out_also_of_a_training_that_goes_on(compose: Callable[..., Any]) -> None:
    few = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]
    train(settings := compose(train, *few, "trainer.max_epochs=1", "logger=csv", "report=false"))
    assert not (settings.run_dir / "report.html").exists()
    train(compose(train, f"ckpt_path={settings.run_dir}", "trainer.max_epochs=2", folder=settings.run_dir))
    assert not (settings.run_dir / "report.html").exists()
    assert (settings.run_dir / "metrics.json").exists()
