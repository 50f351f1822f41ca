"""Tables of labels in text whose columns have blanks between them, or no names, as lists with `images/1.jpg 0` in each line.

In a list an image stands first; before it may stand its split, as Vertex AI has it: `TRAIN,gs://bucket/1.jpg,cat`.
"""

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from .files import SPLIT_NAMES, words
from .label_rows import UNASSIGNED, Columns, Sure, find_columns
from .lookup import Images, read_text
from .tables import read_rows

LOOKED_AT = 50  # rows
OF_BOTH = "trainval"  # a list in whose place those of its parts are read
OF_SPLITS = {"partition", "split", "splits"}  # in names of lists that tell no labels
LIST = ["split", "image", "label"]
SEVERAL_NUMBERS = re.compile(r"-?\d+(\s+-?\d+)+")

Table = tuple[Columns, list[list[str]]]


def named(rows: list[list[str]]) -> list[list[str]]:
    """Rows with a first one of names, which tables of Vertex AI lack: the first cell of theirs is the split."""
    if not rows or not all(len(row) > 2 and row[0].strip().lower() in (*SPLIT_NAMES, UNASSIGNED) for row in rows):
        return rows
    return [LIST, *([row[0], row[1], "|".join(filter(None, row[2:]))] for row in rows)]


def text_rows(file: Path) -> list[list[str]]:
    """The rows of a table in which blanks separate columns, with a first one of names; none if it is no such table.

    Their number may stand in the first line, and images have no name of their column, as in CelebA.
    """
    rows = [line.split() for line in _lines(file)]
    header, *others = rows[1:] if len(rows) > 2 and len(rows[0]) == 1 and rows[0][0].isdecimal() else rows or [[]]
    if OF_SPLITS & {word.lower() for word in words(file.stem)} and all(len(row) == 2 for row in rows):
        return [["image", "partition"], *rows]
    widths = {len(row) for row in others}
    if widths == {len(header) + 1}:
        return [["image", *header], *others]
    return [header, *others] if widths == {len(header)} else []


def read_lists(files: Iterable[Path], root: Path) -> dict[Path, Table]:
    """The tables among texts, and the lists among files, as tables with a first row of names."""
    texts = {file: rows for file in files if file.suffix.lower() == ".txt" and len(rows := text_rows(file)) > 1}
    tables = {file: (columns, rows) for file, rows in texts.items() if (columns := find_columns(rows))}
    if known := {file: table for file, table in tables.items() if table[0].sure <= Sure.FLAGS}:
        return known
    found = {file: rows for file in files if file not in tables and (rows := _listed(file))}
    images = Images(root) if found else None
    lists = {file: rows for file, rows in found.items() if images and _names_images(rows, file, images)}
    spoken = {file: {word.lower() for word in words(file.stem)} for file in lists}
    if any("train" in its for its in spoken.values()):
        lists = {file: rows for file, rows in lists.items() if OF_BOTH not in spoken[file]}
    labels = [row[1] for rows in lists.values() for row in rows]
    if len({*labels}) == len(labels) or all(map(SEVERAL_NUMBERS.fullmatch, labels)):  # each image has its own, as a number
        return {}
    return {file: (Columns(0, 1, {}, None, {}, Sure.PLACE), [["image", "label"], *rows]) for file, rows in lists.items()}


def _listed(file: Path) -> list[list[str]]:
    """Image and label of each line; nothing if some line has not both of them."""
    lines = _lines(file)
    if file.suffix.lower() != ".txt" or (lines and any(mark in lines[0] for mark in ",;\t")):
        rows = [[cell.strip() for cell in row] for row in read_rows(file)]
    else:
        rows = [line.split(maxsplit=1) for line in lines]
    return rows if all(len(row) == 2 and all(row) for row in rows) else []


def _lines(file: Path) -> list[str]:
    """Those that are neither empty nor remarks."""
    return [line for each in read_text(file).splitlines() if (line := each.strip()) and not line.startswith("#")]


def _names_images(rows: list[list[str]], file: Path, images: Images) -> bool:
    some = list(islice(rows, LOOKED_AT))
    return 2 * sum(images.named(name, file) is not None for name, _ in some) > len(some)
