"""Writes predictions as they come: an entry of COCO JSON and a picture for each image."""

import json
from pathlib import Path
from typing import Any

from .draw import draw_prediction
from ..data.images import read_image


class PredictionFiles:
    """Writes `predictions.json` (COCO, with a `score` in each annotation) and `pictures/`.

    Args:
        folder: Where to write.
        classes: Class names, by index.
    """

    def __init__(self, folder: Path, classes: list[str]) -> None:
        self.folder = folder
        self.classes = classes
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    @property
    def count(self) -> int:
        return len(self.images)

    def __enter__(self) -> "PredictionFiles":
        return self

    def add(self, path: str, name: str, prediction: dict[str, Any]) -> None:
        """Writes the prediction of the image `path`; its picture is called `name`."""
        image = read_image(Path(path))
        number = len(self.images) + 1
        self.images.append({"id": number, "file_name": path, "width": image.shape[2], "height": image.shape[1]})
        boxes, scores, labels = (prediction[key].float().cpu().tolist() for key in ("boxes", "scores", "labels"))
        for (left, top, right, bottom), score, label in zip(boxes, scores, labels, strict=True):
            self.annotations.append(
                {
                    "id": len(self.annotations) + 1,
                    "image_id": number,
                    "category_id": int(label),
                    "bbox": [round(value, 2) for value in (left, top, right - left, bottom - top)],
                    "area": round((right - left) * (bottom - top), 2),
                    "iscrowd": 0,
                    "score": round(score, 6),
                }
            )
        picture = self.folder / "pictures" / f"{name}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        draw_prediction(image, prediction, self.classes).save(picture, quality=90)

    def __exit__(self, *exception: object) -> None:
        categories = [{"id": index, "name": name} for index, name in enumerate(self.classes)]
        content = {"images": self.images, "annotations": self.annotations, "categories": categories}
        (self.folder / "predictions.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
