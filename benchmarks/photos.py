"""Writes images for the other benchmarks, in a format that the project reads."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

BOXES, CLASSES = 7, 10
GRAIN = 5.0  # with it, a photo of 1280 by 960 pixels takes 350 kB


def photo(rng: np.random.Generator, width: int, height: int) -> bytes:
    """A JPEG of soft colors with grain."""
    coarse = rng.integers(0, 256, (max(3, height // 16), max(4, width // 16), 3), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    pixels = (soft + rng.normal(0, GRAIN, (height, width, 1)).astype(np.int16)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(written := io.BytesIO(), "JPEG", quality=88)
    return written.getvalue()


def write_photos(folder: Path, count: int, width: int, height: int, package: str) -> None:
    """Writes class folders, COCO with seven boxes an image, or images and masks, as the project needs.

    Args:
        folder: Must not exist.
        count: How many images, each other pixels.
        width: Of each.
        height: Of each.
        package: Name of the project's.
    """
    rng = np.random.default_rng(0)
    rooms = Path("src", package, "data")
    masks = (rooms / "masks.py").exists()
    names = [f"{'images' if masks else f'class {number % CLASSES}'}/{number:07}.jpg" for number in range(count)]
    for place in {folder / Path(name).parent for name in names}:
        place.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(photo(rng, width, height))
    if masks:
        (folder / "masks").mkdir()
        for number in range(count):
            mask = Image.fromarray(rng.integers(0, CLASSES, (6, 8), dtype=np.uint8))
            mask.resize((width, height), Image.Resampling.NEAREST).save(folder / "masks" / f"{number:07}.png")
        (folder / "classes.txt").write_text("".join(f"class {number}\n" for number in range(CLASSES)))
    elif (rooms / "coco_file.py").exists():
        write_boxes(folder / "annotations.json", names, width, height, rng)


def write_boxes(file: Path, names: list[str], width: int, height: int, rng: np.random.Generator) -> None:
    """Writes COCO JSON."""
    sides = width * 0.3, height * 0.3
    corners = (rng.uniform(0, 0.7, (len(names) * BOXES, 2)) * [width, height]).round(2).tolist()
    boxes = [
        {
            "id": number,
            "image_id": number // BOXES,
            "category_id": number % CLASSES,
            "bbox": [*corner, *sides],
            "area": sides[0] * sides[1],
            "iscrowd": 0,
        }
        for number, corner in enumerate(corners)
    ]
    images = [{"id": number, "file_name": name, "width": width, "height": height} for number, name in enumerate(names)]
    categories = [{"id": number, "name": f"class {number}"} for number in range(CLASSES)]
    file.write_text(json.dumps({"images": images, "annotations": boxes, "categories": categories}))
