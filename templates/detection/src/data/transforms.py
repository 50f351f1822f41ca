"""From an image of any size and its boxes to the square image that the model sees, and back."""

import torch
from torch import Tensor
from torchvision.ops import clip_boxes_to_image
from torchvision.transforms import v2

from .letterbox import FitSquare, fitted_size

SMALLEST_BOX = 1.0  # pixels; smaller boxes have no area to learn from; they still count, as the truth


def train_transform(size: int) -> v2.Transform:
    """Random colors, crop and flip; ends as `(3, size, size)`, float32 from 0 to 1, with `xyxy` boxes in it."""
    return v2.Compose(
        [
            v2.ClampBoundingBoxes(),
            v2.RandomApply([v2.RandomIoUCrop(min_scale=0.5)], p=0.5),
            v2.RandomHorizontalFlip(),
            *_to_square(size),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3, hue=0.02),
        ]
    )


def eval_transform(size: int) -> v2.Transform:
    """The whole image; ends as `(3, size, size)`, float32 from 0 to 1, with `xyxy` boxes in it."""
    return v2.Compose([v2.ClampBoundingBoxes(), *_to_square(size)])


def _to_square(size: int) -> list[v2.Transform]:
    return [FitSquare(size), v2.SanitizeBoundingBoxes(min_size=SMALLEST_BOX), v2.ToDtype(torch.float32, scale=True)]


def boxes_on_image(boxes: Tensor, image_size: int, height: int, width: int) -> Tensor:
    """Takes boxes from the square back to the image it was made from.

    Args:
        boxes: `(N, 4)`, xyxy, pixels of the square.
        image_size: Side of the square.
        height: Of the image.
        width: Of the image.

    Returns:
        `(N, 4)`, xyxy, pixels of the image, inside it.
    """
    fitted_height, fitted_width = fitted_size(height, width, image_size)
    x, y = width / fitted_width, height / fitted_height
    return clip_boxes_to_image(boxes * boxes.new_tensor([x, y, x, y]), (height, width))
