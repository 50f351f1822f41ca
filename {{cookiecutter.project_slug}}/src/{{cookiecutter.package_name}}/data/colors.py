"""Random colors, for the whole batch at once on its device: for each image in a worker, it would take longer than all else."""

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F


def draw_colors(item: dict[str, Any], most: float) -> dict[str, Any]:
    """Adds how the colors of an image shall change.

    Args:
        item: What has the image.
        most: By which part brightness, contrast and saturation change at most.

    Returns:
        The item with `"colors"`, the factors of these three, `(3,)`.
    """
    return {**item, "colors": torch.empty(3).uniform_(1 - most, 1 + most)}


def change_colors(images: Tensor, factors: Tensor) -> Tensor:
    """Changes brightness, then contrast, then saturation.

    Args:
        images: `(B, 3, H, W)`, from 0 to 1.
        factors: `(B, 3)`, as drawn for each image; 1 changes nothing.

    Returns:
        `(B, 3, H, W)`, from 0 to 1.
    """
    brightness, contrast, saturation = factors.to(images.dtype)[..., None, None, None].unbind(dim=1)
    images = (images * brightness).clamp(0, 1)
    mean = F.rgb_to_grayscale(images).mean(dim=(1, 2, 3), keepdim=True)
    images = mean.lerp(images, contrast).clamp(0, 1)
    return F.rgb_to_grayscale(images).lerp(images, saturation).clamp(0, 1)
