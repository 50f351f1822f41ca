"""WIDER FACE: a text file for each split, with the name of each image, how many faces it has, and a line for each of them.

    root/
      wider_face_split/wider_face_train_bbx_gt.txt
      WIDER_train/images/0--Parade/1.jpg   (or in any other folder)

A line is `x y width height blur expression illumination invalid occlusion pose`; what is invalid is taken for a crowd.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ...config.errors import UserError
from ..example import Annotation, Object
from ..files import Source
from ..lookup import Images, files_of_kind, read_text, split_of_file

NAME: str = "WIDER FACE"
EXPECTED: str = "WIDER FACE (wider_face_train_bbx_gt.txt)"
CLASS = "face"
SIGN = re.compile(rb"\S+\.(?:jpe?g|png)[ \t]*\r?\n\d+[ \t]*\r?\n(-?\d+[ \t]+){3}", re.IGNORECASE)


def matches(root: Path) -> bool:
    return bool(_files(root))


def read(root: Path) -> Source[Annotation]:
    """Reads each file as one split.

    Raises:
        UserError: If a line has a mistake, an image is there twice, or most are missing.
    """
    images = Images(root)
    found: dict[Path, Annotation] = {}
    splits: dict[str, list[Annotation]] = {}
    absent = []
    for file in _files(root):
        split = split_of_file(file, root)
        for name, number, objects in _entries(file):
            path = images.named(name, file, split)
            if path is None:
                absent.append(f"{name!r} in {file}, line {number}")
                continue
            if path in found:
                raise UserError(f"{file}, line {number}: {path} has several annotations; keep one")
            found[path] = Annotation(path, tuple(objects))
            splits.setdefault(split, []).append(found[path])
    said = images.said_of_absent(absent, found)
    notes = []
    if "train" not in splits:
        splits, notes = images.by_split(list(found.values()))
    notes += said
    return Source(NAME, [CLASS], splits, notes + images.left_out(found))


def _files(root: Path) -> list[Path]:
    return [file for file in files_of_kind(root, ".txt") if _begins_with_faces(file)]


def _begins_with_faces(file: Path) -> bool:
    with file.open("rb") as opened:
        return SIGN.match(opened.read(4096)) is not None


def _entries(file: Path) -> Iterator[tuple[str, int, list[Object]]]:
    """The name of each image, the number of its line, and the faces in it."""
    lines = iter(enumerate(map(str.strip, read_text(file).splitlines()), start=1))
    for number, name in lines:
        if not name:
            continue
        try:
            count = int(next(lines)[1])
            # An image without faces has a line of zeros.
            rows = [[float(part) for part in next(lines)[1].split()] for _ in range(max(1, count))]
            yield name, number, [_face(*row) for row in rows[:count]]
        except (ValueError, TypeError, StopIteration):
            raise UserError(
                f"{file}, line {number}: {name[:80]!r} is not followed by the number of its faces, and a line of each; "
                "mend or remove it"
            ) from None


def _face(x: float, y: float, width: float, height: float, *more: float) -> Object:
    return Object(CLASS, (x, y, x + width, y + height), more[3:4] == (1,), width * height)
