"""A folder of images and one of masks.

    root/                   root/                      root/                     root/
      images/1.jpg            train/images/1.jpg         images/train/1.jpg        leftImg8bit/train/x/1_leftImg8bit.png
      masks/1.png             train/masks/1.png          masks/train/1.png         gtFine/train/x/1_gtFine_labelIds.png
      classes.csv             val/… (or valid; optional), test/… (optional)

The folders may have other usual names (`imgs`, `photos`, …; `labels`, `annotations`, `gt`, …), and a mask its own word, as in
`1_mask.png`. The files that name classes are described in `class_files.py`.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file
from ..example import Example
from ..files import Source, images_by_stem, is_image, split_folders, visible_folders
from ..pairs import OF_IMAGES, OF_MASKS, pair, plain

NAME: str = "images and masks"
EXPECTED: str = "images/ and masks/ with files of the same names (or train/, val/, test/ above or below these two)"


def matches(root: Path) -> bool:
    return bool(_pairs(root))


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks into no mask.

    Raises:
        UserError: If no image of a split has a mask, or a file of class names has a mistake.
    """
    pairs = _pairs(root)
    named = read_class_file([root, *split_folders(root).values(), *(folder for folders in pairs.values() for folder in folders)])
    notes = list(named.notes)
    splits = {}
    for split, (images, masks) in pairs.items():
        found = pair(images_by_stem(images), images_by_stem(masks), notes)
        if not found:
            raise UserError(f"no image in {images} has a mask of the same name in {masks}")
        splits[split] = [Example(image, mask, named.code) for image, mask in found]
    name = NAME if "all" in pairs else f"{NAME} in {', '.join(pairs)}"
    return Source(name, named.names, splits, notes)


def _pairs(root: Path) -> dict[str, tuple[Path, Path]]:
    """The folders of images and of masks of each split, or of `all`; empty if there are none."""
    above = {split: found for split, folder in split_folders(root).items() if (found := _pair(folder))}
    if above:
        return above
    if not (whole := _pair(root)):
        return {}
    images, masks = (split_folders(folder) for folder in whole)
    below = {split: (images[split], masks[split]) for split in images if split in masks}
    return below or {"all": whole}


def _pair(folder: Path) -> tuple[Path, Path] | None:
    """The folders of images and of masks in `folder`.

    Raises:
        UserError: If there are several of one kind.
    """
    found = []
    for usual, words in (("images", OF_IMAGES), ("masks", OF_MASKS)):
        inside = {path.name.lower(): path for path in visible_folders(folder) if plain(path.name) in words and _holds_images(path)}
        if usual in inside:
            inside = {usual: inside[usual]}
        found.append(list(inside.values()))
    if not all(found):
        return None
    for kind, folders in zip(("images", "masks"), found, strict=True):
        if len(folders) > 1:
            raise UserError(f"{folders[0]} and {folders[1].name} may both hold the {kind}: name the one to be used {kind}")
    return found[0][0], found[1][0]


def _holds_images(folder: Path) -> bool:
    return any(is_image(path) for path in folder.rglob("*"))
