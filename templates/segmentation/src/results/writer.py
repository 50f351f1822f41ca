"""Writes predictions as they come: a mask and a picture for each image."""

from pathlib import Path
from typing import Any

from PIL import Image

from .draw import draw_prediction
from ..data.images import read_image


class PredictionFiles:
    """Writes `masks/` (PNG of class indices, as large as the image), `classes.txt` and `pictures/`.

    Args:
        folder: Where to write.
        classes: Class names, by index.
    """

    def __init__(self, folder: Path, classes: list[str]) -> None:
        self.folder = folder
        self.classes = classes
        self.count = 0

    def __enter__(self) -> "PredictionFiles":
        (self.folder / "classes.txt").write_text("".join(f"{name}\n" for name in self.classes), encoding="utf-8")
        return self

    def add(self, path: str, name: str, prediction: dict[str, Any]) -> None:
        """Writes the prediction of the image `path`; its mask and picture are called `name`."""
        self.count += 1
        mask, picture = self.folder / "masks" / f"{name}.png", self.folder / "pictures" / f"{name}.jpg"
        for file in (mask, picture):
            file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(prediction["mask"].cpu().numpy()).save(mask)
        draw_prediction(read_image(Path(path)), prediction, self.classes).save(picture, quality=90)

    def __exit__(self, *exception: object) -> None:
        pass
