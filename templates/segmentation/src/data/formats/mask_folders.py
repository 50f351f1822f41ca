"""Images and masks in folders of their own.

    root/                root/                  root/                  root/
      images/1.jpg         train/images/1.jpg     images/train/1.jpg     train/1.jpg       (or train_images/)
      masks/1.png          train/masks/1.png      masks/train/1.png      trainannot/1.png  (or train_masks/, labels_train/)
      classes.csv          val/… (or valid), test/…, each optional

The folders may have other usual names, alone or in a longer one (`imgs`, `photos`; `labels`, `gt`, `ann_dir`, `CamVid_Label`), and
a mask its own word, as in `1_mask.png`. Each of several folders, as of places, may have the two (`train/rural/images/`).
So Cityscapes (`leftImg8bit/train/bonn/1_leftImg8bit.png` and `gtFine/train/bonn/1_gtFine_labelIds.png`, also as unzipped), ADE20K,
LoveDA and ISIC (`ISIC2018_Task1_Training_GroundTruth/`) are read, too. `class_files.py` describes the files that
name classes.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file
from ..example import Example, Shapes
from ..files import Source, find_images, has_images, holds_images, only_folder, split_folders, visible_folders
from ..masks import unite
from ..pairs import OF_IMAGES, OF_MASKS, by_name, pair, plain, said_of_united, split_of
from ..split_lists import read_lists

NAME: str = "images and masks"
EXPECTED: str = "images/ and masks/ with files of the same names (or train/, val/, test/ above or below these two, or trainannot/)"

Pair = tuple[Path, Path]  # the folders of images and of masks


def matches(root: Path) -> bool:
    return any(_pairs(root).values())


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks only into masks in several files.

    Raises:
        UserError: If no image of a split has a mask, or a file of class names has a mistake.
    """
    found = _pairs(root)
    pairs = {split: each for split, each in found.items() if each}
    all_pairs = [each for its in pairs.values() for each in its]
    named = read_class_file([root, *split_folders(root).values(), *(folder for each in all_pairs for folder in each)])
    notes = [*named.notes, *(f"{root} has no images with masks for {split}" for split in found if split not in pairs)]
    notes += [f"{folder} has no images with masks" for folder in _without(root, all_pairs)]
    splits = {
        split: [Example(image, mask, named.code) for each in pairs[split] for image, mask in _read_pair(*each, notes)]
        for split in pairs
    }
    notes += said_of_united(example.mask for examples in splits.values() for example in examples)
    if "all" in splits and len(all_pairs) == 1:
        beside = {root, *(path for folder in all_pairs[0] for path in (folder, folder.parent))}
        listed, said = read_lists(sorted(beside), all_pairs[0][0], [example.image for example in splits["all"]])
        of_image = {example.image: example for example in splits["all"]}
        splits = {split: [of_image[image] for image in its] for split, its in listed.items()} or splits
        notes += said
    return Source(NAME if "all" in splits else f"{NAME} in {', '.join(splits)}", named.names, splits, notes)


def _read_pair(images: Path, masks: Path, notes: list[str]) -> list[tuple[Path, Path | Shapes]]:
    images, masks = _within(images, masks), _within(masks, images)
    of_masks = by_name(find_images(masks), masks)
    of_images = by_name(find_images(images), images)
    if len(of_images) == 1 < len(of_masks) and of_images.keys().isdisjoint(of_masks) and has_images(masks):
        return [(image, unite(sorted(of_masks.values()))) for image in of_images.values()]  # a file for each object in it
    found = pair(of_images, of_masks, notes)
    if not found:
        inside = sorted({name.partition("/")[0] for name in of_masks if "/" in name})
        hint = f"; if {' and '.join(inside[:2])} are classes, merge their masks into one for each image" if len(inside) > 1 else ""
        raise UserError(f"no image in {images} has a mask of the same name in {masks}{hint}")
    return found


def _within(folder: Path, other: Path) -> Path:
    """The folder in `folder` that has all its images, as in annotations/trimaps/, unless `other` has one of the same name."""
    filled = [] if has_images(folder) else [path for path in visible_folders(folder) if holds_images(path)]
    return _within(filled[0], other) if len(filled) == 1 and not (other / filled[0].name).is_dir() else folder


def _pairs(root: Path) -> dict[str, list[Pair]]:
    """The folders of each split, or of `all`; none where one of the two, or an image in it, is missing."""
    splits, folders = split_folders(root), visible_folders(root)
    above = {split: _below(folder) for split, folder in splits.items()}
    if any(above.values()):
        return above
    masks = _by_split(OF_MASKS, folders)
    images = _by_split(OF_IMAGES, [folder for folder in folders if [folder] not in masks.values()])
    beside = _matched(images | {split: [folder] for split, folder in splits.items()}, masks)
    if any(beside.values()):
        return beside
    whole = _pair(root)
    below = _matched(*map(_split_folders, whole)) if whole else {}
    return below if any(below.values()) else {"all": [whole] if whole else _below(root)}


def _below(folder: Path) -> list[Pair]:
    """The folders of images and of masks in `folder`, or those in each of the folders there."""
    whole = _pair(folder)
    return [whole] if whole else [each for inner in visible_folders(folder) if (each := _pair(inner))]


def _without(root: Path, pairs: list[Pair]) -> list[Path]:
    """The folders with images beside those of places, of which none are read."""
    splits = split_folders(root).values()
    places = {images.parent for images, masks in pairs if images.parent == masks.parent and images.parent not in splits}
    around = {place.parent for place in places}.intersection([root, *splits])
    return [path for folder in sorted(around) for path in visible_folders(folder) if path not in places and holds_images(path)]


def _by_split(words: list[str], folders: list[Path]) -> dict[str, list[Path]]:
    """The folders with one of these words and that of a split in their names."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        if split := split_of(folder.name, words):
            found.setdefault(split, []).append(folder)
    return found


def _unwrapped(folder: Path) -> Path:
    """The folder of the splits, which an archive may have wrapped: `gtFine_trainvaltest/gtFine/train`."""
    while not split_folders(folder) and (inner := only_folder(folder)):
        folder = inner
    return folder


def _split_folders(folder: Path) -> dict[str, list[Path]]:
    return {split: [path] for split, path in split_folders(_unwrapped(folder)).items()}


def _matched(images: dict[str, list[Path]], masks: dict[str, list[Path]]) -> dict[str, list[Pair]]:
    """The pairs of folders that belong to the same split.

    Raises:
        UserError: If a split has several folders of one kind.
    """
    pairs: dict[str, list[Pair]] = {split: [] for split in images}
    for split in images.keys() & masks.keys():
        filled = [[path for path in folders[split] if holds_images(path)] for folders in (images, masks)]
        for kind, folders in zip(("images", "masks"), filled, strict=True):
            if all(filled) and len(folders) > 1:
                raise UserError(f"{folders[0]} and {folders[1].name} may both hold the {kind} for {split}: move one of them away")
        pairs[split] = list(zip(*filled, strict=False))
    return pairs


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
