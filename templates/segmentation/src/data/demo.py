"""Writes the demo images: images, index masks and class names, with several, overlapping shapes in each image."""

from pathlib import Path

import numpy as np
from PIL import Image

from .scene import draw_scene
from .shapes import KINDS, write_whole


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
            image, shapes = draw_scene(rng)
            mask = np.zeros((image.height, image.width), dtype=np.uint8)
            for kind, inside in shapes:
                mask[inside] = kind + 1
            image.save(folder / "images" / f"{number:04}.jpg", quality=92)
            Image.fromarray(mask).save(folder / "masks" / f"{number:04}.png")
        (folder / "classes.txt").write_text("\n".join(["background", *KINDS]) + "\n")

    write_whole(root, write)
