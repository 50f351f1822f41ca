{%- from "macros.jinja" import quoted -%}
{%- import cookiecutter.task ~ "/task.jinja" as task -%}
"""The card of a model (https://huggingface.co/docs/hub/model-cards): what it is, how far to trust it, what it may be used for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from ..model.licenses import NOTHING_PRETRAINED, OF_WEIGHTS, PERMISSIVE, UNKNOWN
from .analysis import METRIC
from .bootstrap import NO_INTERVAL, RESAMPLES, Interval
from .sections import Table
from .speed import speed_notes, speed_table

CARD = "model_card.md"
SIZE = "images of {} x {} pixels"  # as the card says it
TASK = "{{ task.pipeline }}"  # as the hub calls it
LICENSE = "{{ "other" if cookiecutter.license == "Proprietary" else cookiecutter.license | lower }}"
LIMITS = (
    "It was tested on images of the same origin as those that it learned from: expect less from other cameras, places and times.",
    {{ quoted(task.limit) }},
)
# What Markdown or HTML could take for its own; within a word, an underscore is none.
MARKUP = re.compile(r"[\\`*\[\]<>|~&#:@$!]|\b_+|_+\b")


def write_card(
    file: Path,
    name: str,
    settings: Mapping[str, str],
    classes: Sequence[str],
    numbers: Mapping[str, float],
    interval: Interval | None,
    images: int,
    tables: Sequence[Table],
    warnings: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Writes the card.

    Args:
        file: Where to.
        name: Of the model.
        settings: Of its training, by key, as in `data.root`.
        classes: Class names, by index.
        numbers: The metrics of the test.
        interval: The 95 % interval of the main one, if there is one.
        images: How many were tested.
        tables: What the splits hold.
        warnings: Sentences about these numbers.
        environment: What the training depended on, by name.
    """
    weights_license = environment.get(OF_WEIGHTS, UNKNOWN)
    restricted = weights_license not in (*PERMISSIVE, NOTHING_PRETRAINED)
    data_name = Path(settings.get("data.root", "demo")).name
    data = ModelCardData(
        license="other" if restricted else LICENSE,
        pipeline_tag=TASK,
        tags=["pytorch-lightning", "timm"],
        model_name=name,
        eval_results=[
            EvalResult(task_type=TASK, dataset_type=data_name, dataset_name=data_name, metric_type=metric, metric_value=value)
            for metric, value in numbers.items()
            if value >= 0  # -1: nothing to find
        ],
    )
    template = Path(__file__).with_name("pages") / "model_card.md.jinja"
    card = ModelCard.from_template(
        data,
        template_str=template.read_text(encoding="utf-8"),
        name=name,
        settings=settings,
        classes=classes,
        metric=METRIC,
        numbers=numbers,
        interval=interval,
        no_interval=NO_INTERVAL,
        resamples=RESAMPLES,
        images=images,
        data_name=data_name,
        tables=tables,
        limits=[*warnings, *LIMITS],
        weights_license=weights_license,
        restricted=restricted,
        plain=plain,
        environment=environment,
    )
    card.save(file)


def plain(text: str) -> str:
    """A text that Markdown shows as it is."""
    return MARKUP.sub(lambda found: "".join(f"&#{ord(each)};" for each in found[0]), " ".join(text.split()))


def write_readme(file: Path, card: Path, found: Mapping[str, Any]) -> None:
    """Writes the card of an exported file: what is said of the checkpoint stays, under a name of its own.

    Args:
        file: Where to.
        card: That of the run.
        found: What is in `parity.json`.
    """
    readme = ModelCard.load(card)
    size = SIZE.format(*found["image_size"])
    trained = re.search(SIZE.format(r"\d+", r"\d+"), readme.text)
    about = f"## This file\n\n{_of_file(found, size)}\n\n## Numbers of the checkpoint"
    if trained and trained[0] != size:
        about += f"\n\nIt learned from {trained[0]}, and was tested on such."
    speed = speed_table(found)
    lines = [speed.columns, ["---", *("---:" for _ in speed.columns[1:])], *speed.rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    times = f"## Speed\n\n{speed.title}:\n\n{table}\n\n{' '.join(speed_notes(found))}"
    text = readme.text.replace("## Numbers", about, 1).replace("\n## Data\n", f"\n{times}\n\n## Data\n", 1)
    readme.text = text.replace(trained[0], size, 1) if trained else text
    if found["format"] == "int8" or (trained and trained[0] != size):  # another model than the one that was tested
        own, data = found["metrics"], cast("ModelCardData", readme.data)
        results = data.eval_results or []
        measured = [replace(each, metric_value=own[each.metric_type]["exported"]) for each in results if each.metric_type in own]
        data.eval_results = measured or None
    readme.save(file)


def _of_file(found: Mapping[str, Any], size: str) -> str:
    """What it takes, its own main number, and how far it is from the checkpoint."""
    text = f"`{found['file']}` takes {size} (height x width), and says itself how they are prepared. "
    if main := found["metrics"].get(METRIC):
        images = f"{found['files']} image{'s' if found['files'] > 1 else ''}"
        text += f"On {images}, its `{METRIC}` is **{main['exported']:.3f}**, and that of the checkpoint {main['checkpoint']:.3f}"
        cost = f": what eight bits cost is {main['checkpoint'] - main['exported']:.4f}" if found["format"] == "int8" else ""
        text += f"{cost}. "
    largest = max(each["difference"] for each in found["outputs"].values())
    return text + (
        f"Compared with the checkpoint, outputs differ by at most {largest:.2g}, and {found['agreement']:.2%} of the predictions "
        "agree; `parity.json` has all of it."
    )
