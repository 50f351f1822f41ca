"""Pictures of predictions."""

import colorsys
from typing import Any

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torchvision.transforms.v2 import functional as F

READABLE_WIDTH = 256  # pixels; narrower pictures are enlarged,
LONGEST_SIDE = 2048  # but not beyond this
GOLDEN = 0.618  # consecutive classes get distant hues
LABEL = 13  # pixels; the size of names of true boxes
TRUTH = (255, 255, 255)


def class_color(index: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(index * GOLDEN % 1, 0.85, 0.9)
    return int(red * 255), int(green * 255), int(blue * 255)


def draw_prediction(
    image: Tensor, prediction: dict[str, Tensor], classes: list[str], truth: dict[str, Any] | None = None
) -> Image.Image:
    """Draws the predicted boxes in the color of their class, with name and score; true boxes are thin and white.

    Args:
        image: `(3, H, W)`, uint8, or float32 from 0 to 1.
        prediction: `boxes` `(N, 4)` xyxy in pixels of the image, `scores` `(N,)`, `labels` `(N,)`.
        classes: Class names, by index.
        truth: `{"boxes": (M, 4)}` if it is known.
    """
    picture = F.to_pil_image(F.to_dtype(image.cpu(), torch.uint8, scale=True))
    factor = max(1, min(-(-READABLE_WIDTH // picture.width), LONGEST_SIDE // max(picture.size)))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(picture)
    if truth is not None:
        for box in (truth["boxes"] * factor).tolist():
            draw.rectangle(box, outline=TRUTH)
    line = max(2, max(picture.size) // 250)
    size = max(12, max(picture.size) // 40)
    font = ImageFont.load_default(size)
    best_last = reversed(
        list(zip((prediction["boxes"] * factor).tolist(), prediction["scores"], prediction["labels"], strict=True))
    )
    for box, score, label in best_last:
        color = class_color(int(label))
        draw.rectangle(box, outline=color, width=line)
        text = f"{classes[int(label)]} {float(score):.2f}"
        corner = (box[0], max(0, box[1] - size * 1.3))
        draw.rectangle(draw.textbbox(corner, text, font=font), fill=color)
        draw.text(corner, text, fill="black", font=font)
    return picture


def truth_on_square(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The truth of each image in a batch, as `draw_prediction` takes it."""
    return [{"boxes": boxes} for boxes in batch["boxes"]]


def draw_labels(item: dict[str, Any], classes: list[str]) -> Image.Image:
    """Draws the boxes of an item of `AnnotatedImages`, each in the color and with the name of its class."""
    picture = F.to_pil_image(F.to_dtype(item["image"], torch.uint8, scale=True))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(LABEL)
    for box, label in zip(item["boxes"].tolist(), item["labels"].tolist(), strict=True):
        color = class_color(label)
        draw.rectangle(box, outline=color, width=2)
        corner = (min(box[0], picture.width - draw.textlength(classes[label], font=font)), max(0, box[1] - LABEL * 1.3))
        draw.rectangle(draw.textbbox(corner, classes[label], font=font), fill=color)
        draw.text(corner, classes[label], fill="black", font=font)
    return picture
