"""Tables of run lengths, as in competitions of Kaggle: a row for each image, or for each object or class in it.

    root/
      train.csv        ImageId,ClassId,EncodedPixels   or ImageId_ClassId,EncodedPixels, or without classes; or rle_mask
      train/1.jpg      in any folder

Run lengths are pairs of a pixel and a length: pixels are counted from 1, down the columns. A row without any says that nothing is
there. Class 0 is the background, the others are in the order of the alphabet. Smaller objects lie on larger ones.
"""

import csv
import io
import re
from array import array
from itertools import pairwise
from pathlib import Path

from ...config.errors import UserError
from ..codes import BACKGROUND, indices
from ..example import Example, Shape, Shapes
from ..files import Source
from ..lookup import Images, files_of_kind, mistakes_of, read_text, split_of_file
from ..survey import image_size

NAME: str = "run lengths in a table"
EXPECTED: str = "a table of run lengths (train.csv with ImageId and EncodedPixels, or rle_mask)"
IMAGES = {"imageid", "image", "img", "id", "filename"}
CLASSES = {"classid", "class", "label"}
RUNS = {"encodedpixels", "rlemask"}
TOGETHER = re.compile(r"(image(?:id)?)(classid|class|label)")  # columns such as `ImageId_ClassId`, with `1.jpg_2` in them
FOREGROUND = "foreground"

csv.field_size_limit(1 << 30)  # runs of a large image are one cell


def matches(root: Path) -> bool:
    return bool(_tables(root))


def read(root: Path) -> Source[Example]:
    """Reads each table as one split.

    Raises:
        UserError: If a table has a mistake, names an image that is not there, or is of a split that another one is of.
    """
    images, notes = Images(root), []
    rows = {file: _read_rows(file, images, split_of_file(file, root)) for file in _tables(root)}
    names = {name for its in rows.values() for found in its.values() for name, runs in found if runs}
    numbers = all(name.isdecimal() for name in names)
    named = sorted(names, key=lambda name: name.zfill(9) if numbers else name)
    classes = [BACKGROUND, *(f"class {name}" if numbers else name for name in named)]
    splits: dict[str, list[Example]] = {}
    for file, of_image in rows.items():
        if (split := split_of_file(file, root)) in splits:
            raise UserError(f"{root} has several tables of run lengths of the split {split}, {file.name} among them: keep one")
        splits[split] = []
        turned: list[bool] = []
        for image, found in of_image.items():
            height, width = image_size(image) or (1, 1)
            shapes = []
            for name, runs in found:
                if runs and (height, width) != (1, 1):
                    turned += _along_rows(runs, height, width)
                    with mistakes_of(file, f"table of run lengths of {image.name}"):
                        shapes.append(Shape(1 + named.index(name), runs=_alternating(runs, height * width)))
            shapes.sort(key=lambda shape: -sum(shape.runs[1::2]) if shape.runs else 0)
            splits[split].append(Example(image, Shapes(file, height, width, tuple(shapes)), indices(len(classes))))
        if sum(turned) * 2 > len(turned):
            raise UserError(
                f"{file} seems to have run lengths along the rows of images: expected them down the columns, from pixel 1"
            )
    if len(classes) < 2:
        raise UserError(f"{next(iter(rows))} has no run lengths: there is nothing to tell apart")
    notes.append("run lengths are taken to go down the columns, from pixel 1 on")
    used = [example.image for members in splits.values() for example in members]
    return Source(NAME, classes, splits, notes + images.left_out(used), tables=[*rows])


def _tables(root: Path) -> list[Path]:
    """The tables in `root` with columns of images and of run lengths, but for samples of what is to be handed in."""
    files = [file for file in files_of_kind(root, ".csv") if file.parent == root and "submission" not in file.name.lower()]
    return [file for file in files if all(_columns(_header(file)).get(key) is not None for key in ("image", "runs"))]


def _header(file: Path) -> list[str]:
    with file.open("rb") as opened:
        return opened.readline(4096).decode("utf-8-sig", "replace").strip().split(",")


def _columns(header: list[str]) -> dict[str, int | None]:
    """The places of the columns that are read."""
    plain = [re.sub(r"[^a-z]", "", cell.lower()) for cell in header]

    def place(words: set[str]) -> int | None:
        return next((number for number, cell in enumerate(plain) if cell in words), None)

    together = next((number for number, cell in enumerate(plain) if TOGETHER.fullmatch(cell)), None)
    image = place(IMAGES) if together is None else together
    return {"image": image, "class": place(CLASSES), "runs": place(RUNS), "together": together}


def _read_rows(file: Path, images: Images, split: str) -> dict[Path, list[tuple[str, list[int]]]]:
    """The names of classes and the run lengths of each image."""
    found: dict[Path, list[tuple[str, list[int]]]] = {}
    missing = []
    with mistakes_of(file, "table of run lengths"):
        rows = csv.reader(io.StringIO(read_text(file), newline=""))
        columns = _columns(next(rows))
        for row in filter(any, rows):
            image, name = row[columns["image"] or 0], FOREGROUND
            if columns["together"] is not None:
                image, _, name = image.rpartition("_")
            elif columns["class"] is not None:
                name = row[columns["class"]]
            runs = [int(number) for number in row[columns["runs"] or 0].split()]
            path = images.named(image, file, split)
            if path is None:
                missing.append(image)
            else:
                found.setdefault(path, []).append((name.strip(), [] if runs == [-1] else runs))
    if missing:
        raise UserError(
            f"{file} lists {missing[0]!r}, which is no image in {images.root} ({len(missing)} such): add it or remove it"
        )
    return found


def _alternating(runs: list[int], pixels: int) -> "array[int]":
    """Lengths of runs outside and inside by turns, from pairs of a first pixel and a length."""
    found, end = array("l"), 0
    for start, length in sorted(zip(runs[::2], runs[1::2], strict=True)):
        found.extend([start - 1 - end, length])
        end = start - 1 + length
    found.append(pixels - end)
    if min(found) < 0:
        raise ValueError(f"run lengths overlap, or are for more than its {pixels} pixels")
    return found


def _along_rows(runs: list[int], height: int, width: int) -> list[bool]:
    """Of each two runs that follow each other about as far as a row or a column is long: whether it is a row."""
    steps = [(abs(second - first - width), abs(second - first - height)) for first, second in pairwise(sorted(runs[::2]))]
    return [row < column for row, column in steps if row != column and min(row, column) < min(height, width) / 8]
