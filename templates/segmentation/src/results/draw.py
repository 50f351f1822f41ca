"""Pictures of predictions."""

import colorsys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from ..data.input_size import GRAY
from ..data.masks import IGNORED
from .pixels import as_picture

READABLE_WIDTH = 192  # pixels; narrower pictures are enlarged,
LONGEST_SIDE = 2048  # but not beyond this
GOLDEN = 0.618  # consecutive classes get distant hues
OPACITY = 0.5
LABEL, LINE = 13, 18  # pixels; the size and the height of names of true classes


def class_color(index: int) -> tuple[int, int, int]:
    """Black for class 0, mostly the background; then distant hues; gray for ignored pixels."""
    if index == IGNORED:
        return GRAY, GRAY, GRAY
    red, green, blue = colorsys.hsv_to_rgb((index - 1) * GOLDEN % 1, 0.85, 0.9 if index else 0)
    return int(red * 255), int(green * 255), int(blue * 255)


def draw_prediction(
    image: ArrayLike, prediction: Mapping[str, Any], classes: list[str], truth: Mapping[str, Any] | None = None
) -> Image.Image:
    """Shows the image, the truth if it is known, and the colors of the predicted classes over the image, side by side.

    All are arrays, or tensors on the CPU.

    Args:
        image: `(3, H, W)`, uint8, or float32 from 0 to 1.
        prediction: `{"mask": (H, W)}`, class indices.
        classes: Class names, by index; those present are named below.
        truth: `{"mask": (H, W)}` if it is known.
    """
    plain = as_picture(image)
    masks = [prediction["mask"]] if truth is None else [truth["mask"], prediction["mask"]]
    panels = [plain, *(_overlay(plain, mask) for mask in masks)]
    factor = max(1, min(-(-READABLE_WIDTH // plain.width), LONGEST_SIDE // max(plain.size)))
    width, height = plain.width * factor, plain.height * factor

    size = max(12, width // 24)
    font = ImageFont.load_default(size)
    line = int(size * 1.6)
    picture = Image.new("RGB", (len(panels) * width, height + line), "white")
    for number, panel in enumerate(panels):
        picture.paste(panel.resize((width, height), Image.Resampling.NEAREST), (number * width, 0))
    draw = ImageDraw.Draw(picture)
    x = line / 4
    present = np.unique(np.concatenate([np.ravel(mask) for mask in masks])).tolist()
    for index in (each for each in present if each != IGNORED):
        draw.rectangle((x, height + line / 4, x + line / 2, height + 3 * line / 4), fill=class_color(index))
        draw.text((x + line * 0.7, height + line / 8), classes[index], fill="black", font=font)
        x += line * 1.2 + draw.textlength(classes[index], font=font)
    return picture


def truth_on_input(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The truth of each image in a batch, as `draw_prediction` takes it."""
    return [{"mask": mask} for mask in batch["mask"]]


def _overlay(picture: Image.Image, mask: ArrayLike) -> Image.Image:
    colors = np.array([class_color(index) for index in range(256)], dtype=np.uint8)
    return Image.blend(picture, Image.fromarray(colors[np.asarray(mask)]), OPACITY)


def draw_labels(item: dict[str, Any], classes: list[str]) -> Image.Image:
    """Lays the colors of the true classes over the image of an item of `AnnotatedImages`, and names them below."""
    plain = as_picture(item["image"])
    present = [index for index in np.unique(item["mask"]).tolist() if index != IGNORED]
    font = ImageFont.load_default(LABEL)
    picture = Image.new("RGB", (plain.width, plain.height + LINE * len(present)), "white")
    picture.paste(_overlay(plain, item["mask"]), (0, 0))
    draw = ImageDraw.Draw(picture)
    for y, index in enumerate(present):
        top = plain.height + LINE * y
        draw.rectangle((4, top + 4, LINE - 4, top + LINE - 4), fill=class_color(index))
        draw.text((LINE + 2, top + 2), classes[index], fill="black", font=font)
    return picture
