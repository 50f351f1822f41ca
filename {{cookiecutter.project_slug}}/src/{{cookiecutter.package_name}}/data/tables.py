"""Reading tables: CSV with commas, semicolons, tabs or bars."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from ..config.errors import UserError
from .files import SPLIT_NAMES
from .lookup import read_text

# Names of columns, in small letters and digits alone.
SPLIT = ("split", "dataset", "subset", "set", "partition")
NUMBERED = {"0": "train", "1": "val", "2": "test"}  # as CelebA numbers its partitions
FLAGGED = {  # columns of 0 and 1, and the split of each
    "isvalid": ("train", "val"), "isval": ("train", "val"), "istest": ("train", "test"),
    "istrain": ("test", "train"), "istraining": ("test", "train"),
}  # fmt: skip
SEPARATOR = re.compile(r"\Asep=.\r?\n")  # how Excel is told what stands between cells


def plain(name: str) -> str:
    """The name of a column in small letters and digits alone, since it may be written in many ways."""
    return "".join(filter(str.isalnum, name.lower()))


def read_rows(file: Path, count: int | None = None) -> list[list[str]]:
    """The rows of a table, without those of empty cells, which spreadsheets leave at the end.

    Args:
        file: As `read_text` knows it. The first line tells what stands between its cells.
        count: How many rows to read; by default all.

    Raises:
        UserError: If the file is no table.
    """
    text = SEPARATOR.sub("", read_text(file))
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    delimiter = delimiter if delimiter in first else "|"  # which else may stand between labels
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return list(islice((row for row in rows if any(map(str.strip, row))), count))
    except csv.Error as error:
        raise UserError(f"{file} is no CSV ({error}): mend or remove it") from None


def columns_of_images(rows: Iterable[tuple[Path, Mapping[str, str]]]) -> dict[str, dict[Path, str]]:
    """What cells say of images, by column; without columns that say different things of one image.

    Args:
        rows: Images, and what is in the columns of a row about them.
    """
    found: dict[str, dict[Path, str]] = defaultdict(dict)
    torn = set()
    for image, cells in rows:
        for name, cell in cells.items():
            if found[name].setdefault(image, cell) != cell:
                torn.add(name)
    return {name: its for name, its in found.items() if name not in torn}


def find_split(header: Iterable[str]) -> tuple[int | None, Mapping[str, str]]:
    """The column of splits, and which of them a cell in small letters means."""
    names = list(map(plain, header))
    if name := next((name for name in SPLIT if name in names), None):
        return names.index(name), SPLIT_NAMES | NUMBERED if name == "partition" else SPLIT_NAMES
    if name := next((name for name in FLAGGED if name in names), None):
        no, yes = FLAGGED[name]
        return names.index(name), {"0": no, "false": no, "1": yes, "true": yes}
    return None, {}
