"""From an image of any size and its mask to the input of the network."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from .class_crop import CropByClass
from .colors import change_colors, draw_colors
from .input_size import GRAY
from .item import flip_sometimes, from_0_to_1
from .letterbox import Letterbox
from .masks import IGNORED
from .targets import truth_in
from .tiles import TileCrop

MASK_FILL: dict[Any, Any] = {tv_tensors.Mask: IGNORED}


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images; those of an `Augmentation()` are none.

    Attributes:
        smallest_part: Of the area of an image, or of a tile, that a crop leaves.
        by_class: Whether a crop has a pixel of a class that was drawn first, so that rare classes are seen as often as others.
        flips: Whether left and right may change places.
        degrees: By how much an image is turned at most.
        colors: By which part brightness, contrast and saturation change at most.
    """

    smallest_part: float = 1.0
    by_class: bool = False
    flips: bool = False
    degrees: float = 0.0
    colors: float = 0.0


AUGMENTATIONS = {
    "none": Augmentation(),
    "light": Augmentation(smallest_part=0.5, flips=True, colors=0.3),
    "strong": Augmentation(smallest_part=0.25, by_class=True, flips=True, degrees=10, colors=0.4),
}


def train_transform(image_size: tuple[int, int], augmentation: Augmentation, tile: int = 0) -> v2.Transform:
    """Random crop, flip and rotation; colors are drawn here and changed by `change_batch`.

    Ends as `(3, *image_size)`, uint8, and a mask of the same size.
    """
    crop = CropByClass if augmentation.by_class else TileCrop
    steps: list[Any] = []
    if augmentation.smallest_part < 1 or tile:
        steps += [crop(augmentation.smallest_part, image_size, tile)]
    steps += [flip_sometimes] if augmentation.flips else []
    steps += [Letterbox(image_size, MASK_FILL)]
    if augmentation.degrees:
        fill: dict[Any, Any] = {tv_tensors.Image: GRAY, **MASK_FILL}
        degrees = (-augmentation.degrees, augmentation.degrees)
        steps += [v2.RandomRotation(degrees, v2.InterpolationMode.BILINEAR, fill=fill)]
    steps += [partial(draw_colors, most=augmentation.colors)] if augmentation.colors else []
    return v2.Compose(steps)


def change_batch(batch: dict[str, Any], size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Does for a batch on its device what was drawn for it: of bytes as numbers, changes colors.

    Args:
        batch: As `collate` makes it.
        size: Height and width that its images and masks get first, if they shall be smaller.
    """
    batch["image"] = from_0_to_1(batch["image"])
    if size:
        batch["image"] = F.resize(batch["image"], [*size])
        numbers = batch["mask"].float()  # not every device scales bytes
        batch["mask"] = F.resize(numbers, [*size], v2.InterpolationMode.NEAREST_EXACT).to(torch.uint8)
    if "colors" in batch:
        batch["image"] = change_colors(batch["image"], batch.pop("colors"))
    return batch


def eval_transform(image_size: tuple[int, int]) -> v2.Transform:
    """The whole image; ends as `(3, *image_size)`, uint8, and a mask of the same size that ignores the borders.

    The mask as it was is kept as `"truth"`.
    """
    return v2.Compose([keep_truth, Letterbox(image_size, MASK_FILL)])


def keep_truth(item: dict[str, Any]) -> dict[str, Any]:
    """Adds the mask as a plain tensor, which other transforms pass by."""
    return {**item, "truth": truth_in(item)}
