"""Images and masks in folders of their own.

    root/                root/                  root/                  root/
      images/1.jpg         train/images/1.jpg     images/train/1.jpg     train/1.jpg       (or train_images/)
      masks/1.png          train/masks/1.png      masks/train/1.png      trainannot/1.png  (or train_masks/, labels_train/)
      classes.csv          val/… (or valid), test/…, each optional

The folders may have other usual names, alone or in a longer one (`imgs`, `photos`; `labels`, `gt`, `ann_dir`, `CamVid_Label`), and
a mask its own word, as in `1_mask.png`. A single folder beside that of the masks is that of the images, whatever its name, as is
`default/` beside CVAT's `defaultannot/`. Each of several folders, as of places, may have the two (`train/rural/images/`).
So Cityscapes (`leftImg8bit/train/bonn/1_leftImg8bit.png` and `gtFine/train/bonn/1_gtFine_labelIds.png`, also as unzipped), ADE20K,
LoveDA and ISIC (`ISIC2018_Task1_Training_GroundTruth/`) are read, too. `class_files.py` describes the files that
name classes.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file, without_kinds_of_images
from ..example import Example, Shapes
from ..files import (
    IMAGE_SUFFIXES,
    Source,
    find_images,
    has_images,
    holds_images,
    names_among,
    only_folder,
    split_folders,
    split_in,
    subfolders,
    visible_folders,
    words,
)
from ..pairs import OF_IMAGES, OF_MASKS, RATHER_MASKS, by_name, is_look, masks_among, pair, plain, said_of_united, split_of, word_in

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
    pairs = {split: each for split, each in found.items() if each}
    all_pairs = [each for its in pairs.values() for each in its]
    named = without_kinds_of_images(
        read_class_file([root, *split_folders(root).values(), *_around(root, all_pairs)]),
        (image for images, _ in all_pairs for image in find_images(images)),
    )
    notes = [*named.notes, *(f"{root} has no images with masks for {split}" for split in found if split not in pairs)]
    notes += [f"{folder} has no images with masks" for folder in _without(root, all_pairs)]
    splits = {
        split: [Example(image, mask, named.code) for each in pairs[split] for image, mask in _read_pair(*each, notes)]
        for split in pairs
    }
    notes += said_of_united(example.mask for examples in splits.values() for example in examples)
    return Source(NAME if "all" in splits else f"{NAME} in {', '.join(splits)}", named.names, splits, notes)


def _read_pair(images: Path, masks: Path, notes: list[str]) -> list[tuple[Path, Path | Shapes]]:
    parts = [_within(part, masks) for part in _parts(images)]
    masks = _within(masks, parts[0])
    of_masks = by_name(find_images(masks), masks)
    of_images: dict[str, Path] = {}
    for part in parts:
        its = by_name(find_images(part), part)
        if twice := its.keys() & of_images.keys():
            name = min(twice)
            raise UserError(f"{of_images[name]} and {its[name]} have the same name, and one mask: remove one of them")
        of_images |= its
    if len(of_images) == 1 < len(of_masks) and of_images.keys().isdisjoint(of_masks) and has_images(masks):
        return [(image, Shapes.of_parts(sorted(of_masks.values()))) for image in of_images.values()]  # a file for each object in it
    found = pair(of_images, of_masks, notes)
    if not found:
        inside = sorted({name.partition("/")[0] for name in of_masks if "/" in name})
        hint = f"; if {' and '.join(inside[:2])} are classes, merge their masks into one for each image" if len(inside) > 1 else ""
        first = [str(min(its.values()).relative_to(folder)) for folder, its in ((parts[0], of_images), (masks, of_masks))]
        raise UserError(f"no image in {parts[0]} has a mask of the same name in {masks}, as {' and '.join(first)}{hint}")
    return found


def _parts(images: Path) -> list[Path]:
    """The folders whose names differ in nothing but a number at the end, as those of `photos_part_1` and `photos_part_2`."""
    if _numberless(images.name) == images.name or not word_in(images.name, OF_IMAGES):
        return [images]
    beside = [path for path in visible_folders(images.parent) if _numberless(path.name) == _numberless(images.name)]
    return list(filter(holds_images, beside))


def _numberless(name: str) -> str:
    return name.rstrip("0123456789")


def _within(folder: Path, other: Path) -> Path:
    """The folder in `folder` that has all its images, as in annotations/trimaps/, unless `other` has one of the same name."""
    filled = [] if has_images(folder) else [path for path in visible_folders(folder) if holds_images(path)]
    inner = filled[0] if len(filled) == 1 else _usual(folder)
    return _within(inner, other) if inner and not (other / inner.name).is_dir() else folder


def _usual(folder: Path) -> Path | None:
    """The folder in `folder` that is simply called images or masks, if it has one of the two."""
    found = [inner for name, inner in subfolders(folder).items() if name in ("images", "masks")]
    return found[0] if len(found) == 1 else None


def _around(root: Path, pairs: list[Pair]) -> list[Path]:
    """The folders of images and masks, and those that they lie in."""
    return [path for each in pairs for folder in each for path in (*reversed(folder.parents), folder) if root in path.parents]


def _pairs(root: Path) -> dict[str, list[Pair]]:
    """The folders of each split, or of `all`; none where one of the two, or an image in it, is missing."""
    splits, folders = split_folders(root), visible_folders(root)
    above = {split: _below(folder) for split, folder in (splits or _named_like_splits(folders)).items()}
    if any(above.values()):
        return above
    masks = _by_split(OF_MASKS, folders) or _by_split(RATHER_MASKS, folders)
    others = [folder for folder in folders if [folder] not in masks.values()]
    images = {split: [folder] for split, folder in _named_like_splits(others).items()} | _by_split(OF_IMAGES, others)
    beside = _matched(images | {split: [folder] for split, folder in splits.items()}, masks)
    if any(beside.values()):
        return beside
    whole = _pair(root)
    below = _matched(_split_folders(whole[0], OF_IMAGES), _split_folders(whole[1], OF_MASKS)) if whole else {}
    if whole and not any(below.values()):
        below = _spoken(*whole)
    if any(below.values()):
        return below
    pairs = [whole] if whole else _below(root)
    return _pairs(inner) if not pairs and (inner := only_folder(root)) else {"all": pairs}


def _named_like_splits(folders: list[Path]) -> dict[str, Path]:
    """The folders with a split among the words of their names, as in `stage1_train`; none if one split has several."""
    known = names_among(folder.name for folder in folders)
    found = [(split, folder) for folder in folders if (split := split_in(words(folder.name), known))]
    return dict(found) if len(dict(found)) == len(found) else {}


def _below(folder: Path) -> list[Pair]:
    """The folders of images and of masks in `folder`, or those in each of the folders there.

    Raises:
        UserError: If folders are named like kinds of files, which may be of the same images.
    """
    if whole := _pair(folder):
        return [whole]
    found = {inner: each for inner in visible_folders(folder) if (each := _pair(inner))}
    kinds = [inner for inner in found if f".{inner.name.lower()}" in IMAGE_SUFFIXES]
    if len(kinds) > 1:
        raise UserError(
            f"{kinds[0]} and {kinds[1].name} may have the same images in two kinds of files: give one of them as data.root"
        )
    return list(found.values())


def _without(root: Path, pairs: list[Pair]) -> list[Path]:
    """The folders with images beside those of places, of which none are read."""
    splits = split_folders(root).values()
    places = {images.parent for images, masks in pairs if images.parent == masks.parent and images.parent not in splits}
    around = {place.parent for place in places}.intersection([root, *splits])
    return [path for folder in sorted(around) for path in visible_folders(folder) if path not in places and holds_images(path)]


def _by_split(listed: list[str], folders: list[Path]) -> dict[str, list[Path]]:
    """The folders with one of these words and that of a split in their names."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        if split := split_of(folder.name, listed):
            found.setdefault(split, []).append(folder)
    return found


