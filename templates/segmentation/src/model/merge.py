"""Masks of tiles as one mask."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.tiles import Window


def merge(predictions: Sequence[dict[str, Tensor]], windows: Sequence[Window], size: tuple[int, int]) -> dict[str, Tensor]:
    """The class of each pixel of an image, as the tile says in which that pixel is farthest from the border.

    So no more than classes have to be kept: the scores of all classes would take gigabytes at the size of a photo.

    Args:
        predictions: For each tile `{"mask": (h, w)}`, uint8, in pixels of the file.
        windows: Where the tiles lie, row by row.
        size: Height and width of the image.

    Returns:
        `{"mask": (H, W)}`, uint8.
    """
    mask = torch.empty(size, dtype=torch.uint8, device=predictions[0]["mask"].device)
    tops, lefts = (sorted({window[axis] for window in windows}) for axis in (0, 1))
    for prediction, (top, left, height, width) in zip(predictions, windows, strict=True):
        y, x = _middle(tops, top, height), _middle(lefts, left, width)  # later tiles cover the other half of what two tiles see
        mask[y : top + height, x : left + width] = prediction["mask"][y - top :, x - left :]
    return {"mask": mask}


def _middle(starts: list[int], start: int, length: int) -> int:
    """Where a tile takes over from the one before it: in the middle of what both see."""
    before = starts.index(start) - 1
    return start if before < 0 else (starts[before] + length + start) // 2
