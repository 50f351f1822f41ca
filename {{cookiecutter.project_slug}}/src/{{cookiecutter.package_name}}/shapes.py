"""Draws the small pictures of the sample data set: shapes on uneven backgrounds."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ["circle", "cross", "ring", "square", "triangle"]
OVERSAMPLING = 4  # shapes are drawn larger and scaled down, which smooths their edges


def background(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Soft random colours with grain and a few thin lines."""
    coarse = rng.integers(0, 256, (rng.integers(2, 5), rng.integers(2, 5), 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    grain = rng.normal(0, rng.uniform(2, 14), (height, width, 1))
    image = Image.fromarray(np.clip(smooth * 0.7 + 40 + grain, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(0, 4)):
        ends = rng.uniform(0, 1, 4) * [width, height, width, height]
        draw.line([float(end) for end in ends], fill=tuple(int(c) for c in rng.integers(0, 256, 3)))
    return image


def add_shape(rng: np.random.Generator, image: Image.Image, kind: str, radius: float) -> np.ndarray:
    """Draws a shape of a random colour, angle and position into `image`.

    Args:
        rng: Source of the choices.
        image: Is changed.
        kind: One of `KINDS`.
        radius: Of the circle around the shape, in pixels; the whole shape lies inside the image.

    Returns:
        Where the shape is, `(H, W)`, bool.
    """
    width, height = image.size
    x, y = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
    below = np.asarray(image)[int(y), int(x)].astype(int)
    colour = rng.integers(0, 256, 3)
    while np.abs(colour - below).sum() < 200:
        colour = rng.integers(0, 256, 3)

    mask = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    _draw_mask(ImageDraw.Draw(mask), kind, x * OVERSAMPLING, y * OVERSAMPLING, radius * OVERSAMPLING, rng.uniform(0, math.tau))
    mask = mask.resize((width, height), Image.Resampling.BOX)
    image.paste(tuple(int(c) for c in colour), (0, 0), mask)
    return np.asarray(mask) > 127


def _draw_mask(draw: ImageDraw.ImageDraw, kind: str, x: float, y: float, radius: float, angle: float) -> None:
    def around(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """Points given as (distance from the centre, turn), 1 being the radius and a full turn."""
        return [
            (x + radius * distance * math.cos(angle + turn * math.tau), y + radius * distance * math.sin(angle + turn * math.tau))
            for distance, turn in points
        ]

    circle = (x - radius, y - radius, x + radius, y + radius)
    match kind:
        case "circle":
            draw.ellipse(circle, fill=255)
        case "ring":
            draw.ellipse(circle, outline=255, width=max(1, round(radius * 0.4)))
        case "square":
            draw.polygon(around([(1, turn / 4) for turn in range(4)]), fill=255)
        case "triangle":
            draw.polygon(around([(1, turn / 3) for turn in range(3)]), fill=255)
        case "cross":
            for turn in (0, 0.25):
                draw.polygon(around([(1, turn - 0.05), (1, turn + 0.05), (1, turn + 0.45), (1, turn + 0.55)]), fill=255)


def write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a folder that gets its name only when it is complete."""
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write(partial)
    partial.rename(folder)
