"""Cuts a random part out of an image, before it is scaled: no pixel is lost that the model could see."""

from typing import Any, NamedTuple

import torch
from torchvision.transforms.v2 import functional as F

from .item import changed

MOST_STRETCH = 4 / 3  # of one side of the part beside the other


class Window(NamedTuple):
    """Where a part of an image lies, in pixels."""

    top: int
    left: int
    height: int
    width: int


class RandomCrop:
    """Cuts out a part of random area, shape and place, of an image and of what belongs to it.

    The shape varies around that of the input, so that the part leaves little border there, but no further than the area lets it: of
    a panorama, no more is lost than of another image. What belongs to an image may have a multiple of its size, that of the file.

    Args:
        smallest: Least part of the area that is kept; the most is all of it.
        image_size: Height and width of the input.
    """

    def __init__(self, smallest: float, image_size: tuple[int, int]) -> None:
        self.smallest = smallest
        self.image_size = image_size

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        return cut(item, self.draw(item))

    def draw(self, item: dict[str, Any]) -> Window:
        """A random part of the image, in its pixels."""
        whole_height, whole_width = F.get_size(item["image"])
        height, width = self.room(item)
        of_area, of_stretch, down, across = torch.rand(4).tolist()
        area = self.smallest + (1 - self.smallest) * of_area
        most = min(MOST_STRETCH, 1 / area)
        stretch = 1 / most + (most - 1 / most) * of_stretch
        stretch *= (self.image_size[1] * height) / (self.image_size[0] * width)
        stretch = min(max(stretch, area), 1 / area)  # with more or less, one side would be longer than that of the image
        part_height = max(1, round(height * (area / stretch) ** 0.5))
        part_width = max(1, round(width * (area * stretch) ** 0.5))
        top, left = int(down * (whole_height - part_height + 1)), int(across * (whole_width - part_width + 1))
        return Window(top, left, part_height, part_width)

    def room(self, item: dict[str, Any]) -> tuple[int, int]:
        """Height and width of that of which a part is kept: the image."""
        height, width = F.get_size(item["image"])
        return height, width


def cut(item: dict[str, Any], part: Window) -> dict[str, Any]:
    """A part of an item.

    Args:
        item: With an image, and with what may have a multiple of its size.
        part: In pixels of the image.
    """
    whole = F.get_size(item["image"])[0]

    def cut_out(value: Any) -> Any:
        factor = F.get_size(value)[0] // whole
        return F.crop(value, *(factor * side for side in part))

    return changed(item, cut_out)
