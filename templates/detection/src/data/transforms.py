"""From an image of any size and its boxes to the input of the network."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor
from torchvision import ops, tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from .chance import seeded
from .colors import change_colors, draw_colors
from .item import flip_sometimes, from_0_to_1
from .letterbox import Letterbox
from .mixing import draw_mixing
from .mosaic import SMALLEST_BOX, mosaic
from .targets import truth_in
from .tiles import TileCrop


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images; those of an `Augmentation()` are none.

    Attributes:
        smallest_part: Of the area of an image, or of a tile, that a crop leaves.
        smallest_scale: Of an image in the input, beside the largest that fits.
        flips: Whether left and right may change places.
        colors: By which part brightness, contrast and saturation change at most.
        mosaics: Part of the batches whose images are mosaics of four.
    """

    smallest_part: float = 1.0
    smallest_scale: float = 1.0
    flips: bool = False
    colors: float = 0.0
    mosaics: float = 0.0


AUGMENTATIONS = {
    "none": Augmentation(),
    "light": Augmentation(smallest_part=0.4, flips=True, colors=0.3),
    "strong": Augmentation(smallest_part=0.4, smallest_scale=0.5, flips=True, colors=0.4, mosaics=0.5),
}


def train_transform(image_size: tuple[int, int], augmentation: Augmentation, tile: int = 0) -> v2.Transform:
    """Random crop, flip and scale; colors and mosaics are drawn here and made by `change_batch`.

    Ends as `(3, *image_size)`, uint8, with `xyxy` boxes in it.
    """
    steps: list[Any] = []
    if augmentation.smallest_part < 1 or tile:
        steps += [TileCrop(augmentation.smallest_part, image_size, tile)]
    steps += [flip_sometimes] if augmentation.flips else []
    steps += _to_input(image_size, augmentation.smallest_scale)
    steps += [partial(draw_colors, most=augmentation.colors)] if augmentation.colors else []
    steps += [partial(draw_mixing, part=augmentation.mosaics)] if augmentation.mosaics else []
    return v2.Compose(steps)


def change_batch(batch: dict[str, Any], size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Does for a batch on its device what was drawn for it: of bytes as numbers, changes colors, then makes mosaics.

    Args:
        batch: As `collate` makes it.
        size: Height and width that its images, and their boxes, get first, if they shall be smaller.
    """
    batch["image"] = from_0_to_1(batch["image"])
    if size:
        before = batch["image"].shape[2:]
        batch["image"] = F.resize(batch["image"], [*size])
        scale = batch["image"].new_tensor([after / side for after, side in zip(size, before, strict=True)]).flip(0).repeat(2)
        batch["boxes"] = [boxes * scale for boxes in batch["boxes"]]
    if "colors" in batch:
        batch["image"] = change_colors(batch["image"], batch.pop("colors"))
    if (seed := batch.pop("mixing", None)) is not None:
        with seeded(seed):
            batch["image"], batch["boxes"], batch["labels"] = mosaic(batch["image"], batch["boxes"], batch["labels"])
    return batch


def eval_transform(image_size: tuple[int, int]) -> v2.Transform:
    """The whole image; ends as `(3, *image_size)`, uint8, with `xyxy` boxes in it.

    All objects as they are in the annotation file are kept as `"truth"`.
    """
    return v2.Compose([keep_truth, *_to_input(image_size)])


def _to_input(image_size: tuple[int, int], smallest_scale: float = 1) -> list[Any]:
    return [Letterbox(image_size, smallest=smallest_scale), drop_small_boxes]


def keep_truth(item: dict[str, Any]) -> dict[str, Any]:
    """Adds what is counted, which other transforms pass by."""
    return {**item, "truth": truth_in(item)}


def drop_small_boxes(item: dict[str, Any]) -> dict[str, Any]:
    """Leaves out boxes, and their labels, that have no area to learn from. torchvision's transform takes several times as long."""
    boxes = item["boxes"]
    kept = ops.remove_small_boxes(boxes.as_subclass(Tensor), SMALLEST_BOX)
    return {**item, "boxes": tv_tensors.wrap(boxes[kept], like=boxes), "labels": item["labels"][kept]}  # pyright: ignore[reportCallIssue]
