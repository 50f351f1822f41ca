"""Height and width of the images that the network sees: of its input."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

STRIDE = 32  # of the coarsest maps of most networks
SMALLEST = 64  # side of an input that was made smaller: the coarsest maps still have some places
GRAY = 114  # of the borders of an image that fills it only in part
KEPT = 0.9  # part of the training images that are no smaller on the input than on a square


def input_size(image_size: int | Sequence[int], heights: np.ndarray, widths: np.ndarray, stride: int = STRIDE) -> tuple[int, int]:
    """Height and width of the input for a set of images.

    Where one number is given, the longer side, the other one is as short as it can be while nine in ten images come out no smaller
    than on a square. So images that nearly all have one shape get an input of that shape; where too many have others, or some are
    upright and some are not, it is a square.

    Args:
        image_size: The longer side, or height and width, which then stay.
        heights: Of the training images, upright, in pixels.
        widths: The same.
        stride: The other side is rounded up to a multiple of this. A longer side that is none stays that of a square.

    Returns:
        In pixels.
    """
    if not isinstance(image_size, int):
        height, width = image_size
        return height, width
    if image_size % stride or not len(heights):
        return image_size, image_size
    longest = np.maximum(heights, widths)
    height, width = (_share(sides / longest) for sides in (heights, widths))
    return _rounded(image_size * height, stride), _rounded(image_size * width, stride)


def fitting_scale(height: int, width: int, image_size: tuple[int, int]) -> float:
    """By how much an image is scaled to fit into the input, as large as it can be."""
    return min(image_size[0] / height, image_size[1] / width)


def fitted_size(height: int, width: int, image_size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of an image after it was scaled to fit into the input."""
    scale = fitting_scale(height, width, image_size)
    return max(1, round(height * scale)), max(1, round(width * scale))


def resized(longest: int, size: Sequence[int], stride: int) -> tuple[int, int]:
    """Height and width of an input of the same shape as another one, with another longer side."""
    height, width = (longest if side == max(size) else _rounded(longest * side / max(size), stride) for side in size)
    return height, width


def shrunk(size: tuple[int, int], part: float) -> tuple[int, int]:
    """Height and width of a smaller input of about the same shape, with no less than this part of its sides.

    Args:
        size: Height and width, in pixels.
        part: Above 0, at most 1.

    Returns:
        Each less by a multiple of `STRIDE`, so that a network that takes the one takes the other, and no less than `SMALLEST`.
    """
    part = max(part, min(1.0, SMALLEST / min(size)))
    height, width = (side - math.floor(side * (1 - part) / STRIDE) * STRIDE for side in size)
    return height, width


def as_set(size: tuple[int, int]) -> str:
    """What `data.image_size` is set to for an input."""
    height, width = size
    return str(height) if height == width else f"[{height},{width}]"


def with_both_sides(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a training in which `image_size` has height and width. Earlier versions knew squares only, by one number."""
    size = settings.get("image_size")
    return settings | {"image_size": [size, size]} if isinstance(size, int) else settings


def _share(parts: np.ndarray) -> float:
    return float(np.quantile(parts, KEPT, method="higher"))


def _rounded(side: float, stride: int) -> int:
    return math.ceil(round(side) / stride) * stride  # first as images are fitted, so that part of a pixel costs nothing
