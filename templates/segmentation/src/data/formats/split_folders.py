"""Folders of images and of masks beside each other, with the split in their names, as in CamVid.

    root/
      train/1.png            (or train_images/, images_train/)
      trainannot/1.png       (or train_masks/, train_labels/, masks_train/, …)
      val/… valannot/… test/… testannot/…  (optional)

Names of masks and classes are as in `mask_folders.py`.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file
from ..example import Example
from ..files import SPLIT_NAMES, Source, images_by_stem, visible_folders
from ..pairs import OF_IMAGES, OF_MASKS, pair, split_of

NAME: str = "images and masks"
EXPECTED: str = "train/ and trainannot/ (or train_images/ and train_masks/), and so on for val and test"


def matches(root: Path) -> bool:
    return bool(_pairs(root))


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks into no mask.

    Raises:
        UserError: If no image of a split has a mask, or a file of class names has a mistake.
    """
    pairs = _pairs(root)
    named = read_class_file([root, *(folder for folders in pairs.values() for folder in folders)])
    notes, splits = list(named.notes), {}
    for split, (images, masks) in pairs.items():
        found = pair(images_by_stem(images), images_by_stem(masks), notes)
        if not found:
            raise UserError(f"no image in {images} has a mask of the same name in {masks}")
        splits[split] = [Example(image, mask, named.code) for image, mask in found]
    return Source(f"{NAME} in {', '.join(pairs)}", named.names, splits, notes)


def _pairs(root: Path) -> dict[str, tuple[Path, Path]]:
    """The folders of images and of masks of each split that has both."""
    folders = visible_folders(root)
    images = {split: path for path in folders if (split := split_of(path.name, OF_IMAGES))}
    images |= {split: path for path in folders if (split := SPLIT_NAMES.get(path.name.lower()))}
    masks = {split: path for path in folders if (split := split_of(path.name, OF_MASKS))}
    return {split: (images[split], masks[split]) for split in ("train", "val", "test") if split in images and split in masks}
