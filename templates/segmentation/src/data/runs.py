"""Run lengths of pixels, as COCO has them: outside and inside by turns, column by column."""

import io
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def read_runs(counts: str | Sequence[int], pixels: int) -> "array[int]":
    """The run lengths of an annotation.

    Args:
        counts: Numbers, or the text that pycocotools makes of them.
        pixels: How many the image has.

    Raises:
        ValueError: If the runs are not as long as the image, or that is larger than any that is read.
    """
    _check_size(pixels)
    runs = array("l", _unpack(counts) if isinstance(counts, str) else counts)
    if sum(runs) != pixels or min(runs, default=0) < 0:
        raise ValueError(f"run lengths are for {sum(runs)} pixels, but the image has {pixels}")
    return runs


def to_runs(inside: "np.ndarray") -> "array[int]":
    """The run lengths of the pixels `(H, W)` that are true."""
    import numpy as np

    down = inside.T.ravel()
    switches = np.flatnonzero(np.diff(down, prepend=False))
    return array("l", np.diff(switches, prepend=0, append=down.size).tolist())


def part_to_runs(content: bytes, corner: tuple[float, float], height: int, width: int) -> "array[int]":
    """The run lengths of a mask of a part of an image.

    Args:
        content: Of a PNG file. A pixel counts that is not 0; if there is transparency, one that is to be seen.
        corner: The pixel of its upper left corner.
        height: Of the image.
        width: Of the image.

    Raises:
        ValueError: If the image or its part is larger than any that is read.
        OSError: If the content cannot be read.
    """
    import numpy as np
    from PIL import Image

    _check_size(height * width)
    with Image.open(io.BytesIO(content), formats=["PNG"]) as opened:
        _check_size(opened.height * opened.width)
        pixels = np.asarray(opened)
    if pixels.ndim == 3:
        pixels = pixels[..., -1] if pixels.shape[2] in (2, 4) else pixels.max(axis=2)
    part = pixels > 0
    left, top = map(round, corner)
    part = part[max(0, -top) :, max(0, -left) :]
    left, top = max(0, left), max(0, top)
    inside = np.zeros((height, width), dtype=bool)
    part = part[: max(0, height - top), : max(0, width - left)]
    inside[top : top + part.shape[0], left : left + part.shape[1]] = part
    return to_runs(inside)


def _check_size(pixels: int) -> None:
    from ..config.schema import MAX_PIXELS

    if pixels > MAX_PIXELS:
        raise ValueError(f"{pixels} pixels are more than {MAX_PIXELS}")


def _unpack(text: str) -> list[int]:
    """Numbers are in characters of five bits, the lowest first; from the fourth on they are differences to the last but one."""
    runs: list[int] = []
    number, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        number |= (bits & 31) << shift
        shift += 5
        if not bits & 32:  # the last character of this number
            if bits & 16:
                number -= 1 << shift
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number, shift = 0, 0
    return runs
