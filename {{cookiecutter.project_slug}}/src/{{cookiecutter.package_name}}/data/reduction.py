"""How much smaller than its file a JPEG may be decoded, so that no pixel is lost that the model could see.

A JPEG has frequencies in place of pixels, in blocks of 8 by 8. Without the high ones, its decoder gives half, a fourth or an eighth
of width and height, in less time. Training, evaluation, predictions and the service all read images in this way.
"""

from typing import Any, TypeVar

import numpy as np

FORMATS = ("JPEG", "MPO")  # Pillow's names; phones write the second
LARGEST = 8  # factor that JPEGs can be decoded with

Side = TypeVar("Side", int, np.ndarray)


def reduction(height: Side, width: Side, pixels: int, most: float = LARGEST) -> Side:
    """The factor by which both sides of an image may be smaller: 1, 2, 4 or 8.

    Both sides must be multiples of it: a pixel then stands for whole pixels of the file, and whatever is scaled to fit into the
    input becomes exactly as large as the file itself would.

    Args:
        height: Of the image; or of many.
        width: Of the image; or of many.
        pixels: How many must be left. With those of the input of the network, no image has to be enlarged to fill it.
        most: The factor is no larger: what is seen of an image may be a part of it.
    """
    factor: Any = 1
    for larger in (2, 4, 8):
        divides = (height % larger == 0) & (width % larger == 0)
        suffices = (height * width >= larger**2 * pixels) & (larger <= most)
        factor = factor + (divides & suffices) * (larger - factor)
    return factor
