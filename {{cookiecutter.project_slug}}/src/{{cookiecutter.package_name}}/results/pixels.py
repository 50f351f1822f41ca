"""From arrays of pixels to pictures."""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image


def as_picture(image: ArrayLike) -> Image.Image:
    """A picture of an image.

    Args:
        image: `(3, H, W)`, RGB, uint8, or float32 from 0 to 1; an array, or a tensor on the CPU.
    """
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8:
        pixels = (pixels * np.float32(256 - 1e-3)).astype(np.uint8)  # each value gets as much of 0 to 1, as from torchvision
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
