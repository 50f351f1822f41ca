"""What the test images say of the classifier: what it confuses, how far its probabilities can be trusted, where it is wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ..data.example import Example
from ..data.images import read_image
from ..data.input_size import fitted_size
from .chart import Chart
from .draw import NOTHING, draw_prediction
from .sections import Picture, Section, Table, confusion_table, picture_of

METRIC = "test/acc"
COUNTS = "Images of each class"
BINS = 10  # of probabilities, of equal width
MISTAKES = 12  # pictures
SIDE = 256  # pixels of a picture


def count_classes(examples: Sequence[Example]) -> Counter[int]:
    """How many images each class has."""
    return Counter(label for example in examples for label in example.labels)


@dataclass(frozen=True)
class Record:
    """What is kept of a tested image, of each class: whether it is true and predicted, and the probability."""

    truth: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray

    @property
    def confidence(self) -> float:
        """Of the prediction, where it is wrong: the probability of a class that is not true, or of the absence of one that is."""
        added, missed = self.predicted & ~self.truth, self.truth & ~self.predicted
        return float(max(self.probabilities[added], default=0) if added.any() else max(1 - self.probabilities[missed], default=0))


class Analysis:
    """Collects predictions, in a few numbers for each image, and explains them.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
        multi_label: Whether an image may have any number of labels.
    """

    def __init__(self, classes: list[str], image_size: tuple[int, int], multi_label: bool = False) -> None:
        self.classes = classes
        self.image_size = image_size
        self.multi_label = multi_label
        self.file: Callable[[str], Path] = Path  # where the image of a path is
        self.records: dict[str, Record] = {}

    def update(self, batch: dict[str, Any], predictions: Sequence[dict[str, Tensor]]) -> None:
        """Adds the predictions for the images of a batch, in pixels of their files."""
        for path, label, prediction in zip(batch["path"], batch["label"].bool(), predictions, strict=True):
            self.records[path] = Record(
                label.cpu().numpy(), prediction["labels"].cpu().numpy(), prediction["probabilities"].cpu().numpy()
            )

    def prepare(self) -> None:
        """Puts the collected numbers into arrays, by image and class."""
        records = self.records.values()
        self.truth = np.stack([record.truth for record in records])
        self.predicted = np.stack([record.predicted for record in records])
        self.probabilities = np.stack([record.probabilities for record in records])
        self.right = (self.truth == self.predicted).all(axis=1)

    def estimate(self, weights: np.ndarray) -> float:
        """The part of the images that have just the true labels, with each image counted so many times."""
        return float(weights @ self.right / weights.sum())

    def confusion(self) -> np.ndarray:
        """Images by true and by predicted class, `(classes, classes)`, where each has one."""
        return self.truth.T.astype(np.int64) @ self.predicted

    def sections(self) -> list[Section]:
        tables = [self._by_class()]
        if not self.multi_label:
            tables.insert(0, confusion_table("Confusion", self.classes, self.confusion().tolist()))
        return [Section("What is confused", tables=tables), self._calibration(), self._mistakes()]

    def _by_class(self) -> Table:
        true, found, hits = (each.sum(axis=0) for each in (self.truth, self.predicted, self.truth & self.predicted))
        scores = np.stack([hits / found.clip(1), hits / true.clip(1), 2 * hits / (true + found).clip(1)], axis=1)
        rows = [
            [name, *(f"{score:.3f}" for score in of_class), f"{support}"]
            for name, of_class, support in zip(self.classes, scores, true, strict=True)
        ]
        return Table("By class", ["", "precision", "recall", "F1", "test images"], rows)

    def decisions(self) -> tuple[np.ndarray, np.ndarray]:
        """The probability of each decision, and whether it is right: one for an image, or one for each of its classes."""
        if self.multi_label:
            sureness = np.where(self.predicted, self.probabilities, 1 - self.probabilities)
            return sureness.ravel(), (self.truth == self.predicted).ravel()
        return self.probabilities[self.predicted], self.right

    def bins(self) -> list[tuple[float, float, int]]:
        """Mean probability, part that is right and number of the decisions of each bin that has any."""
        confidences, right = self.decisions()
        numbers = np.minimum((confidences * BINS).astype(int), BINS - 1)
        inside = [numbers == number for number in range(BINS)]
        return [(float(confidences[at].mean()), float(right[at].mean()), int(at.sum())) for at in inside if at.any()]

    def calibration_error(self) -> float:
        """The expected calibration error (https://arxiv.org/abs/1706.04599)."""
        bins = self.bins()
        return sum(abs(confidence - right) * count for confidence, right, count in bins) / sum(count for *_, count in bins)

    def _calibration(self) -> Section:
        bins = self.bins()
        confidences, right = self.decisions()
        lean = float(confidences.mean() - right.mean())
        notes = [
            f"Of predictions with a probability of 0.9, nine in ten should be right: on the diagonal. Expected calibration error "
            f"{self.calibration_error():.3f}, over {BINS} bins of equal width. On the whole the model is "
            f"{'too sure' if lean > 0 else 'not sure enough'} by {abs(lean):.3f}."
        ]
        points = [(confidence, right) for confidence, right, _ in bins]
        chart = Chart("Reliability", "probability", {"part that is right": points}, ((0, 1), (0, 1)), diagonal=True)
        rows = [[f"{confidence:.2f}", f"{right:.2f}", f"{count}"] for confidence, right, count in bins]
        return Section(
            "How far probabilities can be trusted", notes, [Table("Bins", ["probability", "right", "decisions"], rows)], [chart]
        )

    def _mistakes(self) -> Section:
        wrong = [(path, record) for path, record in self.records.items() if (record.truth != record.predicted).any()]
        wrong.sort(key=lambda each: -each[1].confidence)
        notes = [
            f"{len(wrong)} of {len(self.records)} test images are wrong; the surest first. A sure mistake is often a wrong label."
            if wrong
            else f"None of the {len(self.records)} test images is wrong."
        ]
        return Section("Most confident mistakes", notes, pictures=[self._picture(*each) for each in wrong[:MISTAKES]])

    def _picture(self, path: str, record: Record) -> Picture:
        image = read_image(self.file(path))
        image = F.resize(image, [*fitted_size(image.shape[-2], image.shape[-1], (SIDE, SIDE))])
        prediction = {"probabilities": torch.from_numpy(record.probabilities), "labels": torch.from_numpy(record.predicted)}
        picture = draw_prediction(image, prediction, self.classes, {"label": torch.from_numpy(record.truth)})
        predicted, true = (self._names(which) for which in (record.predicted, record.truth))
        return picture_of(picture, f"{predicted} ({record.confidence:.2f}), but is {true}: {Path(path).name}")

    def _names(self, which: np.ndarray) -> str:
        return ", ".join(self.classes[index] for index in which.nonzero()[0]) or NOTHING
