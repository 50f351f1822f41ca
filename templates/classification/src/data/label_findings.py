"""What is found in labels: images that have none, copies that disagree, and what a trained model contradicts."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .example import Example
from .files import find_images, find_unread_images
from .findings import Labels, finding
from .image_findings import by_content
from .looks import Look

KINDS = {  # of findings, by a part of what readers say
    "no training images": "class missing in a split",
    "the single class": "single class",
    "no known class": "unknown class",
    "only images that cannot be read": "unread format",
    "in no folder of a class": "image without label",
}


def look_at_labels(
    examples: list[Example], looks: Mapping[Path, Look], image_size: tuple[int, int], root: Path, kept_in: Path | None
) -> Labels:
    """Counts classes, and looks for labels that are missing or contradict each other.

    Args:
        examples: All of them.
        looks: What each image is like that can be read.
        image_size: Height and width of the input, in pixels.
        root: Folder of the data.
        kept_in: Folder that keeps what takes long to find out; nothing does here.
    """
    labels_of = {example.image: example.labels for example in examples}
    torn = [path for group in by_content(looks) if len({labels_of[path] for path in group}) > 1 for path in group]
    unlabeled = [path for path in find_images(root) if path not in labels_of]
    findings = [
        *finding("conflicting labels", "warning", torn, "These are equal, but of different classes: keep the right one."),
        *finding("image without label", "warning", unlabeled, "These images are in no class, and not used: move them into one."),
        *finding("unread format", "warning", find_unread_images(root), "These files are not used: convert them to JPEG or PNG."),
    ]
    return Labels({path: Counter(labels_of[path]) for path in looks}, [], findings)


def doubts(batch: dict[str, Any], predictions: list[dict[str, Tensor]]) -> list[float]:
    """How sure a model is of other labels, for each image of a batch: from 1 over 0, if it is undecided, to -1 where it agrees.

    Where it disagrees about several classes, the one that it is least sure of counts.
    """
    found = []
    for label, prediction in zip(batch["label"], predictions, strict=True):
        margins = 2 * (label - prediction["probabilities"]).abs() - 1
        disagrees = prediction["labels"] != label.bool()
        found.append(margins[disagrees].min().item() if disagrees.any() else -1.0)
    return found
