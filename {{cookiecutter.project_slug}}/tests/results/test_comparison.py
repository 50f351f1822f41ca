import json
import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.results.analysis import METRIC
from {{ cookiecutter.package_name }}.results.comparison import MOST_CURVES, differences, write_comparison

HOSTILE = "<script>alert(1)<"


def make_run(folder: Path, rate: float, value: float | None) -> Path:
    folder.mkdir(parents=True)
    settings = {"model": {"learning_rate": rate, "backbone": f"{HOSTILE}{rate}"}, "seed": 3, "url": f"http://{rate}:secret@host"}
    settings["run_dir"] = settings["splits_dir"] = str(folder)
    OmegaConf.save(OmegaConf.create(settings), folder / "config.yaml")
    (folder / "metrics.csv").write_text(f"step,epoch,train/loss,val/x\n0,0,{rate},\n5,0,,0.5\n")
    if value is not None:
        (folder / "metrics.json").write_text(json.dumps({METRIC: value}))
    return folder


def page_of(folder: Path, runs: list[Path]) -> str:
    write_comparison(folder, runs, folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_best_run_is_first_and_one_that_did_not_end_last(tmp_path: Path) -> None:
    values = {"day/a": 0.25, "day/b": None, "day/c": 0.75}
    page = page_of(tmp_path, [make_run(tmp_path / name, rate, value) for rate, (name, value) in enumerate(values.items(), start=1)])
    assert list(dict.fromkeys(re.findall(r"<td>(day/\w)</td>", page))) == ["day/c", "day/a", "day/b"]
    assert "0.7500" in page
    assert "have no numbers: 1 of 3" in page
    assert page.count("<polyline") == 6  # two charts of three runs


def test_only_settings_that_differ_are_shown_and_no_secret(tmp_path: Path) -> None:
    page = page_of(tmp_path, [make_run(tmp_path / name, rate, 0.5) for name, rate in (("a", 0.125), ("b", 0.375))])
    assert "model.learning_rate" in page
    assert "0.375" in page
    assert "seed" not in page
    assert "_dir" not in page  # what follows from the folder is no difference
    assert "secret" not in page


def test_texts_are_texts_and_nothing_is_loaded(tmp_path: Path) -> None:
    page = page_of(tmp_path, [make_run(tmp_path / str(number), number, 0.5) for number in range(MOST_CURVES + 2)])
    assert "<script>alert" not in page
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert f"the {MOST_CURVES} best of {MOST_CURVES + 2} runs" in page
    assert page.count("<polyline") == 2 * MOST_CURVES


def test_a_setting_that_only_some_runs_have_differs() -> None:
    settings = {"a": {"same": "1", "mine": "2"}, "b": {"same": "1"}}
    assert differences(settings) == {"a": {"mine": "2"}, "b": {}}


@pytest.mark.parametrize("values", [[0.5, 0.5], [None, None]])
def test_runs_that_are_alike_or_did_not_end_are_compared_too(values: list[float | None], tmp_path: Path) -> None:
    page = page_of(tmp_path, [make_run(tmp_path / name, 1, value) for name, value in zip("ab", values, strict=True)])
    assert "2 runs in" in page
    assert "They are the same." in page
