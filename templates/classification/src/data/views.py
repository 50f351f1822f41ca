"""What a model sees of images: each as a whole."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .item import from_0_to_1, stack
from .reduction import Detail

Transform = Callable[[Any], Any]
Collate = Callable[[list[dict[str, Any]]], dict[str, Any]]


class Views(NamedTuple):
    """How images are seen that are not augmented.

    Attributes:
        image_size: Height and width of the input.
        batch_size: Most images that are seen at once.
    """

    image_size: tuple[int, int]
    batch_size: int

    def detail(self, part: float = 1) -> Detail:
        """What is seen of an image, if it is no less than a part of its area."""
        return Detail(self.image_size, part)

    def times(self, heights: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """How often images come in an epoch."""
        return np.ones_like(heights)

    def passes(self, heights: np.ndarray, widths: np.ndarray) -> float:
        """How many batches the network sees for each that `loading` makes."""
        return 1.0

    def transform(self, to_input: Transform, collate: Collate) -> Transform:
        """From the item of an image to what `collate` takes."""
        return to_input

    def loading(self, collate: Collate) -> dict[str, Any]:
        """How a `DataLoader` makes batches of annotated images."""
        return {"batch_size": self.batch_size, "collate_fn": collate}


def join(images: list[Any]) -> Tensor:
    """What was made of images, for a batch: `(B, 3, h, w)`, uint8; B may be 0."""
    return stack(images) if images else torch.empty(0, 3, 1, 1, dtype=torch.uint8)


def parts(batch: dict[str, Any], device: torch.device) -> Iterator[dict[str, Any]]:
    """The batches that the network sees of a batch, on its device, of numbers from 0 to 1."""
    yield {**batch, "image": from_0_to_1(batch["image"])}
