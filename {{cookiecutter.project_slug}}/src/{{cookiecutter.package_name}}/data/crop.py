"""Cuts a random part out of an image, before it is scaled: no pixel is lost that the model could see."""

import math
from typing import Any

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

MOST_STRETCH = 4 / 3  # of one side of the part beside the other


class RandomCrop(v2.Transform):
    """Cuts out a part of random area, shape and place, of an image and of what belongs to it.

    The shape varies around that of the image and not around a square, so that no more is lost of a panorama. What belongs to an
    image may have a multiple of its size, that of the file.

    Args:
        smallest: Least part of the area that is kept; the most is all of it.
    """

    def __init__(self, smallest: float) -> None:
        super().__init__()
        self.smallest = smallest

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        height, width = F.get_size(flat_inputs[0])
        area = _uniform(self.smallest, 1)
        most = min(MOST_STRETCH, 1 / area)  # with more, one side would be longer than that of the image
        stretch = _uniform(1 / most, most)
        part_height = max(1, round(height * (area / stretch) ** 0.5))
        part_width = max(1, round(width * (area * stretch) ** 0.5))
        top = int(torch.randint(height - part_height + 1, ()))
        left = int(torch.randint(width - part_width + 1, ()))
        return {"of": height, "part": {"top": top, "left": left, "height": part_height, "width": part_width}}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        factor = F.get_size(inpt)[0] // params["of"]
        return F.crop(inpt, **{name: factor * value for name, value in params["part"].items()})


def whole_of_part(size: tuple[int, int], smallest: float) -> tuple[int, int]:
    """Height and width of the rectangle that a whole image must fill, for any part of it to fill a rectangle of this size.

    Args:
        size: Height and width.
        smallest: As `RandomCrop` takes it.
    """
    least = (smallest / min(MOST_STRETCH, 1 / smallest)) ** 0.5  # of the longer side
    return math.ceil(size[0] / least), math.ceil(size[1] / least)


def _uniform(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))