def _unwrapped(folder: Path) -> Path:
    """The folder of the splits, which an archive may have wrapped: `gtFine_trainvaltest/gtFine/train`."""
    while not split_folders(folder) and (inner := only_folder(folder) or _usual(folder)):
        folder = inner
    return folder


def _split_folders(folder: Path, listed: list[str]) -> dict[str, list[Path]]:
    """The folders of splits in one of images or of masks, alone or with a word that says what they hold."""
    folder = _unwrapped(folder)
    return {split: [path] for split, path in split_folders(folder).items()} or _by_split(listed, visible_folders(folder))


def _spoken(images: Path, masks: Path) -> dict[str, list[Pair]]:
    """The pairs of folders of splits with other words or numbers, as `train2017`, if all folders of masks are such."""
    of_images, of_masks = (visible_folders(_unwrapped(folder)) for folder in (images, masks))
    if len(splits := _named_like_splits(of_masks)) < len(of_masks):
        return {}
    spoken = ({split: [folder] for split, folder in each.items()} for each in (_named_like_splits(of_images), splits))
    return _matched(*spoken)


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
    plainer = [path for path in folders if not is_look(path.name)]
    perhaps = [path for path in plainer if plain(path.name) in RATHER_MASKS]
    masks = _nearest("masks", OF_MASKS, plainer) or _nearest("masks", OF_MASKS, folders) or _nearest("masks", RATHER_MASKS, perhaps)
    if not masks:
        return _named_alike(folders) or _further_in(folders)
    others = [path for path in folders if path != masks and not word_in(path.name, OF_MASKS)]
    images = _nearest("images", OF_IMAGES, others)
    rest = [path for path in others if path in plainer]
    rest = [path for path in rest if not split_in([path.name])] or rest  # as those of a test, which have no masks
    has_more = any(masks.glob("*.json")) or any(word_in(path.name, OF_IMAGES) for path in visible_folders(masks))
    if not images and len(rest) == 1 and not has_more:
        images = rest[0]
    return (images, masks) if images and not _both_hold_both(images, masks) else None


