"""From an image of any size to the input of the network."""

from torchvision.transforms import v2

from .colors import draw_colors
from .crop import RandomCrop
from .letterbox import Letterbox

SMALLEST_PART = 0.6  # of the area of an image that a crop leaves


def train_transform(image_size: tuple[int, int]) -> v2.Transform:
    """Random crop, flip and colors, which are drawn here and changed later; ends as `(3, *image_size)`, uint8."""
    return v2.Compose([RandomCrop(SMALLEST_PART, image_size), v2.RandomHorizontalFlip(), Letterbox(image_size), draw_colors])


def eval_transform(image_size: tuple[int, int]) -> v2.Transform:
    """The whole image; ends as `(3, *image_size)`, uint8."""
    return Letterbox(image_size)
