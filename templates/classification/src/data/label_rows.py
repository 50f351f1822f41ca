"""What the rows of a table of labels say, whatever its columns are called."""

import sys
from dataclasses import dataclass
from pathlib import Path

from ..config.errors import UserError
from .files import SPLIT_NAMES
from .lookup import split_of_file

IMAGE = ("filename", "file_name", "file", "filepath", "filepaths", "image", "image_name", "image_path", "path", "image_id", "id")
SEVERAL = ("labels", "classes", "categories", "tags", "targets")
LABEL = ("label_name", "class_name", "label", "class", "category", "tag", "target", *SEVERAL)
SPLIT = ("split", "data_set", "dataset", "subset", "set")
FLAGS = ({"0", "1"}, {"0.0", "1.0"}, {"false", "true"}, {"-1", "1"})  # what a column of 0 and 1 may consist of
TRUE = {"1", "1.0", "true"}


@dataclass(frozen=True)
class Row:
    """What a row says of an image; `cells` are its label, not yet split, or labels with a 1 in their columns, `others` the rest."""

    where: str
    file: Path
    image: str
    cells: tuple[str, ...]
    split: str
    others: dict[str, str]


@dataclass(frozen=True)
class Columns:
    """Where the columns of a table are: its label, or the labels by their columns of 0 and 1."""

    image: int
    label: int | None
    flags: dict[int, str]
    split: int | None


def heads_several(name: str) -> bool:
    """Whether a column of this name is called after several labels of an image."""
    return _plain(name) in SEVERAL


def find_columns(lines: list[list[str]]) -> Columns | None:
    """Where the columns are; None if this is no table of labels."""
    header = [_plain(name) for name in lines[0]] if lines else []

    def find(names: tuple[str, ...]) -> int | None:
        return next((header.index(name) for name in names if name in header), None)

    image, label, split = find(IMAGE), find(LABEL), find(SPLIT)
    if image is None:
        return None
    rest = [number for number in range(len(header)) if number not in (image, split)]
    values = {number: [line[number].strip() for line in lines[1:] if number < len(line)] for number in rest}
    if label is None and len(rest) == 1 and len(set(values[rest[0]])) < len(values[rest[0]]):
        label = rest[0]
    if label is not None:
        return Columns(image, label, {}, split)
    flags = {number: lines[0][number].strip() for number in rest if any({*map(str.lower, values[number])} <= of for of in FLAGS)}
    return Columns(image, None, flags, split) if len(flags) > 1 and lines[1:] else None


def read_row(line: list[str], number: int, header: list[str], columns: Columns, file: Path, root: Path) -> Row:
    """What a row says.

    Args:
        line: Its cells.
        number: Of the row; the first one names the columns.
        header: What the columns are called.
        columns: Where they are.
        file: The table; its name or folder may tell the split.
        root: Folder of the data.

    Raises:
        UserError: If the row has another number of cells, or a split that is not known.
    """
    where = f"{file}, row {number}"
    cells = [cell.strip() for cell in line]
    width = len(header)
    if len(cells) < width or any(cells[width:]):
        raise UserError(f"{where} has {len(cells)} cells, but the first row {width}: mend it; a cell with a comma needs quotes")
    split = split_of_file(file, root) if columns.split is None else SPLIT_NAMES.get(cells[columns.split].lower())
    if split is None:
        raise UserError(f"{where} is of no known split, but of {cells[columns.split or 0]!r}: expected train, val or test")
    if columns.label is None:
        names = tuple(name for number, name in columns.flags.items() if cells[number].lower() in TRUE)
    else:
        names = tuple(filter(None, [cells[columns.label]]))
    used = {columns.image, columns.label, columns.split, *columns.flags}
    others = {name.strip(): sys.intern(cells[place]) for place, name in enumerate(header) if place not in used}
    return Row(where, file, cells[columns.image], names, split, others)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
