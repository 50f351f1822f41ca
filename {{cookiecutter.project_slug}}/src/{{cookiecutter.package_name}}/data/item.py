"""What is done with the images of items, and with what belongs to them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F


def changed(item: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """An item of which all that has a place in the image is changed, as by a transform of `v2`, which takes longer to look for it.

    Args:
        item: Has tensors of `tv_tensors`; all else stays as it is.
        change: Gives the changed tensor.
    """
    return {name: change(value) if isinstance(value, tv_tensors.TVTensor) else value for name, value in item.items()}


def transformed(items: list[dict[str, Any]], transform: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Takes items through a transform; where it has several steps, through each before the next.

    A processor does what it has just done in half of the time: its caches hold the code of one step, but not that of all.
    """
    for step in transform.transforms if isinstance(transform, v2.Compose) else [transform]:
        items = [step(item) for item in items]
    return items


def flip_sometimes(item: dict[str, Any]) -> dict[str, Any]:
    """Exchanges left and right in half of all cases."""
    return changed(item, F.horizontal_flip) if torch.rand(()) < 0.5 else item


def stack(images: list[Tensor]) -> Tensor:
    """Makes a batch of images. The colors of a pixel stay together in memory, as decoders give them, and as the network takes them.

    Args:
        images: At least one; each `(3, h, w)`, uint8.

    Returns:
        `(B, 3, h, w)`, uint8: a fourth of the memory of numbers, on its way from a worker and to a device.
    """
    return torch.stack([image.as_subclass(Tensor).permute(1, 2, 0) for image in images]).permute(0, 3, 1, 2)


def from_0_to_1(images: Tensor) -> Tensor:
    """Makes float32 from 0 to 1 of `(B, 3, h, w)`, uint8, on its device; what is floating-point already stays as it is."""
    return F.to_dtype(images, torch.float32, scale=True) if images.dtype == torch.uint8 else images
