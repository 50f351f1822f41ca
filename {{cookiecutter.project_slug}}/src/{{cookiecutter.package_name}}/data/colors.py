"""Random colors, for the whole batch at once on its device: for each image in a worker, it would take longer than all else."""

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

STRENGTH = 0.3  # most change of brightness, contrast and saturation


def draw_colors(item: dict[str, Any]) -> dict[str, Any]:
    """Adds how the colors of an image shall change: `"colors"`, the factors of its brightness, contrast and saturation, `(3,)`."""
    return {**item, "colors": 1 + STRENGTH * (2 * torch.rand(3) - 1)}


def change_colors(images: Tensor, factors: Tensor) -> Tensor:
    """Changes brightness, then contrast, then saturation.

    Args:
        images: `(B, 3, H, W)`, from 0 to 1.
        factors: `(B, 3)`, as drawn for each image; 1 changes nothing.

    Returns:
        `(B, 3, H, W)`, from 0 to 1.
    """
    brightness, contrast, saturation = factors[..., None, None, None].unbind(dim=1)
    images = (images * brightness).clamp(0, 1)
    mean = F.rgb_to_grayscale(images).mean(dim=(1, 2, 3), keepdim=True)
    images = mean.lerp(images, contrast).clamp(0, 1)
    return F.rgb_to_grayscale(images).lerp(images, saturation).clamp(0, 1)
