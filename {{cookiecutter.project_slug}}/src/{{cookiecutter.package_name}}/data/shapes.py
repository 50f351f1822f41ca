"""Draws the small demo images: shapes on uneven backgrounds."""

import colorsys
import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ["cross", "disc", "triangle"]
LARGEST_TILT = 0.3  # radians
HUE_SPREAD = 0.17  # of the whole circle, to each side
LARGEST_OVERLAP = 0.2  # part of a shape that may lie on earlier ones
LEAST_CONTRAST = 150  # sum over the three colors
SMOOTHING = 4  # shapes are drawn larger and scaled down, which smooths their edges


def background(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Soft random colors with grain and a few thin lines."""
    coarse = rng.integers(0, 256, (rng.integers(2, 5), rng.integers(2, 5), 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    grain = rng.normal(0, rng.uniform(2, 14), (height, width, 1))
    pixels = (smooth - 128) * rng.uniform(0.1, 0.5) + rng.uniform(60, 200) + grain
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(0, 4)):
        ends = rng.uniform(0, 1, 4) * [width, height, width, height]
        draw.line([float(end) for end in ends], fill=tuple(int(c) for c in rng.integers(0, 256, 3)))
    return image


def add_shape(rng: np.random.Generator, image: Image.Image, kind: str, radius: float, taken: np.ndarray) -> np.ndarray | None:
    """Draws a shape of a random color, angle and position into `image`.

    Args:
        rng: Source of the choices.
        image: Is changed.
        kind: One of `KINDS`.
        radius: Of the circle around the shape, in pixels; the whole shape lies inside the image.
        taken: Where earlier shapes are, `(H, W)`, bool; is changed. A shape may cover a part of them.

    Returns:
        Where the shape is, `(H, W)`, bool; None, and nothing is drawn, if no place was found for it.
    """
    width, height = image.size
    for _ in range(10):
        center = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
        mask = Image.new("L", (width * SMOOTHING, height * SMOOTHING))
        _draw_mask(ImageDraw.Draw(mask), kind, *center, radius, rng.uniform(-LARGEST_TILT, LARGEST_TILT))
        mask = mask.resize((width, height), Image.Resampling.BOX)
        inside = np.asarray(mask) > 127
        if (inside & taken).sum() <= LARGEST_OVERLAP * inside.sum():
            break
    else:
        return None
    below = np.asarray(image)[inside].mean(axis=0)
    color = _color(rng, kind)
    while np.abs(np.array(color) - below).sum() < LEAST_CONTRAST:
        color = _color(rng, kind)
    image.paste(color, (0, 0), mask)
    taken |= inside
    return inside


def _color(rng: np.random.Generator, kind: str) -> tuple[int, int, int]:
    """Each kind prefers a part of the color circle that touches its neighbors': form and color both tell."""
    hue = KINDS.index(kind) / len(KINDS) + rng.uniform(-HUE_SPREAD, HUE_SPREAD)
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, rng.uniform(0.5, 1), rng.uniform(0.4, 1))
    return int(red * 255), int(green * 255), int(blue * 255)


def _draw_mask(draw: ImageDraw.ImageDraw, kind: str, x: float, y: float, radius: float, angle: float) -> None:
    """Draws into a mask that is `SMOOTHING` times as large as the image that the position and radius are given for."""
    x, y, radius = x * SMOOTHING, y * SMOOTHING, radius * SMOOTHING

    def around(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """Points given as (distance from the center, turn), 1 being the radius and a full turn."""
        return [
            (x + radius * distance * math.cos(angle + turn * math.tau), y + radius * distance * math.sin(angle + turn * math.tau))
            for distance, turn in points
        ]

    circle = (x - radius, y - radius, x + radius, y + radius)
    match kind:
        case "disc":
            draw.ellipse(circle, fill=255)
        case "triangle":
            draw.polygon(around([(1, turn / 3 - 0.25) for turn in range(3)]), fill=255)
        case "cross":
            for turn in (0, 0.25):
                draw.polygon(around([(1, turn - 0.05), (1, turn + 0.05), (1, turn + 0.45), (1, turn + 0.55)]), fill=255)


def write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a folder that gets its name only when it is complete. Another process may do so at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-part-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent, ignore_cleanup_errors=True) as temporary:
        partial = Path(temporary, folder.name)
        try:
            partial.mkdir()
            write(partial)
            partial.rename(folder)
        except OSError:  # another process was first, and has removed what this one wrote
            if not folder.is_dir():
                raise
    for left in folder.parent.iterdir():  # by processes that were killed, or are too late
        if left.name.startswith(prefix):
            shutil.rmtree(left, ignore_errors=True)
