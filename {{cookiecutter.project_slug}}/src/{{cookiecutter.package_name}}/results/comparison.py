"""The page that compares runs: one file, which needs no network."""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from omegaconf import OmegaConf

from ..config.secrets import hide
from .analysis import METRIC
from .chart import Chart
from .report import flat, read_curves
from .sections import Section, Table

MOST_CURVES = 8  # in a chart, which has so many colors


def write_comparison(folder: Path, runs: list[Path], file: Path) -> None:
    """Writes the page, with the best run first.

    Args:
        folder: Where the runs lie, which are named by what follows.
        runs: Their folders.
        file: Where to.
    """
    numbers = {run: read_numbers(run) for run in runs}
    runs = sorted(runs, key=lambda run: numbers[run].get(METRIC, -1.0), reverse=True)
    names = {run: run.relative_to(folder).as_posix() for run in runs}
    shown = runs[:MOST_CURVES]
    curves = {names[run]: read_curves(run / "metrics.csv") for run in shown}
    titles = sorted({title for of_run in curves.values() for title in of_run if title.startswith(("train/", "val/"))})
    charts = [Chart(each, "step", {name: of_run[each] for name, of_run in curves.items() if each in of_run}) for each in titles]
    unfinished = sum(not of_run for of_run in numbers.values())
    notes = {
        f"Runs that did not end, and so have no numbers: {unfinished} of {len(runs)}.": unfinished > 0,
        f"Curves are those of the {MOST_CURVES} best of {len(runs)} runs.": len(runs) > MOST_CURVES,
    }
    results = {names[run]: {name: f"{value:.4f}" for name, value in numbers[run].items() if value >= 0} for run in runs}
    differing = differences({names[run]: read_settings(run) for run in runs})
    if any(differing.values()):
        settings = Section("Settings", tables=[_table("Those that differ", differing)])
    else:
        settings = Section("Settings", ["They are the same."])
    sections = [
        Section("Numbers", [note for note, holds in notes.items() if holds], [_table("Of the test", results)]),
        settings,
        Section("Curves", charts=charts),
    ]
    pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)
    page = pages.get_template("comparison.html.jinja").render(folder=folder.name, count=len(runs), sections=sections)
    file.write_text(page, encoding="utf-8")


def read_numbers(run: Path) -> dict[str, float]:
    """The metrics of the test of a run; none if it did not end."""
    file = run / "metrics.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def read_settings(run: Path) -> dict[str, str]:
    """The settings of a run by key, but for those that follow from its folder."""
    settings = OmegaConf.load(run / "config.yaml")
    before = str(settings.run_dir)
    return {key: text.replace(before, "…") for key, text in flat(hide(OmegaConf.to_container(settings))).items()}


def differences(settings: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Of settings by run and key, those that are not the same in all runs."""
    keys = dict.fromkeys(key for of_run in settings.values() for key in of_run)
    differing = [key for key in keys if len({of_run.get(key) for of_run in settings.values()}) > 1]
    return {run: {key: of_run[key] for key in differing if key in of_run} for run, of_run in settings.items()}


def _table(title: str, cells: Mapping[str, Mapping[str, str]]) -> Table:
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    return Table(title, ["run", *columns], [[name, *(row.get(column, "") for column in columns)] for name, row in cells.items()])
