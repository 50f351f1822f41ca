"""Writes the demo images: COCO JSON with several, overlapping shapes in each image."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .scene import draw_scene
from .shapes import KINDS, write_whole


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
            image, shapes = draw_scene(rng)
            for kind, inside in shapes:
                box = _box_around(inside)
                annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": kind, "bbox": box}
                annotations.append(annotation | {"area": box[2] * box[3], "iscrowd": 0})
            image.save(folder / "images" / f"{number:04}.jpg", quality=92)
            entries.append({"id": number, "file_name": f"{number:04}.jpg", "width": image.width, "height": image.height})
        categories = [{"id": index, "name": kind} for index, kind in enumerate(KINDS)]
        content = {"images": entries, "annotations": annotations, "categories": categories}
        (folder / "annotations.json").write_text(json.dumps(content))

    write_whole(root, write)


def _box_around(inside: np.ndarray) -> list[int]:
    """The smallest box around a shape, as `xywh`."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]
