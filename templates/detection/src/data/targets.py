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
        `"boxes"` `(N, 4)` xyxy in pixels of the image and `"labels"` `(N,)` int64, for transforms: no crowd, and nothing without
        area in the image. `"truth"`, which transforms pass by: the same of all objects, as in the annotation file, `"boxes"`
        `(M, 4)` and `"labels"` `(M,)`, with `"iscrowd"` `(M,)` int64 and `"area"` `(M,)` float32.
    """
    boxes = torch.tensor(example.boxes, dtype=torch.float32).reshape(-1, 4)
    labels = torch.tensor(example.labels, dtype=torch.int64)
    learned = torch.tensor(
        [not crowd and has_area(box, width, height) for box, crowd in zip(example.boxes, example.crowds, strict=True)],
        dtype=torch.bool,
    )
    return {
        "boxes": tv_tensors.BoundingBoxes(boxes[learned], format="XYXY", canvas_size=(height, width)),  # pyright: ignore[reportCallIssue]
        "labels": labels[learned],
        "truth": {
            "boxes": boxes,
            "labels": labels,
            "iscrowd": torch.tensor(example.crowds, dtype=torch.int64),
            "area": torch.tensor(example.areas, dtype=torch.float32),
        },
    }


def truth_in(item: dict[str, Any]) -> dict[str, Tensor]:
    """What is counted of an image: the `"truth"` of `load_target`."""
    return item["truth"]


def collate_targets(items: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Makes lists of the boxes `(N, 4)` xyxy in pixels of the input, of the labels `(N,)` and of the truth of each image."""
    return {
        "boxes": [item["boxes"].as_subclass(Tensor) for item in items],
        "labels": [item["labels"] for item in items],
        "truth": [item["truth"] for item in items],
    }
