"""Images with boxes as samples and batches."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from .images import read_image
from .readers import Sample


class AnnotatedImages(Dataset[dict[str, Any]]):
    """Items are `{"image": (3, S, S) float32 from 0 to 1, "boxes": (N, 4) xyxy in pixels of the item, "labels": (N,)}`."""

    def __init__(self, samples: list[Sample], classes: list[str], transform: Callable[[Any], Any]) -> None:
        self.samples = samples
        self.classes = classes
        self.transform = transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.samples[index]
        image = tv_tensors.Image(read_image(sample.image))
        boxes = torch.tensor(sample.boxes, dtype=torch.float32).reshape(-1, 4)
        height, width = image.shape[-2:]
        return self.transform(
            {
                "image": image,
                "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(height, width)),  # pyright: ignore[reportCallIssue]
                "labels": torch.tensor(sample.labels, dtype=torch.int64),
            }
        )


def collate(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes the batch `{"image": (B, 3, S, S) float32, "boxes": B of (N, 4) float32 xyxy, "labels": B of (N,) int64}`."""
    return {
        "image": torch.stack([item["image"].as_subclass(Tensor) for item in items]),
        "boxes": [item["boxes"].as_subclass(Tensor) for item in items],
        "labels": [item["labels"] for item in items],
    }
