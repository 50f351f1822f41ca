"""Writes the demo images: images, index masks and class names, with several, overlapping shapes in each image."""

from pathlib import Path

import numpy as np
from PIL import Image

from .shapes import KINDS, add_shape, background, write_whole

MOST_SHAPES = 4


def write_demo(root: Path, images: int = 500, seed: int = 0) -> None:
    """Writes `root/images/<number>.jpg`, `root/masks/<number>.png` and `root/classes.txt`.

    Args:
        root: Must not exist.
        images: How many; each has none to four shapes.
        seed: The same seed writes the same images.
    """

    def write(folder: Path) -> None:
        rng = np.random.default_rng(seed)
        (folder / "images").mkdir()
        (folder / "masks").mkdir()
        for number in range(images):
            width, height = (int(side) for side in rng.integers(96, 161, 2))
            image = background(rng, width, height)
            taken = np.zeros((height, width), dtype=bool)
            mask = np.zeros((height, width), dtype=np.uint8)
            for radius in sorted(
                rng.uniform(12, 40, rng.integers(0, MOST_SHAPES + 1)), reverse=True
            ):  # small shapes lie on large ones
                category = int(rng.integers(len(KINDS)))
                drawn = add_shape(rng, image, KINDS[category], radius, taken)
                if drawn is not None:
                    mask[drawn] = category + 1
            image.save(folder / "images" / f"{number:04}.jpg", quality=92)
            Image.fromarray(mask).save(folder / "masks" / f"{number:04}.png")
        (folder / "classes.txt").write_text("\n".join(["background", *KINDS]) + "\n")

    write_whole(root, write)
