"""Predictions as a table."""

import csv
from pathlib import Path

from torch import Tensor

NAMES = ("predictions.csv",)


class Output:
    """Writes path, label, score, and the probability of each class.

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
        score, index = probabilities.max(dim=0)
        self.rows.writerow([path, self.classes[int(index)], f"{score:.6f}", *(f"{p:.6f}" for p in probabilities)])

    def close(self, whole: bool) -> None:
        """Ends the file."""
        self.file.close()
