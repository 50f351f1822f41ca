"""Fits images of any shape into the input of the network."""

from collections.abc import Mapping
from typing import Any

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

GRAY = 114  # of the borders


def fitting_scale(height: int, width: int, image_size: tuple[int, int]) -> float:
    """By how much an image is scaled to fit into the input, as large as it can be."""
    return min(image_size[0] / height, image_size[1] / width)


def fitted_size(height: int, width: int, image_size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of an image after it was scaled to fit into the input."""
    scale = fitting_scale(height, width, image_size)
    return max(1, round(height * scale)), max(1, round(width * scale))


class Letterbox(v2.Transform):
    """Scales to fit into the input and fills the rest, on the right or below. Proportions stay, nothing is cut off.

    Args:
        image_size: Height and width of the input, in pixels.
        fills: What to fill with by the type of what is fitted, where that is not gray.
        smallest: Below 1, an image is made smaller than it could be, by a random scale from here to 1, and put anywhere.
    """

    def __init__(self, image_size: tuple[int, int], fills: Mapping[type, int] | None = None, smallest: float = 1) -> None:
        super().__init__()
        self.image_size = image_size
        self.fills = fills or {}
        self.smallest = smallest

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        if self.smallest == 1:
            return {"scale": 1.0, "left": 0.0, "top": 0.0}
        scale, left, top = torch.rand(3).tolist()
        return {"scale": self.smallest + (1 - self.smallest) * scale, "left": left, "top": top}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        most_height, most_width = self.image_size
        room = round(most_height * params["scale"]), round(most_width * params["scale"])
        height, width = F.get_size(inpt)
        height, width = fitted_size(height, width, room)
        resized = F.resize(inpt, [height, width], antialias=True)
        left, top = round((most_width - width) * params["left"]), round((most_height - height) * params["top"])
        border = [left, top, most_width - width - left, most_height - height - top]
        return F.pad(resized, border, fill=self.fills.get(type(inpt), GRAY)) if any(border) else resized


def image_transform(image_size: tuple[int, int]) -> v2.Transform:
    """For an image alone: the whole of it; ends as `(3, *image_size)`, float32 from 0 to 1."""
    return v2.Compose([Letterbox(image_size), v2.ToDtype(torch.float32, scale=True)])
