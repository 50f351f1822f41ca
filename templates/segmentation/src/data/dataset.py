"""Images with masks as samples and batches."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from ..config.errors import UserError
from .images import read_image
from .readers import IGNORED, Sample, read_mask


class AnnotatedImages(Dataset[dict[str, Any]]):
    """Items are `{"image": (3, S, S) float32 from 0 to 1, "mask": (S, S) int64 class indices, 255 being ignored}`."""

    def __init__(self, samples: list[Sample], classes: list[str], transform: Callable[[Any], Any]) -> None:
        self.samples = samples
        self.classes = classes
        self.transform = transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.samples[index]
        image = tv_tensors.Image(read_image(sample.image))
        mask = load_classes(sample, len(self.classes))
        if mask.shape != image.shape[-2:]:
            height, width = image.shape[-2:]
            raise UserError(
                f"{sample.mask} has {mask.shape[1]}x{mask.shape[0]} pixels, but its image {width}x{height}: they must be equal"
            )
        return self.transform({"image": image, "mask": tv_tensors.Mask(mask)})


def load_classes(sample: Sample, classes: int) -> Tensor:
    """The class of each pixel, `(H, W)`, uint8.

    Raises:
        UserError: If the mask has a value that is no class.
    """
    mask = torch.from_numpy(read_mask(sample.mask).copy())
    valid = (mask == 0) | (mask == IGNORED) if sample.binary else (mask < classes) | (mask == IGNORED)
    if not valid.all():
        expected = "only 0 and 255, as in the other masks" if sample.binary else f"0 to {classes - 1}, or 255 for pixels to ignore"
        raise UserError(f"{sample.mask} has the value {int(mask[~valid][0])}: expected {expected}")
    return mask // IGNORED if sample.binary else mask


def collate(items: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Makes the batch `{"image": (B, 3, S, S) float32, "mask": (B, S, S) int64}`."""
    return {
        "image": torch.stack([item["image"].as_subclass(Tensor) for item in items]),
        "mask": torch.stack([item["mask"].as_subclass(Tensor) for item in items]).long(),
    }
