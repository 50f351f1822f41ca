"""Cuts a random part out of an image, before it is scaled: no pixel is lost that the model could see."""

from typing import Any

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

MOST_STRETCH = 4 / 3  # of one side of the part beside the other


class RandomCrop(v2.Transform):
    """Cuts out a part of random area, shape and place, of an image and of what belongs to it.

    The shape varies around that of the input, so that the part leaves little border there, but no further than the area lets it: of
    a panorama, no more is lost than of another image. What belongs to an image may have a multiple of its size, that of the file.

    Args:
        smallest: Least part of the area that is kept; the most is all of it.
        image_size: Height and width of the input.
    """

    def __init__(self, smallest: float, image_size: tuple[int, int]) -> None:
        super().__init__()
        self.smallest = smallest
        self.image_size = image_size

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        whole_height, whole_width = F.get_size(flat_inputs[0])
        height, width = self.room(flat_inputs)
        area = _uniform(self.smallest, 1)
        most = min(MOST_STRETCH, 1 / area)
        stretch = _uniform(1 / most, most) * ((self.image_size[1] * height) / (self.image_size[0] * width))
        stretch = min(max(stretch, area), 1 / area)  # with more or less, one side would be longer than that of the image
        part_height = max(1, round(height * (area / stretch) ** 0.5))
        part_width = max(1, round(width * (area * stretch) ** 0.5))
        top = int(torch.randint(whole_height - part_height + 1, ()))
        left = int(torch.randint(whole_width - part_width + 1, ()))
        return {"of": whole_height, "part": {"top": top, "left": left, "height": part_height, "width": part_width}}

    def room(self, flat_inputs: list[Any]) -> tuple[int, int]:
        """Height and width of that of which a part is kept: the image."""
        height, width = F.get_size(flat_inputs[0])
        return height, width

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        factor = F.get_size(inpt)[0] // params["of"]
        return F.crop(inpt, **{name: factor * value for name, value in params["part"].items()})


def _uniform(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))
