"""Images and masks in folders of their own.

    root/                root/                  root/                  root/
      images/1.jpg         train/images/1.jpg     images/train/1.jpg     train/1.jpg       (or train_images/)
      masks/1.png          train/masks/1.png      masks/train/1.png      trainannot/1.png  (or train_masks/, labels_train/)
      classes.csv          val/… (or valid), test/…, each optional

The folders may have other usual names, alone or in a longer one (`imgs`, `photos`; `labels`, `gt`, `ann_dir`, `CamVid_Label`), and
a mask its own word, as in `1_mask.png`. So Cityscapes (`leftImg8bit/train/bonn/1_leftImg8bit.png` and
`gtFine/train/bonn/1_gtFine_labelIds.png`, also as unzipped) and ADE20K are read, too. `class_files.py` describes the files that
name classes.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file
from ..example import Example
from ..files import Source, find_images, holds_images, only_folder, split_folders, visible_folders
from ..pairs import OF_IMAGES, OF_MASKS, by_name, pair, plain, split_of

NAME: str = "images and masks"
EXPECTED: str = "images/ and masks/ with files of the same names (or train/, val/, test/ above or below these two, or trainannot/)"

Pair = tuple[Path, Path]  # the folders of images and of masks


def matches(root: Path) -> bool:
    return any(_pairs(root).values())


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks into no mask.

    Raises:
        UserError: If no image of a split has a mask, or a file of class names has a mistake.
    """
    found = _pairs(root)
    pairs = {split: folders for split, folders in found.items() if folders}
    named = read_class_file([root, *split_folders(root).values(), *(folder for folders in pairs.values() for folder in folders)])
    notes = [*named.notes, *(f"{root} has no images with masks for {split}" for split in found if split not in pairs)]
    splits = {
        split: [Example(image, mask, named.code) for image, mask in _read_pair(images, masks, notes)]
        for split, (images, masks) in pairs.items()
    }
    return Source(NAME if "all" in splits else f"{NAME} in {', '.join(splits)}", named.names, splits, notes)


def _read_pair(images: Path, masks: Path, notes: list[str]) -> list[tuple[Path, Path]]:
    of_masks = by_name(find_images(masks), masks)
    inside = sorted({name.partition("/")[0] if "/" in name else "" for name in of_masks})
    if len(inside) == 1 and inside[0] and not (images / inside[0]).is_dir():
        return _read_pair(images, masks / inside[0], notes)  # as annotations/trimaps/
    found = pair(by_name(find_images(images), images), of_masks, notes)
    if not found:
        hint = f"; if {' and '.join(inside[:2])} are classes, merge their masks into one for each image" if len(inside) > 1 else ""
        raise UserError(f"no image in {images} has a mask of the same name in {masks}{hint}")
    return found


def _pairs(root: Path) -> dict[str, Pair | None]:
    """The folders of each split, or of `all`; None where one of them, or an image in it, is missing."""
    splits, folders = split_folders(root), visible_folders(root)
    above = {split: _pair(folder) for split, folder in splits.items()}
    if any(above.values()):
        return above
    images, masks = (
        {split: folder for folder in folders if (split := split_of(folder.name, words))} for words in (OF_IMAGES, OF_MASKS)
    )
    beside = _matched(images | splits, masks)
    if any(beside.values()):
        return beside
    whole = _pair(root)
    below = _matched(*(split_folders(_unwrapped(folder)) for folder in whole)) if whole else {}
    return below if any(below.values()) else {"all": whole}


def _unwrapped(folder: Path) -> Path:
    """The folder of the splits, which an archive may have wrapped: `gtFine_trainvaltest/gtFine/train`."""
    while not split_folders(folder) and (inner := only_folder(folder)):
        folder = inner
    return folder


def _matched(images: dict[str, Path], masks: dict[str, Path]) -> dict[str, Pair | None]:
    filled = {split for split in images if split in masks and holds_images(images[split]) and holds_images(masks[split])}
    return {split: (images[split], masks[split]) if split in filled else None for split in images}


def _pair(folder: Path) -> Pair | None:
    """The folders of images and of masks in `folder`.

    Raises:
        UserError: If there are several of one kind.
    """
    folders = [path for path in visible_folders(folder) if holds_images(path)]
    masks = _nearest("masks", OF_MASKS, folders)
    images = _nearest("images", OF_IMAGES, [path for path in folders if path != masks]) if masks else None
    return (images, masks) if images and masks else None


def _nearest(usual: str, words: list[str], folders: list[Path]) -> Path | None:
    """The folder that has the usual name, or else one of these words as its name, or at least in it.

    Raises:
        UserError: If none has the usual name, and there are several of equal rank, or with words of another meaning.
    """
    if known := [path for path in folders if path.name.lower() == usual]:
        return known[0]
    word_of = {path: word for path in folders if (word := _word(path.name, words))}
    found = [path for path, word in word_of.items() if word == plain(path.name)] or list(word_of)
    # `labels_color` is another look of `labels`; but beside what was drawn by hand, `mask` is the part that a camera sees (DRIVE).
    found += [path for path in word_of if path not in found and word_of[path].rstrip("s") != word_of[found[0]].rstrip("s")]
    if len(found) > 1:
        raise UserError(f"{found[0]} and {found[1].name} may both hold the {usual}: name the one to be used {usual}")
    return found[0] if found else None


def _word(name: str, words: list[str]) -> str | None:
    """Which of these words a folder has as its name, or in it."""
    return next((word for word in (plain(name), *re.split(r"[\W_]+", name.lower())) if word in words), None)
