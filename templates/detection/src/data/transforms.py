"""From an image of any size and its boxes to the square image that the model sees."""

import torch
from torchvision.transforms import v2

from .letterbox import FitSquare

SMALLEST_BOX = 1.0  # pixels; smaller boxes have no area to learn from; they still count, as the truth


def train_transform(size: int) -> v2.Transform:
    """Random colors, crop and flip; ends as `(3, size, size)`, float32 from 0 to 1, with `xyxy` boxes in it."""
    return v2.Compose(
        [
            v2.ClampBoundingBoxes(),
            v2.RandomApply([v2.RandomIoUCrop(min_scale=0.5)], p=0.5),
            v2.RandomHorizontalFlip(),
            *_to_square(size),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3, hue=0.02),
        ]
    )


def eval_transform(size: int) -> v2.Transform:
    """The whole image; ends as `(3, size, size)`, float32 from 0 to 1, with `xyxy` boxes in it."""
    return v2.Compose([v2.ClampBoundingBoxes(), *_to_square(size)])


def _to_square(size: int) -> list[v2.Transform]:
    return [FitSquare(size), v2.SanitizeBoundingBoxes(min_size=SMALLEST_BOX), v2.ToDtype(torch.float32, scale=True)]
