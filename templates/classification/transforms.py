"""From an image of any size to the square image that the model sees."""

import torch
from torchvision.transforms import v2


def train_transform(size: int) -> v2.Transform:
    """Random crop, flip and colours; ends as `(3, size, size)`, float32 from 0 to 1."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(0.5, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )


def eval_transform(size: int) -> v2.Transform:
    """The whole image, squeezed into a square; ends as `(3, size, size)`, float32 from 0 to 1.

    A crop of the centre would keep the proportions but miss what lies at the edges.
    """
    return v2.Compose([v2.Resize((size, size), antialias=True), v2.ToDtype(torch.float32, scale=True)])
