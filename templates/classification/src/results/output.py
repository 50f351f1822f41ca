"""Predictions as a table."""

import csv
from pathlib import Path

from torch import Tensor

NAMES = ("predictions.csv",)


class Output:
    """Writes path, labels separated by `|`, highest probability, and the probability of each class.

    Args:
        classes: Class names, by index.
        table: The file to write.
    """

    def __init__(self, classes: list[str], table: Path) -> None:
        self.classes = classes
        self.file = table.open("w", newline="", encoding="utf-8")
        self.rows = csv.writer(self.file, lineterminator="\n")
        self.rows.writerow(["path", "label", "score", *(f"p({name})" for name in classes)])

    def add(self, path: str, name: str, prediction: dict[str, Tensor], size: tuple[int, int]) -> None:
        """Writes the line of one image."""
        probabilities = prediction["probabilities"].float().cpu()
        labels = "|".join(self.classes[int(index)] for index in prediction["labels"].nonzero())
        # Nine digits say all of a float32: the order of two images is what it was.
        self.rows.writerow([path, labels, f"{probabilities.max():.9g}", *(f"{p:.9g}" for p in probabilities)])

    def close(self, whole: bool) -> None:
        """Ends the file."""
        self.file.close()
