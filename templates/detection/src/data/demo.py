"""Writes the demo images: COCO JSON with several, overlapping shapes in each image."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .shapes import KINDS, add_shape, background, write_whole

MOST_SHAPES = 4


def write_demo(root: Path, images: int = 500, seed: int = 0) -> None:
    """Writes `root/images/<number>.jpg` and `root/annotations.json`.

    Args:
        root: Must not exist.
        images: How many; each has none to four shapes.
        seed: The same seed writes the same images.
    """

    def write(folder: Path) -> None:
        rng = np.random.default_rng(seed)
        (folder / "images").mkdir()
        entries: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for number in range(images):
            width, height = (int(side) for side in rng.integers(96, 161, 2))
            image = background(rng, width, height)
            taken = np.zeros((height, width), dtype=bool)
            for radius in sorted(
                rng.uniform(12, 40, rng.integers(0, MOST_SHAPES + 1)), reverse=True
            ):  # small shapes lie on large ones
                category = int(rng.integers(len(KINDS)))
                drawn = add_shape(rng, image, KINDS[category], radius, taken)
                if drawn is None:
                    continue
                rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
                left, top = int(columns[0]), int(rows[0])
                box = [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]
                annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": category, "bbox": box}
                annotations.append(annotation | {"area": box[2] * box[3], "iscrowd": 0})
            image.save(folder / "images" / f"{number:04}.jpg", quality=92)
            entries.append({"id": number, "file_name": f"{number:04}.jpg", "width": width, "height": height})
        categories = [{"id": index, "name": kind} for index, kind in enumerate(KINDS)]
        content = {"images": entries, "annotations": annotations, "categories": categories}
        (folder / "annotations.json").write_text(json.dumps(content))

    write_whole(root, write)
