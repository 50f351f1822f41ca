"""What is to be learned of an image: its labels."""

from typing import Any

import torch
from torch import Tensor

from .example import Example

COUNTED = "a label"


def counts(example: Example, classes: list[str]) -> bool:
    """Whether metrics count anything of an example: they do, if it has a label."""
    return bool(example.labels)


def classes_in(example: Example) -> set[int]:
    """The classes that are to be learned from an example."""
    return set(example.labels)


def load_target(example: Example, classes: list[str], height: int, width: int) -> dict[str, Any]:
    """Gives `{"label": (classes,)}`, float32: 1 for each class of the image, 0 for the others."""
    label = torch.zeros(len(classes))
    for index in example.labels:
        label[index] = 1
    return {"label": label}


def collate_targets(items: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Makes `{"label": (B, classes) float32}`."""
    return {"label": torch.stack([item["label"] for item in items])}
