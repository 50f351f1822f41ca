"""Changes of an item that its image shares with what belongs to it."""

from collections.abc import Callable
from typing import Any

import torch
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
