"""Fits images of any shape into the square that the model sees, and results back onto the images."""

from typing import Any

from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

GREY = 114  # of the borders
IGNORED = 255  # class of the borders in masks


def fitted_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of an image after it was scaled to fit into a square of side `size`."""
    scale = size / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


class FitSquare(v2.Transform):
    """Scales to fit into a square and fills the rest, on the right or below. Proportions stay, nothing is cut off."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        height, width = fitted_size(*F.get_size(inpt), self.size)
        resized = F.resize(inpt, [height, width], antialias=True)
        fill = IGNORED if isinstance(inpt, tv_tensors.Mask) else GREY
        return F.pad(resized, [0, 0, self.size - width, self.size - height], fill=fill)
