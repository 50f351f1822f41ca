"""From an image of any size to the square image that the model sees."""

from torchvision.transforms import v2

from .colors import draw_colors
from .crop import RandomCrop
from .letterbox import FitSquare

SMALLEST_PART = 0.6  # of the area of an image that a crop leaves


def train_transform(size: int) -> v2.Transform:
    """Random crop, flip and colors, which are drawn here and changed later; ends as `(3, size, size)`, uint8."""
    return v2.Compose([RandomCrop(SMALLEST_PART), v2.RandomHorizontalFlip(), FitSquare(size), draw_colors])


def eval_transform(size: int) -> v2.Transform:
    """The whole image; ends as `(3, size, size)`, uint8."""
    return FitSquare(size)
