"""Fits images of any shape into the input of the network."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from .input_size import GRAY, fitted_size
from .item import changed


class Letterbox:
    """Scales to fit into the input and fills the rest, on the right or below. Proportions stay, nothing is cut off.

    Args:
        image_size: Height and width of the input, in pixels.
        fills: What to fill with by the type of what is fitted, where that is not gray.
        smallest: Below 1, an image is made smaller than it could be, by a random scale from here to 1, and put anywhere.
    """

    def __init__(self, image_size: tuple[int, int], fills: Mapping[type, int] | None = None, smallest: float = 1) -> None:
        self.image_size = image_size
        self.fills = fills or {}
        self.smallest = smallest

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        scale, down, right = (1.0, 0.0, 0.0) if self.smallest == 1 else torch.rand(3).tolist()
        scale = self.smallest + (1 - self.smallest) * scale
        most_height, most_width = self.image_size
        room = round(most_height * scale), round(most_width * scale)

        def fit(value: Any) -> Any:
            height, width = F.get_size(value)
            height, width = fitted_size(height, width, room)
            resized = F.resize(_in_order(value), [height, width], antialias=True)
            top, left = round((most_height - height) * down), round((most_width - width) * right)
            border = [left, top, most_width - width - left, most_height - height - top]
            return _with_border(resized, border, self.fills.get(type(value), GRAY)) if any(border) else resized

        return changed(item, fit)


def _in_order(value: Any) -> Any:
    """The colors of a pixel together in memory, as they are decoded: of a part of an image, torchvision takes no notice of it."""
    if not isinstance(value, tv_tensors.Image):
        return value
    return tv_tensors.Image(value.as_subclass(Tensor).permute(1, 2, 0).contiguous().permute(2, 0, 1))


def _with_border(value: Any, border: list[int], fill: int) -> Any:
    """Fills the border, of left, top, right and bottom. An image keeps its order in memory, unlike from torchvision, in no time."""
    if not isinstance(value, tv_tensors.Image):
        return F.pad(value, border, fill=fill)
    left, top, right, bottom = border
    channels, height, width = value.shape
    filled = torch.full((top + height + bottom, left + width + right, channels), fill, dtype=value.dtype).permute(2, 0, 1)
    filled[:, top : top + height, left : left + width] = value.as_subclass(Tensor)
    return tv_tensors.Image(filled)
