"""What is said of a folder whose annotations are of objects or pixels, and not of whole images."""

import re
from itertools import islice
from pathlib import Path

from .files import find_files, is_image
from .lookup import files_of_kind
from .marks import OF_MASKS, marks_among

LOOKED_AT = 20  # files of each kind
HEAD = 1 << 16  # bytes of a file
SIGNS = (  # of boxes and outlines
    (".xml", rb"<(bndbox|polygon|box)\b"),
    (".json", rb'"(bbox|box2d|boundingBox|segmentation|shapes|regions)"\s*:'),
    (".csv", rb"(?i)\A[^\n]*\b(x_?min|x_?1|bbox\w*)\b"),
    (".txt", rb"\A\s*\d+( +\d*\.\d+){4,}\s"),
)
LOSSLESS = {".png", ".gif", ".bmp", ".tif", ".tiff"}


def said_of_other_tasks(root: Path) -> str:
    """What is said of a folder in no known format; empty if nothing looks like annotations for another task."""
    for suffix, _ in SIGNS:
        for file in islice(files_of_kind(root, suffix), LOOKED_AT):
            if said := said_of_boxes(file):
                return said
    images = [path for path in find_files(root) if is_image(path)]
    lossless = [path for path in images if path.suffix.lower() in LOSSLESS]
    if masks := marks_among(images) or [path for path in lossless if OF_MASKS.search(str(path.relative_to(root).with_suffix("")))]:
        return f"; {masks[0]} may say what each pixel of an image is, which a project of segmentation learns"
    return ""


def said_of_boxes(file: Path) -> str:
    """What is said of a file that says where objects are; empty if it does not."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    if any(file.suffix.lower() == suffix and re.search(sign, head) for suffix, sign in SIGNS):
        return f"; {file} says where objects are in images, which a project of detection learns"
    return ""
