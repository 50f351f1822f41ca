"""The page that explains a run: one file, which needs no network."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader
from omegaconf import OmegaConf

from ..config.secrets import hide
from ..data.example import Example
from .analysis import COUNTS, METRIC, Analysis, count_classes
from .bootstrap import NO_INTERVAL, RESAMPLES, interval
from .card import CARD, write_card
from .chart import Chart, Point
from .sections import Section, Table
from .speed import exports_of

FEW = 100  # test images, of which an interval is wide


def write_report(
    folder: Path,
    file: Path,
    numbers: Mapping[str, float],
    analysis: Analysis,
    splits: Mapping[str, Sequence[Example]],
    environment: Mapping[str, str],
    times: Mapping[str, str],
) -> None:
    """Writes the page, and beside it the card of the model.

    Args:
        folder: Of the run, with `config.yaml` and, if they were written, `metrics.csv` and what `export` measured.
        file: Where to.
        numbers: The metrics of the test.
        analysis: What was collected in it.
        splits: The examples of each split.
        environment: What the run depended on, by name.
        times: How long it took, by what.
    """
    analysis.prepare()
    splits = {name: splits[name] for name in ("train", "val", "test") if name in splits}
    images = len(analysis.records)
    between = interval(analysis.estimate, images)
    few = f"Only {images} image{'s were' if images > 1 else ' was'} tested: "
    few += "the interval is wide, and differences within it say nothing." if between else "others may give another number."
    warnings = [few] if images < FEW else []
    name, tables = f"{folder.parent.name}/{folder.name}", _tables_of_data(splits, analysis.classes)
    settings = flat(hide(OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"))))
    settings["data.image_size"] = "{} x {}".format(*analysis.image_size)  # which may follow from the images
    data = Section("Data", tables=tables)
    curves = _curves(folder / "metrics.csv")
    training = Section("Training", [] if curves else ["There are no curves, since this run wrote no metrics.csv."], charts=curves)
    pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)
    page = pages.get_template("report.html.jinja").render(
        name=name,
        metric=METRIC,
        numbers=numbers,
        interval=between,
        no_interval=NO_INTERVAL,
        resamples=RESAMPLES,
        images=images,
        warnings=warnings,
        sections=[*analysis.sections(), training, data, *exports_of(folder)],
        environment=environment,
        times=times,
        settings=settings,
    )
    file.write_text(page, encoding="utf-8")
    card = file.with_name(CARD)
    write_card(card, name, settings, analysis.classes, numbers, between, images, tables, warnings, environment)


def flat(values: Any, prefix: str = "") -> dict[str, str]:
    """Settings by key, as in `data.root`, without those that are null."""
    if not isinstance(values, dict):
        return {} if values is None else {prefix: str(values)}
    parts = [flat(value, f"{prefix}.{key}".lstrip(".")) for key, value in values.items()]
    return {key: text for part in parts for key, text in part.items()}


def _tables_of_data(splits: Mapping[str, Sequence[Example]], classes: Sequence[str]) -> list[Table]:
    images = Table("Images", [*splits], [[f"{len(examples):,}" for examples in splits.values()]])
    counted = [count_classes(examples) for examples in splits.values()]
    rows = [[name, *(f"{count[index]:,}" for count in counted)] for index, name in enumerate(classes)]
    return [images, Table(COUNTS, ["", *splits], rows)]


def read_curves(file: Path) -> dict[str, list[Point]]:
    """What was logged over steps, by name; nothing without the file."""
    found: dict[str, list[Point]] = {}
    if not file.exists():
        return found
    whole, _, _ = file.read_text(encoding="utf-8", errors="replace").rpartition("\n")  # a last line may be cut off
    for row in csv.DictReader(whole.splitlines()):
        step = _number(row.pop("step", None))
        for name, text in row.items():
            if name != "epoch" and np.isfinite(step) and np.isfinite(value := _number(text)):
                found.setdefault(name, []).append((step, value))
    return {name: points for name, points in found.items() if any(y >= 0 for _, y in points)}  # -1: nothing to find


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):  # an empty cell
        return math.nan


def _curves(file: Path) -> list[Chart]:
    """The losses, the metrics of validation and the learning rate."""
    found = read_curves(file)
    losses = {name: points for name, points in found.items() if name in ("train/loss", "val/loss")}
    metrics = {name: points for name, points in found.items() if name.startswith("val/") and name != "val/loss"}
    rates = {name: points for name, points in found.items() if name.startswith("lr-")}
    charts = {"Loss": losses, "Validation": metrics, "Learning rate": rates}
    return [Chart(title, "step", curves) for title, curves in charts.items() if curves]
