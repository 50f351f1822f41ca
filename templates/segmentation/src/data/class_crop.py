"""Crops that find rare classes."""

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from .crop import Window
from .masks import IGNORED
from .tiles import TileCrop

LOOKED_AT = 128  # rows and columns of a mask, in which its classes are looked for


class CropByClass(TileCrop):
    """Cuts out a random part with a pixel of a class that is drawn first, from those in the mask, whatever their area."""

    def draw(self, item: dict[str, Any]) -> Window:
        part, (height, width), mask = super().draw(item), F.get_size(item["image"]), item["mask"].as_subclass(Tensor)
        rows, columns = (torch.linspace(0, side - 1, min(side, LOOKED_AT)).long() for side in mask.shape)
        seen = mask[rows][:, columns]
        classes = seen.flatten().bincount(minlength=IGNORED)[:IGNORED].nonzero()
        if not len(classes):
            return part
        places = (seen == classes[torch.randint(len(classes), ())]).nonzero()
        row, column = places[torch.randint(len(places), ())].tolist()
        # The mask may have a multiple of the size of the image.
        top = _around(int(rows[row]) * height // mask.shape[0], part.height, height)
        left = _around(int(columns[column]) * width // mask.shape[1], part.width, width)
        return part._replace(top=top, left=left)


def _around(place: int, length: int, whole: int) -> int:
    """A random start of a part of this length that has the place."""
    least, most = max(0, place - length + 1), min(place, whole - length)
    return least + int(torch.randint(most - least + 1, ()))
