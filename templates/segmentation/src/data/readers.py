"""Reads images with a mask that gives each pixel a class.

    root/                   root/                      root/
      images/1.jpg            train/images/1.jpg         images/train/1.jpg
      masks/1.png             train/masks/1.png          masks/train/1.png
      classes.txt             val/… (or valid; optional), test/… (optional)

An image and its mask have the same name without suffix. Masks hold class indices, 255 being ignored, and `classes.txt` has the
name of class 0 in its first line, and so on; without it the classes are numbered. Masks of only 0 and 255 are background and
foreground.

Finding a format needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.errors import UserError
from .files import Source, describe, images_by_stem, split_folders, subfolders

if TYPE_CHECKING:
    import numpy as np

IGNORED = 255
LOSSY_SUFFIXES = {".jpg", ".jpeg", ".webp"}
MASKS_LOOKED_AT = 50  # enough where classes.txt names the classes, and one of them shows that the masks are indices


@dataclass(frozen=True)
class Sample:
    """An image and its mask.

    Attributes:
        image: The image file.
        mask: The mask file.
        binary: Whether the mask has 255 for class 1, instead of class indices.
        stratum: The rarest class in the mask if it is known, or else -1.
    """

    image: Path
    mask: Path
    binary: bool = False
    stratum: int = -1


def find_format(root: Path) -> str:
    """Names the format of the folder `root`, by looking at it.

    Raises:
        UserError: If no format is found; the message says what was looked for and what is there.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not an existing folder: give the folder that holds images/ and masks/")
    if pairs := _pair_folders(root):
        return "images and masks" + ("" if "all" in pairs else f" in {', '.join(pairs)}")
    raise UserError(
        f"{root} holds no images with masks: expected images/ and masks/ with files of the same names "
        f"(or train/, val/, test/ above or below these two); found {describe(root)}"
    )


def read_source(root: Path, classes: list[str] | None = None) -> Source[Sample]:
    """Reads the samples in the folder `root`.

    Args:
        root: Folder of the data.
        classes: Class names of a trained model, by index. By default those of the data.

    Raises:
        UserError: If no format is found, a file is missing, or a mask has values that are no classes.
    """
    found = find_format(root)
    notes: list[str] = []
    splits = {split: _read_pairs(*folders, notes) for split, folders in _pair_folders(root).items()}
    samples = [sample for split in splits.values() for sample in split]
    given = _read_names(root)
    if classes and given and classes != given:
        raise UserError(f"{root / 'classes.txt'} has {', '.join(given)}, but the model was trained on {', '.join(classes)}")
    names = classes or given
    values = _values(samples[:: max(1, len(samples) // MASKS_LOOKED_AT)] if names else samples)
    if len(values) < len(samples) and set().union(*values.values()) <= {0, IGNORED}:
        values = _values(samples)
    seen = set().union(*values.values())
    binary = IGNORED in seen and seen <= {0, IGNORED} and (names is None or len(names) == 2)
    if names is None:
        most = 1 if binary else max(seen - {IGNORED}, default=0)
        if most > 2 * len(seen) + 10:
            raise UserError(
                f"{root} has masks with the values {', '.join(map(str, sorted(seen)[:8]))}…, which do not look like class indices: "
                "renumber them 0, 1, 2, …, or name the classes in classes.txt"
            )
        names = ["background", "foreground"] if binary else [f"class {index}" for index in range(most + 1)]
    if len(names) < 2:
        raise UserError(f"{root} has masks with the single class {names[0]}: there is nothing to tell apart")

    count = Counter(value for present in values.values() for value in present)

    def stratum(sample: Sample) -> int:
        present = values.get(sample.mask, set()) - (set() if binary else {IGNORED})
        return min(present, key=lambda value: (count[value], value), default=-1)

    result = {
        split: [replace(sample, binary=binary, stratum=stratum(sample)) for sample in found] for split, found in splits.items()
    }
    return Source(found, list(names), result, notes)


def _pair_folders(root: Path) -> dict[str, tuple[Path, Path]]:
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


def _read_pairs(images: Path, masks: Path, notes: list[str]) -> list[Sample]:
    image_of, mask_of = images_by_stem(images), images_by_stem(masks)
    if alone := [path for stem, path in mask_of.items() if stem not in image_of]:
        notes.append(f"{len(alone)} masks without image are left out, {alone[0]} among them")
    if alone := [path for stem, path in image_of.items() if stem not in mask_of]:
        notes.append(f"{len(alone)} images without mask are left out, {alone[0]} among them")
    samples = [Sample(path, mask_of[stem]) for stem, path in image_of.items() if stem in mask_of]
    if not samples:
        raise UserError(f"no image in {images} has a mask of the same name in {masks}")
    return samples


def _read_names(root: Path) -> list[str] | None:
    file = root / "classes.txt"
    if not file.is_file():
        return None
    names = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    while names and not names[-1]:
        names.pop()
    if not all(names) or len(set(names)) != len(names):
        raise UserError(f"{file} has an empty line or a name twice: give one name a line, the first for class 0")
    return names


def _values(samples: list[Sample]) -> dict[Path, set[int]]:
    """The numbers in each mask."""
    import numpy as np

    return {sample.mask: set(np.unique(read_mask(sample.mask)).tolist()) for sample in samples}


def read_mask(file: Path) -> "np.ndarray":
    """The numbers in a mask as they are in the file; of a palette image the indices.

    Returns:
        `(H, W)`, uint8.

    Raises:
        UserError: If the file cannot be read, is lossy, has colors, or values beyond 255.
    """
    # Imported here, since finding a format must not need these.
    import numpy as np
    from PIL import Image

    if file.suffix.lower() in LOSSY_SUFFIXES:
        raise UserError(f"{file} is a mask in a lossy format, which blurs its values: save the masks as PNG")
    try:
        with Image.open(file) as opened:
            mask = np.asarray(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{file} is not a readable mask ({error}): replace or remove it") from None
    if mask.ndim == 3:
        colors = mask[..., :3]
        if mask.shape[2] >= 3 and not (colors == colors[..., :1]).all():
            raise UserError(f"{file} is a mask of colors: expected class indices, or 0 and 255")
        mask = mask[..., 0]  # gray saved as color, or gray with transparency
    if mask.dtype != np.uint8:
        if mask.min() < 0 or mask.max() > IGNORED:
            raise UserError(f"{file} has values from {mask.min()} to {mask.max()}: expected class indices below 255")
        mask = mask.astype(np.uint8)
    return mask
