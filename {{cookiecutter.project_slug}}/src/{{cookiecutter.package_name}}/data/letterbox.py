"""Fits images of any shape into the square that the model sees."""

from collections.abc import Mapping
from typing import Any

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

GRAY = 114  # of the borders


def fitted_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of an image after it was scaled to fit into a square of side `size`."""
    scale = size / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


class FitSquare(v2.Transform):
    """Scales to fit into a square and fills the rest, on the right or below. Proportions stay, nothing is cut off.

    Args:
        size: Side of the square, in pixels.
        fills: What to fill with by the type of the input, where that is not gray.
    """

    def __init__(self, size: int, fills: Mapping[type, int] | None = None) -> None:
        super().__init__()
        self.size = size
        self.fills = fills or {}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        height, width = F.get_size(inpt)
        height, width = fitted_size(height, width, self.size)
        resized = F.resize(inpt, [height, width], antialias=True)
        return F.pad(resized, [0, 0, self.size - width, self.size - height], fill=self.fills.get(type(inpt), GRAY))


def image_transform(size: int) -> v2.Transform:
    """For an image alone: the whole of it; ends as `(3, size, size)`, float32 from 0 to 1."""
    return v2.Compose([FitSquare(size), v2.ToDtype(torch.float32, scale=True)])
