"""What the test images say of the classifier: what it confuses, how far its probabilities can be trusted, where it is wrong."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ..data.example import Example
from ..data.images import read_image
from ..model.decode import decode
from .chart import Chart
from .draw import draw_prediction
from .sections import Picture, Section, Table, confusion_table, picture_of

METRIC = "test/acc"
COUNTS = "Images of each class"
BINS = 10  # of probabilities, of equal width
MISTAKES = 12  # pictures
SIDE = 256  # pixels of a picture


def count_classes(examples: list[Example]) -> Counter[int]:
    """How many images each class has."""
    return Counter(example.label for example in examples)


@dataclass(frozen=True)
class Record:
    """What is kept of a tested image: its class, the predicted one, and the probability of that."""

    label: int
    predicted: int
    confidence: float


class Analysis:
    """Collects predictions, in a few numbers for each image, and explains them.

    Args:
        classes: Class names, by index.
        image_size: Side of the square that the network sees, in pixels.
    """

    def __init__(self, classes: list[str], image_size: int) -> None:
        self.classes = classes
        self.image_size = image_size
        self.records: dict[str, Record] = {}

    def update(self, batch: dict[str, Any], outputs: Tensor) -> None:
        """Adds what the network gave for the images of a batch."""
        predictions = decode(outputs, batch["size"], self.image_size)
        for path, label, prediction in zip(batch["path"], batch["label"].tolist(), predictions, strict=True):
            confidence, predicted = prediction["probabilities"].max(dim=0)
            self.records[path] = Record(label, int(predicted), float(confidence))

    def prepare(self) -> None:
        """Puts the collected numbers into arrays, by image."""
        records = self.records.values()
        self.labels = np.array([record.label for record in records])
        self.predicted = np.array([record.predicted for record in records])
        self.confidences = np.array([record.confidence for record in records])
        self.right = self.labels == self.predicted

    def estimate(self, weights: np.ndarray) -> float:
        """The accuracy, with each image counted so many times."""
        return float(weights @ self.right / weights.sum())

    def confusion(self) -> np.ndarray:
        """Images by true and by predicted class, `(classes, classes)`."""
        counts = np.zeros((len(self.classes), len(self.classes)), dtype=np.int64)
        np.add.at(counts, (self.labels, self.predicted), 1)
        return counts

    def sections(self) -> list[Section]:
        counts = self.confusion()
        confused = Section(
            "What is confused", tables=[confusion_table("Confusion", self.classes, counts.tolist()), self._by_class(counts)]
        )
        return [confused, self._calibration(), self._mistakes()]

    def _by_class(self, counts: np.ndarray) -> Table:
        true, found, hits = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
        scores = np.stack([hits / found.clip(1), hits / true.clip(1), 2 * hits / (true + found).clip(1)], axis=1)
        rows = [
            [name, *(f"{score:.3f}" for score in of_class), f"{support}"]
            for name, of_class, support in zip(self.classes, scores, true, strict=True)
        ]
        return Table("By class", ["", "precision", "recall", "F1", "test images"], rows)

    def bins(self) -> list[tuple[float, float, int]]:
        """Mean probability, part that is right and number of the images of each bin that has any."""
        numbers = np.minimum((self.confidences * BINS).astype(int), BINS - 1)
        inside = [numbers == number for number in range(BINS)]
        return [(float(self.confidences[at].mean()), float(self.right[at].mean()), int(at.sum())) for at in inside if at.any()]

    def calibration_error(self) -> float:
        """The expected calibration error (https://arxiv.org/abs/1706.04599)."""
        return sum(abs(confidence - right) * count for confidence, right, count in self.bins()) / len(self.right)

    def _calibration(self) -> Section:
        bins = self.bins()
        lean = float(self.confidences.mean() - self.right.mean())
        notes = [
            f"Of predictions with a probability of 0.9, nine in ten should be right: on the diagonal. Expected calibration error "
            f"{self.calibration_error():.3f}, over {BINS} bins of equal width. On the whole the model is "
            f"{'too sure' if lean > 0 else 'not sure enough'} by {abs(lean):.3f}."
        ]
        points = [(confidence, right) for confidence, right, _ in bins]
        chart = Chart("Reliability", "probability", {"part that is right": points}, ((0, 1), (0, 1)), diagonal=True)
        rows = [[f"{confidence:.2f}", f"{right:.2f}", f"{count}"] for confidence, right, count in bins]
        return Section(
            "How far probabilities can be trusted", notes, [Table("Bins", ["probability", "right", "images"], rows)], [chart]
        )

    def _mistakes(self) -> Section:
        wrong = [(path, record) for path, record in self.records.items() if record.label != record.predicted]
        wrong.sort(key=lambda each: -each[1].confidence)
        notes = [
            f"{len(wrong)} of {len(self.records)} test images are wrong; the surest first. A sure mistake is often a wrong label."
            if wrong
            else f"None of the {len(self.records)} test images is wrong."
        ]
        return Section("Most confident mistakes", notes, pictures=[self._picture(*each) for each in wrong[:MISTAKES]])

    def _picture(self, path: str, record: Record) -> Picture:
        image = F.resize(read_image(Path(path)), None, max_size=SIDE)  # pyright: ignore[reportArgumentType]
        probabilities = torch.zeros(len(self.classes))
        probabilities[record.predicted] = record.confidence
        picture = draw_prediction(image, {"probabilities": probabilities}, self.classes, {"label": record.label})
        predicted, true = self.classes[record.predicted], self.classes[record.label]
        return picture_of(picture, f"{predicted} {record.confidence:.2f}, but is {true}: {Path(path).name}")
