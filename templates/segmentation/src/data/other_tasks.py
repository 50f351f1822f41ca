"""What is said of a folder whose images have no masks or polygons, but boxes, or kinds by their folders."""

import re
from itertools import islice, permutations
from pathlib import Path

from .files import TELLING_SUFFIXES, find_files, find_images, has_images, split_folders, split_in, visible_folders, words
from .lookup import CONTAINERS, files_of_kind
from .masks import LOSSY_SUFFIXES

LOOKED_AT = 20  # files of each kind
HEAD = 1 << 16  # bytes of a file
SIGNS = (  # of boxes
    (".xml", rb"<bndbox>"),
    (".csv", rb"(?i)\A[^\n]*\b(x_?min|x_?1|bbox\w*)\b"),
    (".txt", rb"\A\s*\d+( +\d*\.\d+){4}\s"),
)


def said_of_other_tasks(root: Path) -> str:
    """What is said of a folder in no known format; empty if nothing looks like annotations for another task."""
    for suffix, sign in SIGNS:
        for file in islice(files_of_kind(root, suffix), LOOKED_AT):
            with file.open("rb") as opened:
                head = opened.read(HEAD)
            if re.search(sign, head):
                return f"; {file} has boxes around objects, but not their pixels: a project of detection learns from such"
    return _said_of_kinds(root)


def _said_of_kinds(root: Path) -> str:
    """What is said of folders with nothing but images, which may be of a kind each, or masks of others."""
    if any(path.suffix.lower() in TELLING_SUFFIXES for path in find_files(root)):
        return ""
    for folder in (root, *split_folders(root).values()):
        kinds = [path for path in visible_folders(folder) if has_images(path) and not split_in(words(path.name))]
        files = {path: find_images(path) for path in kinds}
        for images, masks in permutations(kinds) if len(kinds) == 2 else ():
            same = {path.stem for path in files[images]} >= {path.stem for path in files[masks]}
            if same and not any(path.suffix.lower() in LOSSY_SUFFIXES for path in files[masks]):
                return f"; if {masks} has the masks of {images}, call these folders masks and images"
        if len(kinds) > 1 and CONTAINERS.isdisjoint(path.name.lower() for path in kinds):
            names = [path.name for path in kinds]
            return f"; if {names[0]} and {names[1]} are kinds of images, a project of classification learns to tell them apart"
    return ""
