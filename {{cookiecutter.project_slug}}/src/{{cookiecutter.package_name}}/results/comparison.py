"""The page that compares runs: one file, which needs no network."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from omegaconf import OmegaConf

from ..config.errors import UserError
from ..config.runs import read_config, read_numbers
from ..config.secrets import hide
from .analysis import METRIC
from .chart import COLORS, Chart
from .report import flat, read_curves
from .sections import Section, Table

MOST_CURVES = COLORS  # in a chart

log = logging.getLogger(__name__)


def write_comparison(folder: Path, runs: list[Path], file: Path) -> None:
    """Writes the page, with the best run first.

    Args:
        folder: Where the runs lie, which are named by what follows.
        runs: Their folders; what cannot be read is left out, and named.
        file: Where to.

    Raises:
        UserError: If none can be read.
    """
    numbers, settings, left_out = read_runs(runs)
    if not settings:
        raise UserError(f"runs={folder}: none of the {len(runs)} folders with a config.yaml is a run that can be read")
    runs = sorted(settings, key=lambda run: numbers[run].get(METRIC, -1.0), reverse=True)
    names = {run: run.relative_to(folder).as_posix() for run in runs}
    shown = runs[:MOST_CURVES]
    curves = {names[run]: read_curves(run / "metrics.csv") for run in shown}
    titles = sorted({title for of_run in curves.values() for title in of_run if title.startswith(("train/", "val/"))})
    by_title = {title: {name: of_run[title] for name, of_run in curves.items() if title in of_run} for title in titles}
    charts = [Chart(title, "step", of_title, names=[*curves]) for title, of_title in by_title.items()]
    unread = ", ".join(run.relative_to(folder).as_posix() for run in left_out)
    if left_out:
        log.warning("Left out, since their settings or numbers are cut off, or of another program: %s", unread)
    unfinished = sum(not of_run for of_run in numbers.values())
    notes = {
        f"Left out, since their settings or numbers are cut off, or of another program: {unread}.": bool(left_out),
        f"Runs that did not end, and so have no numbers: {unfinished} of {len(runs)}.": unfinished > 0,
        f"Curves are those of the {MOST_CURVES} best of {len(runs)} runs.": len(runs) > MOST_CURVES,
    }
    results = {names[run]: {name: f"{value:.4f}" for name, value in numbers[run].items() if value >= 0} for run in runs}
    differing = differences({names[run]: settings[run] for run in runs})
    tables = [_table("Those that differ", differing)] if any(differing.values()) else []
    sections = [
        Section("Numbers", [note for note, holds in notes.items() if holds], [_table("Of the test", results)]),
        Section("Settings", [] if tables else ["They are the same."], tables),
        Section("Curves", charts=charts),
    ]
    pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)
    page = pages.get_template("comparison.html.jinja").render(folder=folder.name, count=len(runs), sections=sections)
    file.write_text(page, encoding="utf-8")


def read_runs(folders: Sequence[Path]) -> tuple[dict[Path, dict[str, float]], dict[Path, dict[str, str]], list[Path]]:
    """The numbers and settings of runs, and the folders that are none; what other programs write within a run is no wonder."""
    numbers, settings, unread = {}, {}, []
    for folder in folders:
        try:
            numbers[folder], settings[folder] = read_numbers(folder), read_settings(folder)
        except UserError:
            unread.append(folder)
    return numbers, settings, [folder for folder in unread if not settings.keys() & {*folder.parents}]


def read_settings(run: Path) -> dict[str, str]:
    """The settings of a run by key, but for those that follow from its folder."""
    settings = read_config(run)
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
