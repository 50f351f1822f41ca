"""Tables of labels in text whose columns have blanks between them, or no names, as lists with `images/1.jpg 0` in each line.

In a list an image stands first; before it may stand its split, as Vertex AI has it: `TRAIN,gs://bucket/1.jpg,cat`.
"""

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from .files import SPLIT_NAMES, has_images, is_visible, visible_folders, words
from .label_kinds import split_of_list, with_labels
from .label_names import names_by_number
from .label_rows import UNASSIGNED, Columns, Sure, find_columns
from .lookup import Images, read_text
from .tables import read_rows

LOOKED_AT = 50  # rows
OF_SPLITS = {"partition", "split", "splits"}  # in names of lists that tell no labels
LIST = ["split", "image", "label"]
FRACTION = re.compile(r"[01]?\.\d+")

Table = tuple[Columns, list[list[str]]]


def named(rows: list[list[str]]) -> list[list[str]]:
    """Rows with a first one of names, which tables of Vertex AI lack: the first cell of theirs is the split.

    Those with fractions, which say where objects are, are left as they are.
    """
    if not rows or not all(len(row) > 2 and row[0].strip().lower() in (*SPLIT_NAMES, UNASSIGNED) for row in rows):
        return rows
    if any(FRACTION.fullmatch(cell.strip()) for row in rows for cell in row[3:]):
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


def known_texts(root: Path) -> list[Path]:
    """Texts in folders without images that are tables with a column of labels, by its name."""
    folders = [folder for folder in (root, *visible_folders(root)) if not has_images(folder)]
    files = [file for folder in folders for file in sorted(folder.glob("*.txt")) if is_visible(file.name) and file.is_file()]
    return [file for file in files if (columns := find_columns(text_rows(file))) and columns.sure is Sure.NAME]


def read_lists(files: Iterable[Path], root: Path) -> tuple[dict[Path, Table], list[str]]:
    """The tables among texts, or the lists among files, as tables with a first row of names; and what is to be said of them."""
    texts = {file: rows for file in files if file.suffix.lower() == ".txt" and len(rows := text_rows(file)) > 1}
    tables = {file: (columns, rows) for file, rows in texts.items() if (columns := find_columns(rows))}
    surest = min((columns.sure for columns, _ in tables.values()), default=Sure.NOTHING)
    if surest <= Sure.FLAGS:
        known = {file: table for file, table in tables.items() if table[0].sure is surest}
        return _named(known, texts)
    found = {file: rows for file in files if file not in tables and (rows := _listed(file))}
    images = Images(root) if found else None
    lists, notes = with_labels({file: rows for file, rows in found.items() if images and _names_images(rows, file, images)})
    result: dict[Path, Table] = {}
    for file, rows in lists.items():
        split = split_of_list(file, lists)
        columns = Columns(1, 2, {}, 0 if split else None, SPLIT_NAMES, Sure.PLACE)
        result[file] = columns, [LIST, *([split or "", *row] for row in rows)]
    return result, notes


def _named(tables: dict[Path, Table], texts: dict[Path, list[list[str]]]) -> tuple[dict[Path, Table], list[str]]:
    """Tables with names of classes in place of their numbers, where a text beside them has these."""
    found: dict[Path, Table] = {}
    notes: list[str] = []
    for file, (columns, (header, *rows)) in tables.items():
        place = columns.label
        if place is not None:
            beside = {other: its for other, its in texts.items() if other.parent == file.parent}
            names, said = names_by_number([row[place] for row in rows], beside)
            rows = [[*row[:place], names.get(row[place], row[place]), *row[place + 1 :]] for row in rows]
            notes += said
        found[file] = columns, [header, *rows]
    return found, notes


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
