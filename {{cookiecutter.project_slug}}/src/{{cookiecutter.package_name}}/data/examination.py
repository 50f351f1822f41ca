"""Looks at all of a data set, and finds what is wrong with it; what training would refuse is a finding, too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..config.errors import UserError
from .collection import Collection
from .example import Example
from .files import find_files, find_images
from .findings import Finding, Labels, class_findings, finding, finding_said
from .image_findings import duplicates, image_findings, unreadable, versions_across
from .input_size import input_size
from .label_findings import KINDS, look_at_labels
from .looks import ROW, Looks


@dataclass
class Examination:
    """What is in a data set.

    Attributes:
        format: The format in words; empty if none is known.
        classes: Class names, by index.
        splits: The images of each split; `all` where there is none.
        looks: What each image is like that can be read.
        examples: Those whose images can be read, by image.
        labels: What is in their labels.
        image_size: Height and width of the input, in pixels.
        view_options: The values of `ViewSettings`.
        findings: What is wrong.
    """

    format: str = ""
    classes: list[str] = field(default_factory=list)
    splits: dict[str, list[Path]] = field(default_factory=dict)
    looks: Looks = field(default_factory=lambda: Looks([], np.zeros(0, ROW)))
    examples: dict[Path, Example] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    image_size: tuple[int, int] = (1, 1)
    view_options: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def objects(self) -> dict[str, int]:
        """How many objects there are of each class."""
        total = sum(self.labels.objects.values(), Counter[int]())
        return {name: total[index] for index, name in enumerate(self.classes)}


def examine(
    data: Collection,
    image_size: int | Sequence[int],
    stride: int,
    mean: Sequence[float],
    deviation: Sequence[float],
    **view_options: Any,
) -> Examination:
    """Reads labels and decodes images, on all cores.

    Args:
        data: The data set.
        image_size: The longer side of the input, or its height and width, in pixels.
        stride: As `input_size` takes it.
        mean: Of red, green and blue, from 0 to 1, as the model expects.
        deviation: The same for the standard deviation.
        view_options: The values of `ViewSettings`.
    """
    files, splits = find_files(data.root), dict[str, list[Example]]()
    found = Examination(view_options=view_options)
    try:
        splits = data.source.splits
        found.format, found.classes = data.source.format, data.source.classes
        splits = data.splits
    except UserError as error:
        found.findings.append(finding_said(str(error), "error", files, KINDS))
    found.splits = {name: [each.image for each in splits[name]] for name in ("train", "val", "test", "all") if name in splits}
    found.splits = found.splits or {"all": find_images(data.root)}

    split_of = {image: split for split, images in found.splits.items() for image in images}
    found.looks, broken = data.looks if found.classes else data.look_at(sorted(split_of))
    found.findings += unreadable(broken, data.skips)
    trained = found.looks.rows_of(path for path in found.splits.get("train", split_of) if path in found.looks)
    found.image_size = input_size(image_size, trained["height"], trained["width"], stride)
    if not found.classes:
        return found

    found.findings += image_findings(found.looks, found.image_size, mean, deviation) + duplicates(split_of, found.looks)
    found.findings += versions_across(split_of, data.root)
    listed = Counter(each.image for members in data.source.splits.values() for each in members)
    repeated = [image for image, count in listed.items() if count > 1]
    remedy = "Keep each in one split: what was seen in training must not test."
    found.findings += finding("images in several splits", "warning", repeated, remedy)
    examples = {each.image: each for members in splits.values() for each in members}
    found.examples = {image: example for image, example in examples.items() if image in found.looks}
    kept_in = data.rules.kept_in if data.rules.kept_in.is_dir() else None
    labeled = list(examples.values())
    found.labels = look_at_labels(labeled, found.looks, found.image_size, data.root, kept_in, **view_options)
    found.findings += found.labels.findings + class_findings(
        found.splits, found.classes, found.labels.objects, given=len(data.source.splits) > 1
    )
    known = {each.kind for each in found.labels.findings}
    said = [finding_said(note, "warning", files, KINDS) for note in data.source.notes]
    found.findings += [each for each in said if each.kind not in known]
    if all(each.severity != "error" for each in found.findings):
        try:
            _ = data.readable
        except UserError as error:
            found.findings.append(finding_said(str(error), "error", files, KINDS))
    return found
