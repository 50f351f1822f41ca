"""From an image of any size and its mask to the square image that the model sees."""

from typing import Any

from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from .colors import draw_colors
from .crop import RandomCrop
from .letterbox import FitSquare
from .masks import IGNORED

SMALLEST_PART = 0.5  # of the area of an image that a crop leaves
MASK_FILL = {tv_tensors.Mask: IGNORED}


def train_transform(size: int) -> v2.Transform:
    """Random crop, flip and colors, which are drawn here and changed later.

    Ends as `(3, size, size)`, uint8, and a mask `(size, size)`.
    """
    return v2.Compose([RandomCrop(SMALLEST_PART), v2.RandomHorizontalFlip(), FitSquare(size, MASK_FILL), draw_colors])


def eval_transform(size: int) -> v2.Transform:
    """The whole image; ends as `(3, size, size)`, uint8, and a mask `(size, size)` that ignores the borders.

    The mask as it was is kept as `"truth"`.
    """
    return v2.Compose([keep_truth, FitSquare(size, MASK_FILL)])


def keep_truth(item: dict[str, Any]) -> dict[str, Any]:
    """Adds the mask as a plain tensor, which other transforms pass by."""
    return {**item, "truth": item["mask"].as_subclass(Tensor)}
