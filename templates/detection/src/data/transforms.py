"""From an image of any size and its boxes to the input of the network."""

from torchvision.transforms import v2

from .colors import draw_colors
from .crop import RandomCrop
from .letterbox import Letterbox

SMALLEST_PART = 0.4  # of the area of an image that a crop leaves
SMALLEST_BOX = 1.0  # pixels; smaller boxes have no area to learn from; they still count, as the truth


def train_transform(image_size: tuple[int, int], tile: int = 0) -> v2.Transform:
    """Random crop, of a tile where there are such, flip and colors, which are drawn here and changed later.

    Ends as `(3, *image_size)`, uint8, with `xyxy` boxes in it.
    """
    part = [v2.ClampBoundingBoxes(), RandomCrop(SMALLEST_PART, image_size, tile), v2.RandomHorizontalFlip()]
    return v2.Compose([*part, *_to_input(image_size), draw_colors])


def eval_transform(image_size: tuple[int, int]) -> v2.Transform:
    """The whole image; ends as `(3, *image_size)`, uint8, with `xyxy` boxes in it."""
    return v2.Compose([v2.ClampBoundingBoxes(), *_to_input(image_size)])


def _to_input(image_size: tuple[int, int]) -> list[v2.Transform]:
    return [Letterbox(image_size), v2.SanitizeBoundingBoxes(min_size=SMALLEST_BOX)]
