"""From an image of any size to the input of the network."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from .chance import seeded
from .colors import change_colors, draw_colors
from .crop import RandomCrop
from .item import flip_sometimes, from_0_to_1
from .letterbox import Letterbox
from .mixing import draw_mixing


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images; those of an `Augmentation()` are none.

    Attributes:
        smallest_part: Of the area of an image that a crop leaves.
        flips: Whether left and right may change places.
        colors: By which part brightness, contrast and saturation change at most.
        mixed: Part of the batches whose images, and labels, are mixed with each other.
    """

    smallest_part: float = 1.0
    flips: bool = False
    colors: float = 0.0
    mixed: float = 0.0


AUGMENTATIONS = {
    "none": Augmentation(),
    "light": Augmentation(smallest_part=0.6, flips=True, colors=0.3),
    "strong": Augmentation(smallest_part=0.4, flips=True, colors=0.4, mixed=0.5),
}
MIX = v2.RandomChoice([v2.MixUp(alpha=0.2), v2.CutMix(alpha=1.0)])


def train_transform(image_size: tuple[int, int], augmentation: Augmentation) -> v2.Transform:
    """Random crop and flip; colors and mixing are drawn here and done by `change_batch`. Ends as `(3, *image_size)`, uint8."""
    steps: list[Any] = [RandomCrop(augmentation.smallest_part, image_size)] if augmentation.smallest_part < 1 else []
    steps += [flip_sometimes] if augmentation.flips else []
    steps += [Letterbox(image_size)]
    steps += [partial(draw_colors, most=augmentation.colors)] if augmentation.colors else []
    steps += [partial(draw_mixing, part=augmentation.mixed)] if augmentation.mixed else []
    return v2.Compose(steps)


def change_batch(batch: dict[str, Any], size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Does for a batch on its device what was drawn for it: of bytes as numbers, changes colors, then mixes (mixup or CutMix).

    Args:
        batch: As `collate` makes it.
        size: Height and width that its images get first, if they shall be smaller.
    """
    batch["image"] = from_0_to_1(batch["image"])
    if size:
        batch["image"] = F.resize(batch["image"], [*size])
    if "colors" in batch:
        batch["image"] = change_colors(batch["image"], batch.pop("colors"))
    if (seed := batch.pop("mixing", None)) is not None:
        with seeded(seed):
            batch["image"], batch["label"] = MIX(batch["image"], batch["label"])
    return batch


def eval_transform(image_size: tuple[int, int]) -> Letterbox:
    """The whole image; ends as `(3, *image_size)`, uint8."""
    return Letterbox(image_size)
