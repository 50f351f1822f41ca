"""From an image of any size and its mask to the input of the network."""

from typing import Any

from torchvision import tv_tensors
from torchvision.transforms import v2

from .colors import draw_colors
from .crop import RandomCrop
from .letterbox import Letterbox
from .masks import IGNORED
from .targets import truth_in

SMALLEST_PART = 0.5  # of the area of an image that a crop leaves
MASK_FILL = {tv_tensors.Mask: IGNORED}


def train_transform(image_size: tuple[int, int], tile: int = 0) -> v2.Transform:
    """Random crop, of a tile where there are such, flip and colors, which are drawn here and changed later.

    Ends as `(3, *image_size)`, uint8, and a mask of the same size.
    """
    part = [RandomCrop(SMALLEST_PART, image_size, tile), v2.RandomHorizontalFlip()]
    return v2.Compose([*part, Letterbox(image_size, MASK_FILL), draw_colors])


def eval_transform(image_size: tuple[int, int]) -> v2.Transform:
    """The whole image; ends as `(3, *image_size)`, uint8, and a mask of the same size that ignores the borders.

    The mask as it was is kept as `"truth"`.
    """
    return v2.Compose([keep_truth, Letterbox(image_size, MASK_FILL)])


def keep_truth(item: dict[str, Any]) -> dict[str, Any]:
    """Adds the mask as a plain tensor, which other transforms pass by."""
    return {**item, "truth": truth_in(item)}
