"""Run lengths of pixels, as COCO has them: outside and inside by turns, column by column."""

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
        ValueError: If the runs are not as long as the image.
    """
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
