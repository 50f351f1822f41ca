{%- from "macros.jinja" import quoted -%}
{%- import cookiecutter.task ~ "/task.jinja" as task -%}
"""The card of a model (https://huggingface.co/docs/hub/model-cards): what it is, how far to trust it, what it may be used for."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from ..model.licenses import NOTHING_PRETRAINED, OF_WEIGHTS, PERMISSIVE, UNKNOWN
from .analysis import METRIC
from .bootstrap import NO_INTERVAL, RESAMPLES, Interval
from .sections import Table
from .speed import speed_notes, speed_table

CARD = "model_card.md"
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
    """Writes the card of an exported file.

    Args:
        file: Where to.
        card: That of the run.
        found: What is in `parity.json`.
    """
    about = (
        f"`{found['file']}` was compared with the checkpoint that has these numbers, on {found['images']} images: outputs differ "
        f"by at most {max(each['difference'] for each in found['outputs'].values()):.2g}, and {found['agreement']:.2%} of the "
        "predictions agree; `parity.json` has all of it, and the file itself says how images are prepared."
    )
    speed = speed_table(found)
    lines = [speed.columns, ["---", *("---:" for _ in speed.columns[1:])], *speed.rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    about += f"\n\n## Speed\n\n{speed.title}:\n\n{table}\n\n{' '.join(speed_notes(found))}"
    text = card.read_text(encoding="utf-8").replace("\n## Data\n", f"\n{about}\n\n## Data\n", 1)
    file.write_text(text, encoding="utf-8")
