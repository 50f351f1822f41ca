"""Crops that find rare classes."""

from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from .masks import IGNORED
from .tiles import TileCrop

LOOKED_AT = 128  # rows and columns of a mask, in which its classes are looked for


class CropByClass(TileCrop):
    """Cuts out a random part with a pixel of a class that is drawn first, from those in the mask, whatever their area."""

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        params = super().make_params(flat_inputs)
        part, (height, width) = params["part"], F.get_size(flat_inputs[0])
        mask = next(inpt for inpt in flat_inputs if isinstance(inpt, tv_tensors.Mask)).as_subclass(Tensor)
        rows, columns = (torch.linspace(0, side - 1, min(side, LOOKED_AT)).long() for side in mask.shape)
        seen = mask[rows][:, columns]
        classes = seen.flatten().bincount(minlength=IGNORED)[:IGNORED].nonzero()
        if len(classes):
            places = (seen == classes[torch.randint(len(classes), ())]).nonzero()
            row, column = places[torch.randint(len(places), ())].tolist()
            # The mask may have a multiple of the size of the image.
            part["top"] = _around(int(rows[row]) * height // mask.shape[0], part["height"], height)
            part["left"] = _around(int(columns[column]) * width // mask.shape[1], part["width"], width)
        return params


def _around(place: int, length: int, whole: int) -> int:
    """A random start of a part of this length that has the place."""
    least, most = max(0, place - length + 1), min(place, whole - length)
    return least + int(torch.randint(most - least + 1, ()))
