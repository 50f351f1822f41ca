"""Writes large photos of tiny objects, for `learn.py`: what `data.tile` is for.

Usage, in a project of detection or segmentation: uv run python <template>/benchmarks/specks.py FOLDER [COUNT]

Photos have 2400 by 1600 pixels, and 60 white and black discs of 6 pixels on soft colors.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from photos import photo
from PIL import Image, ImageDraw

WIDTH, HEIGHT, SIDE, OBJECTS = 2400, 1600, 6, 60
CLASSES = ("white", "black")


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40
    rng, masks = np.random.default_rng(0), next(Path("src").glob("*/data")).joinpath("masks.py").exists()
    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(count):
        soft = Image.open(io.BytesIO(photo(rng, WIDTH // 8, HEIGHT // 8)))
        image, mask = soft.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), Image.new("L", (WIDTH, HEIGHT))
        on_image, on_mask = ImageDraw.Draw(image), ImageDraw.Draw(mask)
        for _ in range(OBJECTS):
            kind, left, top = (int(rng.integers(most)) for most in (len(CLASSES), WIDTH - SIDE, HEIGHT - SIDE))
            box = (left, top, left + SIDE - 1, top + SIDE - 1)
            on_image.ellipse(box, fill=CLASSES[kind])
            on_mask.ellipse(box, fill=kind + 1)
            annotation = {"id": len(annotations), "image_id": number, "category_id": kind, "bbox": [left, top, SIDE, SIDE]}
            annotations.append(annotation | {"area": SIDE * SIDE, "iscrowd": 0})
        images.append({"id": number, "file_name": f"{number:03}.jpg", "width": WIDTH, "height": HEIGHT})
        image.save(folder / "images" / f"{number:03}.jpg", quality=92)
        if masks:
            (folder / "masks").mkdir(exist_ok=True)
            mask.save(folder / "masks" / f"{number:03}.png")
    if masks:
        (folder / "classes.txt").write_text("\n".join(("background", *CLASSES)) + "\n")
        return
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(content))


if __name__ == "__main__":
    main()
