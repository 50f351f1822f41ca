"""Images that are not to be classified: they only show where something is in others."""

import re
from pathlib import Path

from ..config.errors import UserError
from .files import find_files, holds_images, is_image
from .lookup import CONTAINERS, place

WORDS = "(?:mask|label|seg|segmentation|annotation|heatmap)s?"
MARK = re.compile(rf"(.+?)[._-]{WORDS}(?:[._-]?\d+)?", re.IGNORECASE)
MARKS = re.compile(WORDS, re.IGNORECASE)


def marks_among(images: list[Path]) -> list[Path]:
    """The images that only show where something is in another: `1_mask.png` beside `1.png`, or `masks/1.png` of `images/1.png`."""
    named = {path: path.with_name(found[1]) for path in images if (found := MARK.fullmatch(path.stem))}
    folders = {path.parent: path.parent.name.lower() for path in images}
    of_pictures = {folder.parent: folder for folder, name in folders.items() if name in CONTAINERS and not MARKS.fullmatch(name)}
    for path in images:
        if MARKS.fullmatch(folders[path.parent]) and (folder := of_pictures.get(path.parent.parent)):
            named[path] = folder / (MARK.sub(r"\1", path.stem) if MARK.fullmatch(path.stem) else path.stem)
    others = {path.with_suffix("") for path in images} if named else set()
    return [path for path, picture in named.items() if picture in others]


def refuse_pairs(folders: list[Path]) -> None:
    """Refuses two folders in place of classes that hold pictures and what is drawn over them.

    Raises:
        UserError: If so.
    """
    names = sorted({path.name for path in folders if holds_images(path)})
    of_kinds, of_marks = not CONTAINERS.isdisjoint(map(str.lower, names)), any(map(MARKS.fullmatch, names))
    if len(names) != 2 or not (of_kinds or of_marks):
        return
    places: dict[str, set[tuple[str, ...]]] = {name: set() for name in names}
    for path in folders:
        if path.name in places:
            places[path.name] |= {place(file.relative_to(path)) for file in find_files(path) if is_image(file)}
    first, second = places.values()
    # Classes may be called mask and no_mask, and number their images alike, but hardly divide them alike, too.
    divided = all(len(where) > 1 for where in first | second)
    if (of_kinds or divided) and (first <= second or second <= first):
        raise UserError(
            f"the folders {names[0]} and {names[1]} have images of the same names, as pictures and their masks do, which are no "
            "classes: put the pictures into a folder for each class, and give these alone, or make a project of segmentation"
        )
