"""Writes predictions as they come, so that any number of images fits into memory, and whole or not at all."""

import csv
import shutil
from pathlib import Path

from torch import Tensor

from .draw import draw_prediction
from .output import NAMES, Output

PICTURES, SKIPPED = "pictures", "skipped.csv"
UNFINISHED = ".part"


class PredictionWriter:
    """Writes the results of `Output`, `skipped.csv` (path, reason) and `pictures/`.

    Everything is called `<name>.part` until the `with` block ends without an exception; only then do the results of an earlier
    run in the folder give way.

    Args:
        folder: Where to write.
        classes: Class names, by index.
        pictures: Draw a picture for each image.
    """

    def __init__(self, folder: Path, classes: list[str], pictures: bool = True) -> None:
        self.folder = folder
        self.classes = classes
        self.pictures = pictures
        self.count = 0

    def __enter__(self) -> "PredictionWriter":
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in (*NAMES, PICTURES, SKIPPED):
            _remove(self._part(name))
        self.output = Output(self.classes, *(self._part(name) for name in NAMES))
        self.skipped = self._part(SKIPPED).open("w", newline="", encoding="utf-8")
        self.skipped_rows = csv.writer(self.skipped, lineterminator="\n")
        self.skipped_rows.writerow(["path", "reason"])
        if self.pictures:
            self._part(PICTURES).mkdir()
        return self

    def add(
        self, path: str, name: str, prediction: dict[str, Tensor], size: tuple[int, int], original: Tensor | None = None
    ) -> None:
        """Writes one prediction.

        Args:
            path: Of the image.
            name: What the results of this image are called, without a suffix; slashes make folders.
            prediction: In pixels of the image.
            size: Height and width of the image.
            original: The image, `(3, H, W)` uint8, for the picture.
        """
        self.count += 1
        self.output.add(path, name, prediction, size)
        if self.pictures and original is not None:
            file = self._part(PICTURES) / f"{name}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            draw_prediction(original, prediction, self.classes).save(file, quality=90)

    def skip(self, path: str, reason: str) -> None:
        """Names a file for which there is no prediction."""
        self.skipped_rows.writerow([path, reason])

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self.skipped.close()
        self.output.close(whole=kind is None)
        if kind is not None:
            return
        names = (*NAMES, PICTURES, SKIPPED)
        for name in names:
            _remove(self.folder / name)
        for name in names:
            if self._part(name).exists():
                self._part(name).rename(self.folder / name)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}{UNFINISHED}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
