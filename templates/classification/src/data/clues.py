"""What is said of images without labels: that their names may have these, or a file that cannot be read as it is."""

import re
from collections import Counter
from pathlib import Path

from .files import find_files, is_image
from .lookup import read_text
from .tables import read_rows

NUMBERED = re.compile(r"(.*[^\W\d_])[\W_]*\d+")  # as in `cat.1` and `great_pyrenees_12`
ENOUGH = 0.9  # of the images
LARGEST = 64 << 20  # bytes of a table or list that is looked into


def clue(root: Path) -> str:
    """What is said of a folder in no known format; empty if neither names of its images nor other files tell anything."""
    files = find_files(root)
    images = [path for path in files if is_image(path)]
    return _of_names(images) or (_of_files(files, images) if images else "")


def _of_names(images: list[Path]) -> str:
    images = [path for path in images if not path.stem.isdigit()]  # as those of a test, which have no labels
    found = {path: match[1] for path in images if (match := NUMBERED.fullmatch(path.stem))}
    names = [name for name, count in Counter(found.values()).items() if count > 1]
    if len(names) < 2 or len(found) < ENOUGH * len(images):
        return ""
    path, name = next((path, name) for path, name in found.items() if name in names)
    return (
        f"; if names of images have their labels, as {name} in {path.name}, move those of each label to a folder called like it, "
        f"or write a table labels.csv: image,label in the first line, then lines such as {path.name},{name}"
    )


def _of_files(files: list[Path], images: list[Path]) -> str:
    """What is said of the first file that may have labels, but not with the names of their images and columns."""
    lines = f"write a table with image,label in the first line, then lines such as {images[0].name},cat"
    names = {name for path in images for name in (path.name, path.stem)}
    for file in files:
        kind = file.suffix.lower()
        if kind == ".mat":
            return f"; {file} is of MATLAB, and is not read: {lines}, of what it says"
        if kind not in (".txt", ".csv", ".tsv") or file.stat().st_size > LARGEST:
            continue
        if kind == ".txt":
            numbers = read_text(file).split()
            if len(numbers) == len(images) and all(map(str.isdecimal, numbers)):
                return f"; {file} has as many numbers as there are images, but not which is whose: {lines}"
        elif (rows := read_rows(file, 1)) and len(rows[0]) > 2 and not names.isdisjoint(map(str.strip, rows[0])):
            return f"; {file} names images, but its first line has no names of columns: write one there, as image,…,label"
    return ""
