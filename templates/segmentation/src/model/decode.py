"""From the outputs of the network to predictions."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..data.input_size import fitted_size


def decode(outputs: Tensor, sizes: Sequence[tuple[int, int]], image_size: tuple[int, int]) -> list[dict[str, Tensor]]:
    """The class of each pixel of each image, at the size of its file.

    Args:
        outputs: Logits, `(B, classes, h, w)`.
        sizes: Height and width of each image file; that of the input gives masks of the input.
        image_size: Height `h` and width `w` of the input, in pixels.

    Returns:
        For each image `{"mask": (H, W)}`, uint8.
    """
    return [{"mask": classes_on_image(logits, size, image_size)} for logits, size in zip(outputs.float(), sizes, strict=True)]


def classes_on_image(logits: Tensor, size: tuple[int, int], image_size: tuple[int, int]) -> Tensor:
    """Takes the scores of the input back to the image it was made from.

    Args:
        logits: `(classes, h, w)`, of the input.
        size: Height and width of the image.
        image_size: Height and width of the input.

    Returns:
        The class of each pixel of the image, `(H, W)`, uint8.
    """
    height, width = fitted_size(*size, image_size)
    content = logits[:, :height, :width]
    if (height, width) == tuple(size):
        return content.argmax(dim=0).to(torch.uint8)
    # One class after the other: the scores of all classes would take gigabytes at the size of a photo.
    scaled = (F.interpolate(scores[None, None], tuple(size), mode="bilinear", antialias=True)[0, 0] for scores in content)
    best = next(scaled)
    classes = torch.zeros_like(best, dtype=torch.uint8)
    for index, scores in enumerate(scaled, start=1):
        classes[scores > best] = index
        torch.maximum(best, scores, out=best)
    return classes
