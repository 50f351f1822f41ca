"""Tables that tell something of images: their splits, or what groups them, such as patients."""

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config.errors import UserError
from .files import is_image, words
from .lookup import read_text
from .places import Places
from .tables import find_split, read_rows

SUFFIXES = {".csv", ".tsv"}
OF_SPLITS = {"partition", "partitions", "split", "splits"}  # in names of texts in which blanks separate columns, and of JSON
SAMPLED = 200  # rows of which the column of images is found out


@dataclass(frozen=True)
class ImageTable:
    """What is in a table.

    Attributes:
        named: What each row calls its image.
        images: Those that are there.
        columns: The other cells of each row, by column.
        splits: What a column says of each row; None where that is no split. Empty if there is no such column.
    """

    named: list[str]
    images: list[Path | None]
    columns: dict[str, list[str]]
    splits: list[str | None]

    def cells(self) -> Iterator[tuple[Path, Mapping[str, str]]]:
        """Images, and what is in the columns of a row about them."""
        for number, image in enumerate(self.images):
            if image:
                yield image, {name: cells[number] for name, cells in self.columns.items()}


def may_be_table(file: Path) -> bool:
    """Whether a file may be a table of images, by its name."""
    of_splits = file.suffix.lower() in (".txt", ".json") and not OF_SPLITS.isdisjoint(words(file.stem.lower()))
    return of_splits or file.suffix.lower() in SUFFIXES


def read_table(file: Path, count: int, places: Places) -> ImageTable | None:
    """What a table says of images; None if it is hardly about them.

    Args:
        file: With a first row of names.
        count: Of all images.
        places: Where they lie.
    """
    header, *rows = _rows(file) or [[]]
    rows = [row for row in rows if len(row) >= len(header)]
    sample = rows[:: max(1, len(rows) // SAMPLED)]
    known = {place: {image for row in sample if (image := places.find(row[place]))} for place in range(len(header))}
    column = max(known, key=lambda place: len(known[place]), default=None)
    if column is None or not known[column]:
        return None
    images = [places.find(row[column]) for row in rows]
    there = {image for image in images if image}
    if 2 * len(there) <= min(count, len(rows)):
        return None
    split, means = find_split(header)
    rest = [place for place in range(len(header)) if place not in (column, split)]
    return ImageTable(
        [row[column].strip() for row in rows],
        images,
        {header[place].strip(): [sys.intern(row[place].strip()) for row in rows] for place in rest},
        [] if split is None else [means.get(row[split].strip().lower()) for row in rows],
    )


def _rows(file: Path) -> list[list[str]]:
    if file.suffix.lower() in SUFFIXES:
        with contextlib.suppress(UserError):  # whatever it is, nothing needs it
            return read_rows(file)
        return []
    if file.suffix.lower() == ".json":
        return [["image", "partition"], *_listed(file)]
    rows = [line.split() for line in read_text(file).splitlines() if line.strip()]
    has_names = rows and find_split(rows[0])[0] is not None
    return rows if has_names else [["image", "partition"], *(row for row in rows if len(row) == 2)]


def _listed(file: Path) -> list[list[str]]:
    """Images and their splits in JSON with a list for each split: of images, or of files with their annotations."""
    try:
        content = json.loads(file.read_bytes())
    except ValueError:
        return []
    lists = content.items() if isinstance(content, dict) else ()
    names = [(name, split) for split, its in lists if isinstance(its, list) for name in its if isinstance(name, str)]
    return [[name if is_image(Path(name)) else re.sub(r"\.(xml|txt|json)$", "", name), split] for name, split in names]


def splits_in(tables: Iterable[ImageTable]) -> dict[str, list[Path]]:
    """The images of each split; none if tables contradict each other."""
    split_of: dict[Path, str] = {}
    for table in tables:
        for image, split in zip(table.images, table.splits, strict=False):
            if image and split and split_of.setdefault(image, split) != split:
                return {}
    splits: dict[str, list[Path]] = {}
    for image, split in split_of.items():
        splits.setdefault(split, []).append(image)
    return splits
