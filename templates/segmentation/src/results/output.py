"""Predictions as masks."""

from pathlib import Path

from PIL import Image
from torch import Tensor

NAMES = ("masks", "classes.txt")


class Output:
    """Writes a PNG of class indices for each image, as large as the image, and the class names by index.

    Args:
        classes: Class names, by index.
        masks: The folder to write.
        names: The file to write the class names to.
    """

    def __init__(self, classes: list[str], masks: Path, names: Path) -> None:
        self.masks = masks
        masks.mkdir()
        names.write_text("".join(f"{name}\n" for name in classes), encoding="utf-8")

    def add(self, path: str, name: str, prediction: dict[str, Tensor], size: tuple[int, int]) -> None:
        """Writes the mask of one image."""
        file = self.masks / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(prediction["mask"].cpu().numpy()).save(file)

    def close(self, whole: bool) -> None:
        """Nothing is left to write."""
