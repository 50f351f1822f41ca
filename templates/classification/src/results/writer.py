"""Writes predictions as they come: a line of CSV and a picture for each image."""

import csv
from pathlib import Path
from typing import Any

from .draw import draw_prediction
from ..data.images import read_image


class PredictionFiles:
    """Writes `predictions.csv` (path, label, score, and the probability of each class) and `pictures/`.

    Args:
        folder: Where to write.
        classes: Class names, by index.
    """

    def __init__(self, folder: Path, classes: list[str]) -> None:
        self.folder = folder
        self.classes = classes
        self.count = 0

    def __enter__(self) -> "PredictionFiles":
        self.file = (self.folder / "predictions.csv").open("w", newline="", encoding="utf-8")
        self.rows = csv.writer(self.file, lineterminator="\n")
        self.rows.writerow(["path", "label", "score", *(f"p({name})" for name in self.classes)])
        return self

    def add(self, path: str, name: str, prediction: dict[str, Any]) -> None:
        """Writes the prediction of the image `path`; its picture is called `name`."""
        self.count += 1
        probabilities = prediction["probabilities"].float().cpu()
        score, index = probabilities.max(dim=0)
        self.rows.writerow([path, self.classes[int(index)], f"{score:.6f}", *(f"{p:.6f}" for p in probabilities)])
        picture = self.folder / "pictures" / f"{name}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        draw_prediction(read_image(Path(path)), prediction, self.classes).save(picture, quality=90)

    def __exit__(self, *exception: object) -> None:
        self.file.close()
