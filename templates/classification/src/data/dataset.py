"""Labeled images as samples and batches."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from .images import read_image
from .readers import Sample


class AnnotatedImages(Dataset[dict[str, Any]]):
    """Items are `{"image": (3, S, S) float32 from 0 to 1, "label": int}`."""

    def __init__(self, samples: list[Sample], classes: list[str], transform: Callable[[Any], Any]) -> None:
        self.samples = samples
        self.classes = classes
        self.transform = transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.samples[index]
        return self.transform({"image": tv_tensors.Image(read_image(sample.image)), "label": sample.label})


def collate(items: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Makes the batch `{"image": (B, 3, S, S) float32, "label": (B,) int64}`."""
    return {
        "image": torch.stack([item["image"].as_subclass(Tensor) for item in items]),
        "label": torch.tensor([item["label"] for item in items]),
    }
