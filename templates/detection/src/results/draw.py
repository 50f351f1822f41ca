"""Pictures of predictions."""

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from .pixels import as_picture

READABLE_WIDTH = 256  # pixels; narrower pictures are enlarged,
LONGEST_SIDE = 2048  # but not beyond this
GOLDEN = 0.618  # consecutive classes get distant hues


def class_color(index: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(index * GOLDEN % 1, 0.85, 0.9)
    return int(red * 255), int(green * 255), int(blue * 255)


def draw_prediction(
    image: ArrayLike, prediction: Mapping[str, Any], classes: list[str], truth: Mapping[str, Any] | None = None
) -> Image.Image:
    """Draws the predicted boxes in the color of their class, with name and score; on the left, true ones in an image of their own.

    All are arrays, or tensors on the CPU.

    Args:
        image: `(3, H, W)`, uint8, or float32 from 0 to 1.
        prediction: `boxes` `(N, 4)` xyxy in pixels of the image, `scores` `(N,)`, `labels` `(N,)`.
        classes: Class names, by index.
        truth: `{"boxes": (M, 4), "labels": (M,)}` if it is known.
    """
    labels = prediction["labels"].tolist()
    texts = [f"{classes[label]} {score:.2f}" for label, score in zip(labels, prediction["scores"].tolist(), strict=True)]
    found = draw_boxes(image, prediction["boxes"], [class_color(label) for label in labels], texts)
    if truth is None:
        return found
    labels = truth["labels"].tolist()
    true = draw_boxes(image, truth["boxes"], [class_color(label) for label in labels], [classes[label] for label in labels])
    both = Image.new("RGB", (2 * found.width, found.height))
    both.paste(true, (0, 0))
    both.paste(found, (found.width, 0))
    return both


def draw_boxes(image: ArrayLike, boxes: ArrayLike, colors: Sequence[tuple[int, int, int]], texts: Sequence[str]) -> Image.Image:
    """Draws boxes on an image, enlarged if it is small; a text only where it hides no other.

    Args:
        image: `(3, H, W)`, uint8, or float32 from 0 to 1.
        boxes: `(N, 4)` xyxy in pixels of the image, the most important first.
        colors: Of each box.
        texts: Of each box; may be empty.
    """
    picture = as_picture(image)
    factor = max(1, min(-(-READABLE_WIDTH // picture.width), LONGEST_SIDE // max(picture.size)))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    corners = np.sort((np.asarray(boxes) * factor).reshape(-1, 2, 2), axis=1)  # annotations may have negative sides
    draw, places = ImageDraw.Draw(picture), corners.reshape(-1, 4).tolist()
    for place, color in reversed([*zip(places, colors, strict=True)]):
        draw.rectangle(place, outline=color, width=-(-max(picture.size) // 400))
    size = max(11, max(picture.size) // 45)
    font, height = ImageFont.load_default(size), size * 1.3
    taken: list[tuple[float, float, float, float]] = []
    for (left, top, _, bottom), color, text in zip(places, colors, texts, strict=True):
        width = draw.textlength(text, font=font)
        start = max(0, min(left, picture.width - width))
        for y in (top - height, bottom + 1, top + 1):  # above, below, inside
            label = (start, y, start + width, y + height)
            if text and y >= 0 and label[3] <= picture.height and not any(_overlap(label, other) for other in taken):
                draw.rectangle(label, fill=color)
                draw.text((start, y), text, fill="black", font=font)
                taken.append(label)
                break
    return picture


def _overlap(first: Sequence[float], second: Sequence[float]) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def truth_on_input(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The truth of each image in a batch, as `draw_prediction` takes it."""
    return [{"boxes": boxes, "labels": labels} for boxes, labels in zip(batch["boxes"], batch["labels"], strict=True)]


def draw_labels(item: dict[str, Any], classes: list[str]) -> Image.Image:
    """Draws the boxes of an item of `AnnotatedImages`, each in the color and with the name of its class."""
    labels = item["labels"].tolist()
    return draw_boxes(item["image"], item["boxes"], [class_color(label) for label in labels], [classes[label] for label in labels])
