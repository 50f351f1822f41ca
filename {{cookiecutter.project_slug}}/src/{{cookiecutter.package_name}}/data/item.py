"""What is done with the images of items, and with what belongs to them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F


def changed(item: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """An item of which all that has a place in the image is changed, as by a transform of `v2`, which takes longer to look for it.

    Args:
        item: Has tensors of `tv_tensors`; all else stays as it is.
        change: Gives the changed tensor.
    """
    return {name: change(value) if isinstance(value, tv_tensors.TVTensor) else value for name, value in item.items()}


def flip_sometimes(item: dict[str, Any]) -> dict[str, Any]:
    """Exchanges left and right in half of all cases."""
    return changed(item, F.horizontal_flip) if torch.rand(()) < 0.5 else item


def from_0_to_1(images: list[Tensor]) -> Tensor:
    """Stacks images of bytes, and scales them on the way: large batches take longer to write than to compute.

    The colors of a pixel stay together in memory, as decoders give them, and as the network takes them.

    Args:
        images: At least one; each `(3, h, w)`, uint8.

    Returns:
        `(B, 3, h, w)`, float32 from 0 to 1.
    """
    batch = torch.empty(len(images), *images[0].shape, memory_format=torch.channels_last)
    for place, image in zip(batch, images, strict=True):
        torch.mul(image.as_subclass(Tensor), 1 / 255, out=place)
    return batch
