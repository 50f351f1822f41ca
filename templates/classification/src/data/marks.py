"""Images that are not to be classified: they only show where something is in others."""

import re
from pathlib import Path

from ..config.errors import UserError
from .files import find_files, holds_images, is_image
from .lookup import CONTAINERS

MARK = re.compile(r"(.+?)[._-](?:mask|label|seg|segmentation|annotation|heatmap)s?(?:[._-]?\d+)?", re.IGNORECASE)


def marks_among(images: list[Path]) -> list[Path]:
    """The images that only show where something is in another one of the folder, as `1_mask.png` beside `1.png`."""
    named = {path: found[1] for path in images if (found := MARK.fullmatch(path.stem))}
    others = {path.with_suffix("") for path in images} if named else set()
    return [path for path, name in named.items() if path.with_name(name) in others]


def refuse_pairs(folders: list[Path]) -> None:
    """Refuses two folders in place of classes that hold pictures and what is drawn over them.

    Raises:
        UserError: If so.
    """
    names = sorted({path.name for path in folders if holds_images(path)})
    if len(names) != 2 or CONTAINERS.isdisjoint(name.lower() for name in names):
        return
    stems: dict[str, set[Path]] = {name: set() for name in names}
    for path in folders:
        if path.name in stems:
            stems[path.name] |= {file.relative_to(path).with_suffix("") for file in find_files(path) if is_image(file)}
    first, second = stems.values()
    if first <= second or second <= first:
        raise UserError(
            f"the folders {names[0]} and {names[1]} have images of the same names, as pictures and their masks do, which are no "
            "classes: put the pictures into a folder for each class, or make a project of segmentation"
        )