def _both_hold_both(*folders: Path) -> bool:
    """Whether both folders have images and masks, as those of an archive that was packed twice, by an odd name of the second."""
    return plain(folders[1].name) not in OF_MASKS and all(masks_among(find_images(folder)) for folder in folders)


def _further_in(folders: list[Path]) -> Pair | None:
    """The folder of images, and that of masks in another one, as `images` and `v2.0/labels`.

    Raises:
        UserError: If there are several.
    """
    others = [path for path in folders if not word_in(path.name, OF_IMAGES) and not has_images(path) and not _pair(path)]
    plainer = {
        path: [inner for inner in visible_folders(path) if holds_images(inner) and not is_look(inner.name)] for path in others
    }
    masks = [found for its in plainer.values() if (found := _nearest("masks", OF_MASKS, its))]
    images = _nearest("images", OF_IMAGES, folders) if masks else None
    if images and len(masks) > 1:
        raise UserError(f"{masks[0]} and {masks[1]} may both hold the masks: move one of them away")
    return (images, masks[0]) if images else None


def _named_alike(folders: list[Path]) -> Pair | None:
    """Two folders of which one has the name of the other and a word of masks behind it, as CVAT's `defaultannot`."""
    by_plain = {plain(path.name): path for path in folders}
    found = [(by_plain[name], masks) for masks in folders for name in _without_word(masks.name) if name in by_plain]
    return found[0] if len(found) == 1 else None


def _without_word(name: str) -> list[str]:
    return [bare for word in OF_MASKS if (bare := plain(name).removesuffix(word)) != plain(name)]


def _nearest(usual: str, listed: list[str], folders: list[Path]) -> Path | None:
    """The folder that has the usual name, or else one of these words as its name, or at least in it.

    None, too, if they are of several splits.

    Raises:
        UserError: If none has the usual name, and there are several of equal rank that are no parts, or with words of another
            meaning.
    """
    if known := [path for path in folders if path.name.lower() == usual]:
        return known[0]
    word_of = {path: word for path in folders if (word := word_in(path.name, listed))}
    found = [path for path, word in word_of.items() if word == plain(path.name)] or list(word_of)
    # `labels_color` is another look of `labels`; but beside what was drawn by hand, `mask` is the part that a camera sees (DRIVE).
    found += [path for path in word_of if path not in found and word_of[path].rstrip("s") != word_of[found[0]].rstrip("s")]
    if len({split_in(words(path.name)) for path in found}) > 1:
        return None
    if len(found) > 1 and (usual == "masks" or len({_numberless(path.name) for path in found}) > 1):
        raise UserError(f"{found[0]} and {found[1].name} may both hold the {usual}: name the one to be used {usual}")
    return found[0] if found else None
