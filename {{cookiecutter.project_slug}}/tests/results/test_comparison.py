import json
import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.runs import runs_in
from {{ cookiecutter.package_name }}.results.analysis import METRIC
from {{ cookiecutter.package_name }}.results.comparison import MOST_CURVES, differences, write_comparison
from {{ cookiecutter.package_name }}.results.report import read_curves

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


def test_a_run_has_one_color_also_where_another_has_no_curve_and_none_hides_another(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, 1, value) for name, value in (("a", 0.75), ("b", 0.5), ("c", 0.25))]
    (runs[0] / "metrics.csv").write_text("step,epoch,train/loss\n0,0,1\n")
    page = page_of(tmp_path, runs)
    legends = [re.findall(r"var\(--c(\d)\)\"></i>(\w)", each) for each in page.split("<figcaption")[1:]]
    assert legends == [[("0", "a"), ("1", "b"), ("2", "c")], [("1", "b"), ("2", "c")]]
    assert re.findall(r"<polyline style=\"stroke: var\(--c(\d)\)(?:; stroke-dasharray: ([ \d]+))?\"", page) == [
        *(("0", ""), ("1", "6 6"), ("2", "6 12")),
        *(("1", ""), ("2", "6 6")),
    ]


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", ""),
        ("metrics.json", '{"test/a": 0.'),
        ("metrics.json", "[]"),
        ("config.yaml", ""),
        ("config.yaml", "- a\n"),
        ("config.yaml", "seed: 3\n"),
        ("config.yaml", "a: [1,"),
        ("config.yaml", "_wandb:\n  value: 1\n"),
    ],
)
def test_a_folder_that_cannot_be_read_is_named_beside_the_other_runs(
    name: str, content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs = [make_run(tmp_path / run, 1, 0.5) for run in ("a", "b", "torn")]
    (runs[-1] / name).write_text(content)
    page = page_of(tmp_path, runs)
    assert "2 runs in" in page
    assert page.count("torn") == caplog.text.count("torn") == 1
    with pytest.raises(UserError, match="none of the 1 folders"):
        page_of(tmp_path, runs[-1:])


def test_what_another_program_keeps_within_a_run_is_no_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", 1, 0.5)
    files = run / "wandb" / "run-1" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text("_wandb:\n  value: 1\n")
    page = page_of(tmp_path, runs_in(tmp_path))
    assert "1 run in" in page
    assert "wandb" not in page


def test_a_line_of_curves_that_is_cut_off_is_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", 1, 0.5)
    with (run / "metrics.csv").open("a") as file:
        file.write("7,0,0.12")
    assert read_curves(run / "metrics.csv") == {"train/loss": [(0, 1)], "val/x": [(5, 0.5)]}


def test_a_run_with_other_numbers_has_columns_of_its_own_and_is_last(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, 1, 0.25) for name in ("a", "b")]
    (runs[0] / "metrics.json").write_text('{"test/other": 0.875}')
    page = page_of(tmp_path, runs)
    assert list(dict.fromkeys(re.findall(r"<td>(\w)</td>", page))) == ["b", "a"]
    assert all(words in page for words in ("test/other", "0.8750", METRIC, "0.2500"))
    assert "did not end" not in page
