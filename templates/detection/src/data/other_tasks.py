"""What is said of a folder whose images have no boxes, but masks, or kinds by their folders."""

import re
from pathlib import Path

from .files import TELLING_SUFFIXES, find_files, has_images, is_image, split_folders, split_in, visible_folders, words
from .lookup import CONTAINERS

LOSSLESS = {".png", ".gif", ".bmp", ".tif", ".tiff"}
OF_MASKS = re.compile(r"mask|annot|segment|label|ground.?truth|(?<![a-z])gt(?![a-z])", re.IGNORECASE)


def said_of_other_tasks(root: Path) -> str:
    """What is said of a folder in no known format; empty if nothing looks like annotations for another task."""
    for path in filter(is_image, find_files(root)):
        inner = path.relative_to(root)
        named = (
            OF_MASKS.search(str(inner.with_suffix(""))) if path.suffix.lower() in LOSSLESS else "mask" in str(inner.parent).lower()
        )
        if named:
            return f"; {path} may say what each pixel of an image is, which a project of segmentation learns"
    return _said_of_kinds(root)


def _said_of_kinds(root: Path) -> str:
    """What is said of folders with nothing but images, of which each may be of a kind."""
    if any(path.suffix.lower() in TELLING_SUFFIXES for path in find_files(root)):
        return ""
    for folder in (root, *split_folders(root).values()):
        kinds = [path.name for path in visible_folders(folder) if has_images(path) and not split_in(words(path.name))]
        if len(kinds) > 1 and CONTAINERS.isdisjoint(map(str.lower, kinds)):
            return f"; if {kinds[0]} and {kinds[1]} are kinds of images, a project of classification learns to tell them apart"
    return ""
