"""Pictures of predictions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from .pixels import as_picture

READABLE_WIDTH = 192  # pixels; narrower pictures are enlarged,
LONGEST_SIDE = 2048  # but not beyond this
NOTHING = "no label"
RIGHT, WRONG, NEUTRAL = (30, 130, 60), (190, 40, 40), (50, 50, 60)


def draw_prediction(
    image: ArrayLike, prediction: Mapping[str, Any], classes: list[str], truth: Mapping[str, Any] | None = None
) -> Image.Image:
    """Puts a line below the image: the predicted labels, their probabilities, and the true labels if they are others.

    All are arrays, or tensors on the CPU.

    Args:
        image: `(3, H, W)`, uint8, or float32 from 0 to 1.
        prediction: `{"probabilities": (classes,), "labels": (classes,) bool}`.
        classes: Class names, by index.
        truth: `{"label": (classes,)}` if it is known; the line is then green or red.
    """
    picture = as_picture(image)
    factor = max(1, min(-(-READABLE_WIDTH // picture.width), LONGEST_SIDE // max(picture.size)))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    predicted, probabilities = _indices(prediction["labels"]), prediction["probabilities"]
    text, color = ", ".join(f"{classes[index]} {probabilities[index]:.2f}" for index in predicted) or NOTHING, NEUTRAL
    if truth is not None:
        true = _indices(truth["label"])
        color = RIGHT if true == predicted else WRONG
        text += "" if true == predicted else f" (is {', '.join(classes[index] for index in true) or NOTHING})"
    return _with_line(picture, text, color)


def _with_line(picture: Image.Image, text: str, color: tuple[int, int, int]) -> Image.Image:
    width = max(picture.width, READABLE_WIDTH)
    size = width // 16
    font = ImageFont.load_default(size)
    height = int(size * 1.6)
    framed = Image.new("RGB", (width, picture.height + height), color)
    framed.paste(picture, (0, 0))
    ImageDraw.Draw(framed).text((height // 4, picture.height + height // 8), text, fill="white", font=font)
    return framed


def _indices(labels: ArrayLike) -> list[int]:
    return np.flatnonzero(np.asarray(labels)).tolist()


def truth_on_input(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The truth of each image in a batch, as `draw_prediction` takes it."""
    return [{"label": label} for label in batch["label"]]


def draw_labels(item: dict[str, Any], classes: list[str]) -> Image.Image:
    """An item of `AnnotatedImages`; its classes stand beside the picture, not in it, but how they are mixed stands below."""
    picture = as_picture(item["image"])
    label = np.asarray(item["label"])
    if np.array_equal(label, label.round()):
        return picture
    parts = [f"{classes[index]} {label[index]:.2f}" for index in _indices(label)]
    return _with_line(picture, ", ".join(parts), NEUTRAL)
