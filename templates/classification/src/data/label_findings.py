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
    "has the same folders": "images of several kinds",
    "mark something in others": "images of several kinds",
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


def claims(batch: dict[str, Any], predictions: list[dict[str, Tensor]]) -> list[list[tuple[float, bool]]]:
    """What a model says of each image of a batch: how sure it is of its labels, and whether they are those of the data.

    It is as sure as of the class that it is least sure of, among those about which it disagrees, if there are any: 1 at most, and 0
    where it is undecided.
    """
    claimed = []
    for label, prediction in zip(batch["label"], predictions, strict=True):
        margins = 2 * (label - prediction["probabilities"]).abs() - 1
        disagrees = prediction["labels"] != label.bool()
        sure = margins[disagrees].min() if disagrees.any() else -margins.max()
        claimed.append([(sure.item(), not disagrees.any())])
    return claimed
