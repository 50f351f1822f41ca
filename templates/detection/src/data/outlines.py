"""Boxes around outlines, where annotations give no box."""

import math
from collections.abc import Sequence
from typing import Any

from .example import Box


def around(points: Sequence[Sequence[float]]) -> Box:
    """The smallest box around points `(x, y)`."""
    columns, rows = zip(*((float(x), float(y)) for x, y in points), strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def around_turned(x: float, y: float, width: float, height: float, angle: float) -> Box:
    """The smallest box around one with this middle that is turned by an angle in radians."""
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    across, down = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    return x - across, y - down, x + across, y + down


def around_ellipse(x: float, y: float, across: float, down: float, angle: float) -> Box:
    """The smallest box around an ellipse with this middle and these radii that is turned by an angle in radians."""
    right = math.hypot(across * math.cos(angle), down * math.sin(angle))
    below = math.hypot(across * math.sin(angle), down * math.cos(angle))
    return x - right, y - below, x + right, y + below


def around_outline(outline: Any) -> Box:
    """The smallest box around an outline as in COCO.

    Args:
        outline: Polygons `[[x, y, x, y, …], …]`, or runs of pixels `{"size": [height, width], "counts": …}`, as numbers or
            compressed to text.

    Raises:
        ValueError: If there is nothing in it.
    """
    if isinstance(outline, dict):
        return _around_runs(_runs(outline["counts"]), int(outline["size"][0]))
    polygons = outline if outline and isinstance(outline[0], list) else [outline]
    if any(len(polygon) % 2 for polygon in polygons):
        raise ValueError("an outline with an odd number of coordinates")
    return around([point for polygon in polygons for point in zip(polygon[::2], polygon[1::2], strict=True)])


def _runs(counts: list[Any] | str) -> list[int]:
    """Lengths of the runs, from text as in COCO's `rleFrString`: five bits a letter, from the third on as differences."""
    if not isinstance(counts, str):
        return [int(count) for count in counts]
    runs: list[int] = []
    number = shift = 0
    for letter in counts:
        code = ord(letter) - 48
        number |= (code & 31) << shift
        shift += 5
        if not code & 32:  # the last letter of a number
            number -= (code >> 4 & 1) << shift
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number = shift = 0
    return runs


def _around_runs(runs: list[int], height: int) -> Box:
    """Runs go down the columns, by turns outside and inside of the object."""
    boxes: list[Box] = []
    start = 0
    for index, length in enumerate(runs):
        if index % 2 and length > 0:
            (left, top), (right, bottom) = divmod(start, height), divmod(start + length - 1, height)
            boxes.append((left, top, right + 1, bottom + 1) if left == right else (left, 0, right + 1, height))
        start += length
    return around([corner for box in boxes for corner in (box[:2], box[2:])])
