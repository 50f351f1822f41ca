"""What is to be learned of an image: the class of each pixel."""

from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors

from .example import Example
from .masks import read_classes

COUNTED = "a pixel that is not ignored"


def counts(example: Example, classes: list[str]) -> bool:
    """Whether metrics count anything of an example: ignored pixels do not count."""
    return bool(example.strata)


def classes_in(example: Example) -> set[int]:
    """The classes that are certainly lost without an example: none, since any may be in other masks, too."""
    return set()


def load_target(example: Example, classes: list[str], height: int, width: int) -> dict[str, Any]:
    """Gives `{"mask": (H, W) uint8 class indices}`, 255 being ignored.

    Raises:
        UserError: If the mask has a value that is no class, or is not as large as the image.
    """
    return {"mask": tv_tensors.Mask(torch.from_numpy(read_classes(example, height, width)))}


def truth_in(item: dict[str, Any]) -> Tensor:
    """What is counted of an image: its mask `(H, W)`, as it is in the file."""
    return item["mask"].as_subclass(Tensor)


def collate_targets(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes `"mask"` `(B, h, w)` and, if it was kept, the `"truth"`: a list of `(H, W)` in pixels of the files. All are uint8."""
    targets: dict[str, Any] = {"mask": torch.stack([item["mask"].as_subclass(Tensor) for item in items])}
    if all("truth" in item for item in items):
        targets["truth"] = [item["truth"] for item in items]
    return targets
