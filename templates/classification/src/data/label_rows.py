"""What the rows of a table of labels say, whatever its columns are called."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from ..config.errors import UserError
from .lookup import split_of_file
from .tables import find_split, plain

# Names of columns, in small letters and digits alone.
IMAGE = (
    "filename", "file", "filepath", "filepaths", "fname", "image", "imagename", "imagepath", "imagefile", "img", "imgname", "path",
    "imageurl", "imageid", "imageindex", "idcode", "id",
)  # fmt: skip
SEVERAL = ("labels", "classes", "categories", "tags", "targets", "findinglabels", "choices")
LABEL = (
    "labelname", "classname", "label", "class", "category", "tag", "target", *SEVERAL,
    "classid", "categorylabel", "classlabel", "choice", "diagnosis", "dx", "breed", "species",
)  # fmt: skip
FLAGS = ({"0", "1", "-1", ""}, {"0.0", "1.0", "-1.0", ""}, {"false", "true", ""})  # what a column of 0 and 1 may consist of
VECTOR = re.compile(r"\[\s*[01](\.0?)?(\s*[, ]\s*[01](\.0?)?)+\s*\]")  # as `[0, 1, 0]`
UNASSIGNED = "unassigned"  # the split of images that Google's AutoML is to divide
NO_LABEL = {"", "nan"}
TRUE, DOUBTFUL = {"1", "1.0", "true"}, {"-1", "-1.0", ""}


class Sure(IntEnum):
    """By what labels are known in a table; the least is the surest."""

    NAME = 0
    FLAGS = 1
    ONLY_COLUMN = 2
    PLACE = 3
    NOTHING = 4


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
    """Where the columns of a table are: its label, or the labels by their columns of 0 and 1, and how sure this is.

    `splits` says which split a cell of its column means.
    """

    image: int
    label: int | None
    flags: dict[int, str]
    split: int | None
    splits: Mapping[str, str]
    sure: Sure


def heads_several(name: str) -> bool:
    """Whether a column of this name is called after several labels of an image."""
    return plain(name) in SEVERAL


def find_columns(lines: list[list[str]]) -> Columns | None:
    """Where the columns are; None if this is no table of images, of which it says anything."""
    header = [plain(name) for name in lines[0]] if lines else []
    image = next((header.index(name) for name in IMAGE if name in header), None)
    if image is None:
        return None
    labels = [place for name in LABEL if name in header and not _has_vectors(place := header.index(name), lines[1:])]
    split, splits = find_split(header)
    if labels:
        return Columns(image, _by_name(labels, lines), {}, split, splits, Sure.NAME)
    rest = [number for number in range(len(header)) if number not in (image, split)]
    values = {number: [line[number].strip().lower() for line in lines[1:] if number < len(line)] for number in rest}
    if len(rest) == 1 and len(set(values[rest[0]])) < len(values[rest[0]]):
        return Columns(image, rest[0], {}, split, splits, Sure.ONLY_COLUMN)
    flags = {number: lines[0][number].strip() for number in rest if any({""} < {"", *values[number]} <= of for of in FLAGS)}
    if len(flags) > 1:
        return Columns(image, None, flags, split, splits, Sure.FLAGS)
    return Columns(image, None, {}, split, splits, Sure.NOTHING) if lines[1:] and (rest or split is not None) else None


def _has_vectors(place: int, rows: list[list[str]]) -> bool:
    """Whether all cells of a column are lists of 0 and 1, one number for each label, whose names they do not tell."""
    cells = [row[place].strip() for row in rows if place < len(row)]
    return (
        bool(cells) and all(map(VECTOR.fullmatch, cells)) and len({len(re.findall("[01](?:\\.0?)?", cell)) for cell in cells}) == 1
    )


def is_unassigned(line: list[str], columns: Columns) -> bool:
    """Whether a row says that its image is in no split yet."""
    return columns.split is not None and [cell.strip().lower() for cell in line[columns.split :][:1]] == [UNASSIGNED]


def _by_name(labels: list[int], lines: list[list[str]]) -> int:
    """The first column of labels; but if it numbers those of another one, which is text, the latter."""
    first, *others = labels
    rows = [line for line in lines[1:] if len(line) > max(labels)]
    if others and all(line[first].strip().isdecimal() for line in rows):
        for other in others:
            pairs = {(line[first].strip(), line[other].strip()) for line in rows}
            numbers, names = ({*its} for its in zip(*pairs, strict=True)) if pairs else (set(), set())
            if len(pairs) == len(numbers) == len(names) and not any(map(str.isdecimal, names)):
                return other
    return first


def other_labels(lines: list[list[str]], columns: Columns) -> list[str]:
    """The names of columns that may be of labels, too, and say something else."""
    label, found = columns.label, []
    for number, name in enumerate(lines[0]):
        if label is not None and number != label and plain(name) in LABEL:
            pairs = {(line[label].strip(), line[number].strip()) for line in lines[1:] if len(line) > max(label, number)}
            if not len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs}):
                found.append(name.strip())
    return found


def count_doubtful(lines: list[list[str]], columns: Columns) -> int:
    """How many cells of columns of 0 and 1 are blank or -1, which means no where there is no 0, and otherwise uncertain."""
    cells = [line[number].strip() for line in lines[1:] for number in columns.flags if number < len(line)]
    return sum(cell in DOUBTFUL for cell in cells) if {"0", "0.0", ""} & {*cells} else 0


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
    split = split_of_file(file, root) if columns.split is None else columns.splits.get(cells[columns.split].lower())
    if split is None:
        raise UserError(f"{where} is of no known split, but of {cells[columns.split or 0]!r}: expected train, val or test")
    if columns.label is None:
        names = tuple(name for number, name in columns.flags.items() if cells[number].lower() in TRUE)
    else:
        names = () if cells[columns.label].lower() in NO_LABEL else (cells[columns.label],)
    used = {columns.image, columns.label, columns.split, *columns.flags}
    others = {name.strip(): sys.intern(cells[place]) for place, name in enumerate(header) if place not in used}
    return Row(where, file, cells[columns.image], names, split, others)
