"""What is to be learned of an image: its class."""

from typing import Any

import torch
from torch import Tensor

from .example import Example

COUNTED = "a class"


def counts(example: Example, classes: list[str]) -> bool:
    """Whether metrics count anything of an example: they do, since each has a class."""
    return True


def load_target(example: Example, classes: list[str], height: int, width: int) -> dict[str, Any]:
    """Gives `{"label": int}`."""
    return {"label": example.label}


def collate_targets(items: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Makes `{"label": (B,) int64}`."""
    return {"label": torch.tensor([item["label"] for item in items])}
