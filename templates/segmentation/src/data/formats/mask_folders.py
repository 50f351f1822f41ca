"""A folder of images and one of masks.

    root/                   root/                      root/
      images/1.jpg            train/images/1.jpg         images/train/1.jpg
      masks/1.png             train/masks/1.png          masks/train/1.png
      classes.txt             val/… (or valid; optional), test/… (optional)

An image and its mask have the same name without suffix. Masks hold class indices, 255 being ignored, and `classes.txt` has the
name of class 0 in its first line, and so on; without it the classes are numbered. Masks of only 0 and 255 are background and
foreground.
"""

from pathlib import Path

from ...config.errors import UserError
from ..example import Example
from ..files import Source, images_by_stem, split_folders, subfolders

NAME: str = "images and masks"
EXPECTED: str = "images/ and masks/ with files of the same names (or train/, val/, test/ above or below these two)"


def matches(root: Path) -> bool:
    return bool(_pairs(root))


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks into no mask.

    Raises:
        UserError: If no image of a split has a mask, or `classes.txt` has a mistake.
    """
    pairs = _pairs(root)
    notes: list[str] = []
    splits = {split: _read_pair(*folders, notes) for split, folders in pairs.items()}
    name = NAME if "all" in pairs else f"{NAME} in {', '.join(pairs)}"
    return Source(name, _read_names(root / "classes.txt"), splits, notes)


def _pairs(root: Path) -> dict[str, tuple[Path, Path]]:
    """The folders of images and of masks of each split, or of `all`; empty if there are none."""

    def pair(folder: Path) -> tuple[Path, Path] | None:
        folders = subfolders(folder)
        return (folders["images"], folders["masks"]) if "images" in folders and "masks" in folders else None

    above = {split: found for split, folder in split_folders(root).items() if (found := pair(folder))}
    if above:
        return above
    if not (whole := pair(root)):
        return {}
    images, masks = (split_folders(folder) for folder in whole)
    below = {split: (images[split], masks[split]) for split in images if split in masks}
    return below or {"all": whole}


def _read_pair(images: Path, masks: Path, notes: list[str]) -> list[Example]:
    image_of, mask_of = images_by_stem(images), images_by_stem(masks)
    if alone := [path for stem, path in mask_of.items() if stem not in image_of]:
        notes.append(f"{len(alone)} masks without image are left out, {alone[0]} among them")
    if alone := [path for stem, path in image_of.items() if stem not in mask_of]:
        notes.append(f"{len(alone)} images without mask are left out, {alone[0]} among them")
    examples = [Example(path, mask_of[stem]) for stem, path in image_of.items() if stem in mask_of]
    if not examples:
        raise UserError(f"no image in {images} has a mask of the same name in {masks}")
    return examples


def _read_names(file: Path) -> list[str]:
    if not file.is_file():
        return []
    names = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    while names and not names[-1]:
        names.pop()
    if not all(names) or len(set(names)) != len(names):
        raise UserError(f"{file} has an empty line or a name twice: give one name a line, the first for class 0")
    return names
