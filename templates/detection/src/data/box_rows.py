"""Tables of boxes as programs write them, brought to a first row of names and a box in each row behind it."""

import re
from pathlib import Path

from .files import is_image

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
WITHOUT_NAMES = ["path", "x1", "y1", "x2", "y2", "class"]  # what RetinaNet's columns are, whose first row is of an image
# Columns with all numbers of a box in one cell, or of all boxes of an image: those of Global Wheat.
PACKED = {"bbox": ["x", "y", "w", "h"], "boxesstring": ["xmin", "ymin", "xmax", "ymax"]}
NO_CLASS = "without class"  # the column that tables get which tell no classes
ONLY_CLASS = "object"  # what is in it

Rows = list[tuple[int, list[str]]]  # with their numbers in the file


def named_columns(rows: list[list[str]]) -> tuple[list[str], Rows]:
    """Names of the columns of a table, and the other rows, one for each box.

    Args:
        rows: All of the table, at least one.
    """
    first, *others = rows
    if len(first) == len(WITHOUT_NAMES) and is_image(Path(first[0].strip())):
        return WITHOUT_NAMES, list(enumerate(rows, start=1))
    numbered = list(enumerate(others, start=2))
    names = [name.strip().lower() for name in first]
    place = next((place for place, name in enumerate(names) if name in PACKED), None)
    if place is None:
        return first, numbered
    header = [*PACKED[names[place]], NO_CLASS, *first[:place], *first[place + 1 :]]
    return header, [
        (number, [*box, ONLY_CLASS, *row[:place], *row[place + 1 :]])
        for number, row in numbered
        for box in _boxes(row[place] if place < len(row) else "")
    ]


def _boxes(cell: str) -> list[list[str]]:
    """The numbers of each box in a cell; one without any where there is none, as in `no_box`."""
    numbers = NUMBER.findall(cell) or [""]
    numbers += [""] * (-len(numbers) % 4)
    return [numbers[start : start + 4] for start in range(0, len(numbers), 4)]
