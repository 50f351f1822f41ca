"""From an image of any size to the square image that the model sees."""

import torch
from torchvision.transforms import v2

from .crop import RandomCrop
from .letterbox import FitSquare


def train_transform(size: int) -> v2.Transform:
    """Random crop, flip and colors; ends as `(3, size, size)`, float32 from 0 to 1."""
    return v2.Compose(
        [
            RandomCrop(smallest=0.6),
            v2.RandomHorizontalFlip(),
            FitSquare(size),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )


def eval_transform(size: int) -> v2.Transform:
    """The whole image; ends as `(3, size, size)`, float32 from 0 to 1."""
    return v2.Compose([FitSquare(size), v2.ToDtype(torch.float32, scale=True)])
