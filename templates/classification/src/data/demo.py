"""Writes the demo images: class folders with one shape in each image."""

from pathlib import Path

import numpy as np

from .shapes import KINDS, add_shape, background, write_whole


def write_demo(root: Path, images: int = 1000, seed: int = 0) -> None:
    """Writes `root/<class>/<number>.jpg`.

    Args:
        root: Must not exist.
        images: How many, evenly over the classes.
        seed: The same seed writes the same images.
    """

    def write(folder: Path) -> None:
        rng = np.random.default_rng(seed)
        for number in range(images):
            kind = KINDS[number % len(KINDS)]
            width, height = (int(side) for side in rng.integers(72, 121, 2))
            image = background(rng, width, height)
            add_shape(rng, image, kind, min(width, height) * rng.uniform(0.25, 0.48), np.zeros((height, width), dtype=bool))
            path = folder / kind / f"{number:04}.jpg"
            path.parent.mkdir(exist_ok=True)
            image.save(path, quality=92)

    write_whole(root, write)
