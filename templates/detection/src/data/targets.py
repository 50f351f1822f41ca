"""What is to be learned of an image, its boxes, and what is counted: the truth as it is in the annotation file."""

from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors

from .example import Example, has_area

COUNTED = "an object"


def counts(example: Example, classes: list[str]) -> bool:
    """Whether metrics count anything of an example: crowds do not count."""
    return not all(example.crowds)


def classes_in(example: Example) -> set[int]:
    """The classes that are to be learned from an example."""
    return {label for label, crowd in zip(example.labels, example.crowds, strict=True) if not crowd}


def load_target(example: Example, classes: list[str], height: int, width: int) -> dict[str, Any]:
    """Tells apart what is learned from and what is counted.

    Args:
        example: The annotated image.
        classes: Class names, by index.
        height: Of the image.
        width: Of the image.

    Returns:
        `"boxes"` `(N, 4)` xyxy in pixels of the image, cut off at its edges, and `"labels"` `(N,)` int64, for transforms: no
        crowd, and nothing without area in the image. `"example"`, which transforms pass by, for `truth_in`.
    """
    learned = [
        (max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height), label)
        for box, label, crowd in zip(example.boxes, example.labels, example.crowds, strict=True)
        if not crowd and has_area(box, width, height)
    ]
    boxes = torch.tensor([values[:4] for values in learned], dtype=torch.float32).reshape(-1, 4)
    return {
        "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(height, width)),  # pyright: ignore[reportCallIssue]
        "labels": torch.tensor([label for *_, label in learned], dtype=torch.int64),
        "example": example,
    }


def truth_in(item: dict[str, Any]) -> dict[str, Tensor]:
    """What is counted of an image: all of its objects, as in the annotation file.

    Returns:
        `"boxes"` `(M, 4)` float32 xyxy in pixels of the image, `"labels"` `(M,)` and `"iscrowd"` `(M,)`, int64, and `"area"`
        `(M,)` float32.
    """
    example: Example = item["example"]
    return {
        "boxes": torch.tensor(example.boxes, dtype=torch.float32).reshape(-1, 4),
        "labels": torch.tensor(example.labels, dtype=torch.int64),
        "iscrowd": torch.tensor(example.crowds, dtype=torch.int64),
        "area": torch.tensor(example.areas, dtype=torch.float32),
    }


def collate_targets(items: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Makes lists of the boxes `(N, 4)` xyxy in pixels of the input, of the labels `(N,)` and, if it was kept, of the `"truth"`."""
    targets = {"boxes": [item["boxes"].as_subclass(Tensor) for item in items], "labels": [item["labels"] for item in items]}
    if all("truth" in item for item in items):
        targets["truth"] = [item["truth"] for item in items]
    return targets
