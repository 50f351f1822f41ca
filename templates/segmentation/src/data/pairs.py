"""Which mask belongs to which image, by their names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..config.errors import UserError
from .example import Shapes
from .files import SPLIT_NAMES, is_image, words
from .masks import LOSSY_SUFFIXES

OF_IMAGES = [
    "images", "image", "imgs", "img", "photos", "photo", "pictures", "jpegimages", "leftimg8bit", "rgb", "sat", "inputs", "input",
]  # fmt: skip
OF_MASKS = [
    "masks", "mask", "labels", "label", "annotations", "annotation", "annots", "annot", "gt", "gtfine", "gtcoarse", "groundtruth",
    "segmentations", "segmentation", "segmentationclass", "seg", "labelids", "labeltrainids", "targets", "target", "ann", "manual",
    "lab", "anno", "gts", "semantic", "labeled", "labelled", "msk", "msks",
]  # fmt: skip
RATHER_MASKS = ["map", "maps", "y"]  # names of folders that may mean something else in longer ones
# What shows the same as masks in another way, or something else of the image.
LOOKS = {
    "object", "objects", "instance", "instances", "color", "colors", "colormap", "colormaps", "visualization", "visualizations",
    "viz", "vis", "overlay", "overlays", "panoptic", "edge", "edges", "contour", "contours", "boundary", "boundaries",
}  # fmt: skip
PREFERRED = "labeltrainids", "labelids", "semantic"  # where an image has masks of several kinds
OTHER_KINDS = re.compile(r".*_gt(fine|coarse)_(color|instance\w*)", re.IGNORECASE)  # of Cityscapes
# Of several masks of one image each may have a number, as `1_mask_2`.
END = re.compile(
    rf"(.+)[._-](?:(?:{'|'.join(OF_MASKS)}|ground[ _-]truth)(?:[._-]?\d+)?|(?:label\w*|train)_?ids?|l|m|p)", re.IGNORECASE
)
IMAGE_END = re.compile(rf"(.+?)[._-](?:{'|'.join([*OF_IMAGES, *SPLIT_NAMES])})", re.IGNORECASE)
SIGNS = "._- /"  # between words
MIDDLE, IMAGE_MIDDLE = (  # as in `1_mask_08` and `1_sat_08`
    re.compile(rf"([._-])(?:{'|'.join(listed)})[._-]([^/]+)$", re.IGNORECASE) for listed in (OF_MASKS, OF_IMAGES)
)
START = re.compile(rf"(?:{'|'.join([*OF_IMAGES, *OF_MASKS])})(?:[._-]|(?=\d))(.+)", re.IGNORECASE)


def plain(name: str) -> str:
    """The name of a folder as it stands in the lists above."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def word_in(name: str, listed: list[str]) -> str | None:
    """Which of these words the name of a folder is, or has in it, as in `image_2`, `manual1` and `ManualMask`."""
    return next((word for word in (plain(name), *map(str.lower, words(name))) if word in listed), None)


def is_look(name: str) -> bool:
    """Whether a folder is named as one of pictures of masks, or of objects."""
    return not LOOKS.isdisjoint(map(str.lower, words(name)))


def split_of(name: str, listed: list[str]) -> str | None:
    """The split in the name of a folder that has one of these words; as in `trainannot`, `images-test`, `Task1_Training_Masks`."""
    for word in sorted(listed, key=len, reverse=True):
        for rest in (plain(name).removesuffix(word), plain(name).removeprefix(word)):
            if word and rest != plain(name) and rest in SPLIT_NAMES:
                return SPLIT_NAMES[rest]
    parts = re.split(r"[\W_]+", name.lower())
    return None if set(parts).isdisjoint(listed) else next((SPLIT_NAMES[part] for part in parts if part in SPLIT_NAMES), None)


def masks_among(paths: list[Path]) -> set[Path]:
    """The files that are named as masks of others beside them: `1_mask.png`, or `1.png` where all images are of other kinds."""
    images = {
        path.parent / each for path in paths if not END.fullmatch(path.stem) for each in (path.stem, _bare(path.stem, IMAGE_END))
    }
    named = {path for path in paths if END.fullmatch(path.stem) and any(path.parent / bare in images for bare in _bares(path.stem))}
    if named:
        return named
    lossy = {path.with_suffix("") for path in paths if path.suffix.lower() in LOSSY_SUFFIXES}
    equal = {path for path in paths if path.suffix.lower() == ".png"}
    return equal if equal and all(path.with_suffix("") in lossy for path in equal) else set()


def by_name(paths: Iterable[Path], folder: Path) -> dict[str, Path]:
    """Files by their path in `folder` without suffix, in the composed form of Unicode, however a system wrote it.

    Raises:
        UserError: If two differ only in their suffix.
    """
    found: dict[str, Path] = {}
    for path in paths:
        bare = path.relative_to(folder)
        while is_image(bare):  # a mask may be called 1.jpg.png
            bare = bare.with_suffix("")
        name = unicodedata.normalize("NFC", bare.as_posix())
        if name in found:
            raise UserError(f"{path} and {found[name].name} differ only in their suffix: remove one of them")
        found[name] = path
    return found


