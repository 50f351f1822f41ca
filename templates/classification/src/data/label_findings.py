"""What is found in labels: images that have none, copies that disagree, and what a trained model contradicts."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .checks import Look
from .example import Example
from .files import find_images, find_unread_images
from .findings import Labels, finding
from .image_findings import by_content

KINDS = {  # of findings, by a part of what readers say
    "no training images": "class missing in a split",
    "the single class": "single class",
    "no known class": "unknown class",
    "only images that cannot be read": "unread format",
}


def look_at_labels(
    examples: list[Example], looks: Mapping[Path, Look], image_size: int, root: Path, kept_in: Path | None
) -> Labels:
    """Counts classes, and looks for labels that are missing or contradict each other.

    Args:
        examples: All of them.
        looks: What each image is like that can be read.
        image_size: Side of the square that the model sees, in pixels.
        root: Folder of the data.
        kept_in: Folder that keeps what takes long to find out; nothing does here.
    """
    label_of = {example.image: example.label for example in examples}
    torn = [path for group in by_content(looks) if len({label_of[path] for path in group}) > 1 for path in group]
    unlabeled = [path for path in find_images(root) if path not in label_of]
    findings = [
        *finding("conflicting labels", "warning", torn, "These are equal, but of different classes: keep the right one."),
        *finding("image without label", "warning", unlabeled, "These images are in no class, and not used: move them into one."),
        *finding("unread format", "warning", find_unread_images(root), "These files are not used: convert them to JPEG or PNG."),
    ]
    return Labels({path: Counter([label_of[path]]) for path in looks}, [], findings)


def doubts(batch: dict[str, Any], predictions: list[dict[str, Tensor]]) -> list[float]:
    """How much a model contradicts each label of a batch: how much likelier another class is.

    It is the normalized margin of https://docs.cleanlab.ai/stable/cleanlab/rank.html
    """
    margins = []
    for label, prediction in zip(batch["label"].tolist(), predictions, strict=True):
        others = prediction["probabilities"].clone()
        others[label] = 0
        margins.append(float(others.max() - prediction["probabilities"][label]))
    return margins
