"""Writes drawn street scenes and their masks, for `learn.py` in a project of segmentation, with common, rare and thin classes.

Usage: uv run python <template>/benchmarks/streets.py FOLDER [COUNT]

Scenes have 480 by 360 pixels and twelve classes. A shape has any color, so only its form and place tell what it is.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 480, 360
CLASSES = (
    "sky", "building", "window", "pole", "road", "marking", "pavement", "tree", "sign", "fence", "car", "person",
)  # fmt: skip
GRAIN = 12.0  # of a byte
Point = tuple[float, float]


class Scene:
    """A street that leads to a point on the horizon, from the far end to the near one."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.image, self.mask = Image.new("RGB", (WIDTH, HEIGHT), self._color()), Image.new("L", (WIDTH, HEIGHT))
        self.horizon, self.middle = float(rng.uniform(0.35, 0.55) * HEIGHT), float(rng.uniform(0.35, 0.65) * WIDTH)
        self.half_road = float(rng.uniform(0.5, 0.9) * WIDTH)  # of the road, where it is nearest
        self._ground()
        for side in (-1, 1):
            self._buildings(side)
        for depth in np.sort(rng.uniform(0.1, 0.9, rng.integers(8, 16))):
            draw = (self._tree, self._pole, self._sign, self._fence, self._car, self._person)[int(rng.integers(6))]
            draw(float(depth))

    def _color(self) -> tuple[int, ...]:
        return tuple(self.rng.integers(30, 226, 3).tolist())

    def _fill(self, name: str, shape: str, points: Sequence[Point], color: tuple[int, ...] | None = None) -> None:
        for canvas, fill in ((self.image, color or self._color()), (self.mask, CLASSES.index(name))):
            getattr(ImageDraw.Draw(canvas), shape)(list(points), fill=fill)

    def _at(self, depth: float, across: float) -> Point:
        """A place on the ground: `depth` is 0 on the horizon, 1 at the lower edge, `across` -1 and 1 beside the road."""
        return self.middle + across * self.half_road * depth, self.horizon + depth * (HEIGHT - self.horizon)

    def _strip(self, name: str, left: float, right: float, start: float = 0.0, end: float = 1.0) -> None:
        corners = [self._at(start, left), self._at(start, right), self._at(end, right), self._at(end, left)]
        self._fill(name, "polygon", corners)

    def _ground(self) -> None:
        for name, half in (("pavement", 9.0), ("road", 1.0)):
            self._strip(name, -half, half)
        for start in np.arange(0.1, 1.0, 0.2).tolist():
            self._strip("marking", -0.04, 0.04, start, start + 0.1)

    def _buildings(self, side: int) -> None:
        start = 0.02
        while start < 1:
            end = start + float(self.rng.uniform(0.1, 0.3))
            (left, low), (right, _) = self._at(start, 2.0 * side), self._at(end, 2.0 * side)
            left, right = sorted((left, right))
            top = low - (low - self.horizon + 25) * float(self.rng.uniform(1.2, 3.0)) - 20
            self._fill("building", "rectangle", [(left, top), (right, low)])
            color, pane = self._color(), max(4.0, (right - left) / 6)
            for x in np.arange(left + pane / 2, right - pane, 2 * pane).tolist():
                for y in np.arange(top + pane, low - 2 * pane, 2 * pane).tolist():
                    self._fill("window", "rectangle", [(x, y), (x + pane, y + pane)], color)
            start = end

    def _beside(self, depth: float) -> tuple[float, float, float]:
        """A place on the pavement, and how many pixels a person there is high."""
        side = 1 if self.rng.random() < 0.5 else -1
        x, y = self._at(depth, side * float(self.rng.uniform(1.1, 1.8)))
        return x, y, 30 + 110 * depth

    def _tree(self, depth: float) -> None:
        x, y, size = self._beside(depth)
        self._fill("tree", "rectangle", [(x - size / 12, y - size), (x + size / 12, y)])
        color, half = self._color(), size / 2
        for dx, dy in self.rng.uniform(-0.4, 0.4, (5, 2)).tolist():
            crown_x, crown_y = x + dx * size, y - (1.5 + dy) * size
            self._fill("tree", "ellipse", [(crown_x - half, crown_y - half), (crown_x + half, crown_y + half)], color)

    def _pole(self, depth: float) -> None:
        x, y, size = self._beside(depth)
        self._fill("pole", "rectangle", [(x - size / 25, y - 2.2 * size), (x + size / 25, y)])

    def _sign(self, depth: float) -> None:
        x, y, size = self._beside(depth)
        self._fill("pole", "rectangle", [(x - size / 30, y - 1.4 * size), (x + size / 30, y)])
        self._fill("sign", "ellipse", [(x - size / 5, y - 1.7 * size), (x + size / 5, y - 1.3 * size)])

    def _fence(self, depth: float) -> None:
        x, y, size = self._beside(depth)
        color = self._color()
        for number in range(8):
            left = x + number * size / 6
            self._fill("fence", "rectangle", [(left, y - size / 2), (left + size / 12, y)], color)
        for height in (0.4, 0.15):
            self._fill("fence", "rectangle", [(x, y - height * size), (x + 1.25 * size, y - (height - 0.06) * size)], color)

    def _car(self, depth: float) -> None:
        x, y = self._at(depth, float(self.rng.uniform(-0.8, 0.8)))
        wide, high = 30 + 130 * depth, 22 + 90 * depth
        color = self._color()
        self._fill("car", "rectangle", [(x - wide / 2, y - 0.65 * high), (x + wide / 2, y - 0.15 * high)], color)
        roof = [(x + across * wide, y - up * high) for across, up in ((-0.4, 0.6), (-0.25, 1.0), (0.25, 1.0), (0.4, 0.6))]
        self._fill("car", "polygon", roof)
        for side in (-0.3, 0.3):
            middle = x + side * wide
            self._fill("car", "ellipse", [(middle - high / 6, y - high / 3), (middle + high / 6, y)], (20, 20, 20))

    def _person(self, depth: float) -> None:
        x, y, size = self._beside(depth)
        for left in (-0.16, 0.04):
            self._fill("person", "rectangle", [(x + left * size, y - 0.5 * size), (x + (left + 0.12) * size, y)])
        self._fill("person", "ellipse", [(x - 0.2 * size, y - 0.88 * size), (x + 0.2 * size, y - 0.4 * size)])
        self._fill("person", "ellipse", [(x - 0.1 * size, y - 1.06 * size), (x + 0.1 * size, y - 0.84 * size)])


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    rng = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        scene = Scene(rng)
        pixels = np.asarray(scene.image) + rng.normal(0, GRAIN, (HEIGHT, WIDTH, 1))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "images" / f"{number:03}.jpg", quality=90)
        scene.mask.save(folder / "masks" / f"{number:03}.png")
    (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n")


if __name__ == "__main__":
    main()