def pair(images: dict[str, Path], masks: dict[str, Path], notes: list[str]) -> list[tuple[Path, Path | Shapes]]:
    """As `_pair`, but where no mask has the name of an image, what all of the one or of the other begin or end with is left out."""
    said: list[str] = []
    found = _pair(images, masks, said)
    if not found and (found := _pair(_by_rest(images), masks, said := []) or _pair(images, _by_rest(masks), said := [])):
        image, mask = found[0]
        name = (mask.file if isinstance(mask, Shapes) else mask).name
        said.append(f"images and masks are paired without what all have in their names, as {image.name} and {name}")
    notes += said
    return found


def _by_rest(files: dict[str, Path]) -> dict[str, Path]:
    """Files by their names without what all begin or end with, up to a sign between words, as `_Clipped`."""
    if len(files) < 2:
        return files
    start, end = _shared([*files]), _shared([name[::-1] for name in files])
    return {name[start : len(name) - end]: path for name, path in files.items()}


def _shared(names: list[str]) -> int:
    """How long a beginning all names have, up to a sign between words."""
    first, last = min(names), max(names)  # what these two share, all others have, too
    equal = next((place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
    return max(first.rfind(sign, 0, equal) for sign in SIGNS) + 1


def _pair(images: dict[str, Path], masks: dict[str, Path], notes: list[str]) -> list[tuple[Path, Path | Shapes]]:
    """Pairs images with masks; what has no partner is left out, and noted.

    Masks of one image that differ only in a number, as `1_mask` and `1_mask_1`, are parts of one; but where all images have equally
    many, these may be classes.

    Args:
        images: By name: the path in its folder, without suffix.
        masks: The same. A name is that of its image, but for a word, as in `1_mask`, `mask_1` or `1_mask_08`.
        notes: Gets what was left out.

    Raises:
        UserError: If two masks may be those of one image.
    """
    image_of_bare = {IMAGE_MIDDLE.sub(r"\1\2", name): name for name in images} | {_bare(name, IMAGE_END): name for name in images}
    found: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    alone, other_kinds = [], []
    for name, path in masks.items():
        known = (each for bare in (name, *_bares(name)) for each in (bare, image_of_bare.get(bare, "")))
        image = next((each for each in known if each in images), None)
        if image is not None:
            found[image].append((_rank(name, image), path))
        else:
            (other_kinds if OTHER_KINDS.fullmatch(path.stem) else alone).append(path)
    pairs, several = [], []
    are_parts = len({len(its) for its in found.values()}) > 1
    for name, path in images.items():
        ranked = sorted(found[name])
        best = [mask for rank, mask in ranked if rank == ranked[0][0]]
        if len(best) > 1 and are_parts and len({_numberless(mask.stem) for mask in best}) == 1:
            pairs.append((path, Shapes.of_parts(best)))
            continue
        if len(best) > 1:
            several.append(f"{best[0]} and {best[1].name} may both be the mask of {path}")
        pairs += [(path, mask) for _, mask in ranked[:1]]
        other_kinds += [mask for _, mask in ranked[1:]]
    if several:
        raise UserError(
            f"{several[0]} ({len(several)} such images): keep one of them, or unite them in one file if each has a part"
        )
    without = [path for name, path in images.items() if not found[name]]
    for what, left_out in (
        ("masks without image", alone),
        ("images without mask", without),
        ("masks of another kind", other_kinds),
    ):
        if left_out:
            notes.append(f"{len(left_out)} {what} are left out, {left_out[0]} among them")
    return pairs


def said_of_united(masks: Iterable[Path | Shapes]) -> list[str]:
    """What is said of masks that were united from several files."""
    united = [mask.file for mask in masks if isinstance(mask, Shapes)]
    return [f"images with their mask in several files, which are united: {len(united)}, as {united[0]}"] if united else []


def _bare(name: str, end: re.Pattern[str]) -> str:
    """The name without the words that say whether it is that of an image or of a mask."""
    folder, slash, last = name.rpartition("/")
    found = end.fullmatch(last) or START.fullmatch(last)
    return folder + slash + found[1] if found else name


def _bares(name: str) -> Iterator[str]:
    """The name of a mask without one word at its end after another, or without the one at its start or in its middle."""
    inner = MIDDLE.sub(r"\1\2", name)
    while (bare := _bare(name, END)) != name:
        yield bare
        name = bare
    yield inner


def _numberless(name: str) -> str:
    """The name of a mask without the number of the part."""
    return re.sub(r"(?<=[^\W\d_])[._-]?\d+$", "", name) if END.fullmatch(name) else name


def _rank(name: str, image: str) -> int:
    """The lower, the sooner a mask is taken."""
    if name == image:
        return 0
    kinds = [number for number, kind in enumerate(PREFERRED, start=1) if plain(name).endswith(kind)]
    return kinds[0] if kinds else len(PREFERRED) + 1
