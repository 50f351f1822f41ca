"""Images that are not to be classified: they only show where something is in others."""

import re
from pathlib import Path

from ..config.errors import UserError
from .files import find_files, holds_images, is_image
from .lookup import CONTAINERS

WORDS = "(?:mask|label|seg|segmentation|annotation|heatmap)s?"
MARK = re.compile(rf"(.+?)[._-]{WORDS}(?:[._-]?\d+)?", re.IGNORECASE)
MARKS = re.compile(WORDS, re.IGNORECASE)
END = re.compile(rf"[._-](?:{WORDS}|gt|[lmp])(?:[._-]?\d+)?$", re.IGNORECASE)
MOST_KINDS = 8  # folders, of which there may be many more classes
OF_PICTURES = re.compile(r"(images?|imgs?|pictures?|(?<![a-z])rgb)(?![a-z])", re.IGNORECASE)  # in names of folders
OF_MASKS = re.compile(r"mask|label|annot|segmentation|ground.?truth|(?<![a-z])gt(s|fine)?(?![a-z])|semantic", re.IGNORECASE)


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


def refuse_kinds(folders: list[Path]) -> None:
    """Refuses folders in place of classes that hold pictures and what is drawn over them, or are called after kinds of files.

    Raises:
        UserError: If so.
    """
    at = {path.name: path for path in folders if holds_images(path)}
    names = sorted(at) if len(at) <= MOST_KINDS else []
    masks = [name for name in names if OF_MASKS.search(name)]
    others = [name for name in names if name not in masks]
    pictures = [name for name in others if OF_PICTURES.search(name)]
    # Classes may be called mask and no_mask, and number their images alike.
    sure = [name for name in masks if "mask" not in name.lower()]
    if masks and not pictures and sure and others:
        stems = [{END.sub("", file.stem) for file in find_files(at[name]) if is_image(file)} for name in (others[0], sure[0])]
        pictures, masks = (others, sure) if 2 * len(stems[0] & stems[1]) >= min(map(len, stems)) else ([], [])
    if pictures and masks:
        raise UserError(
            f"the folders {pictures[0]} and {masks[0]} seem to have pictures and their masks, which are no classes: put the "
            "pictures into a folder for each class, and give these alone, or make a project of segmentation"
        )
    kinds = [name for name in names if name.lower() in CONTAINERS]
    if kinds and len(names) > 1:
        rest = next(name for name in names if name != kinds[0])
        raise UserError(
            f"the folder {kinds[0]} beside {rest} is called after files, not after a class: give it as data.root if the folders of "
            "the classes are in it, or else give it the name of a class"
        )
