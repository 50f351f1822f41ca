"""What it means to label an image: with one of the classes, or with any number of them. All that the two differ in is here."""

from typing import Protocol

from torch import Tensor
from torch.nn import functional as F
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassF1Score,
    MultilabelAveragePrecision,
    MultilabelExactMatch,
    MultilabelF1Score,
)

from ..data.processes import gathered_rows
from .decode_arrays import THRESHOLD


class Labeling(Protocol):
    def loss(self, logits: Tensor, truth: Tensor, smoothing: float) -> Tensor:
        """The mean over the images, whose `truth` is `(B, classes)`, float 0 or 1."""
        ...

    def decode(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The probabilities of the classes, and which of them are predicted: `(B, classes)`, float32 and bool."""
        ...

    def metrics(self, classes: int) -> MetricCollection:
        """Take probabilities and `truth_for_metrics`."""
        ...

    def truth_for_metrics(self, truth: Tensor) -> Tensor: ...


class OneLabel:
    """The classes exclude each other.

    The metrics are those of scikit-learn: `acc` is `accuracy_score`, and `f1` is `f1_score(average="macro")`, the mean over the
    classes that are true or predicted at least once.
    """

    def loss(self, logits: Tensor, truth: Tensor, smoothing: float) -> Tensor:
        """Cross-entropy; a part of the truth is spread over all classes (https://arxiv.org/abs/1512.00567)."""
        return F.cross_entropy(logits, truth, label_smoothing=smoothing)

    def decode(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        probabilities = logits.float().softmax(dim=1)
        return probabilities, F.one_hot(probabilities.argmax(dim=1), probabilities.shape[1]).bool()

    def metrics(self, classes: int) -> MetricCollection:
        accuracy, f1 = MulticlassAccuracy(classes, average="micro"), MulticlassF1Score(classes, average="macro")
        return MetricCollection({"acc": accuracy, "f1": f1})

    def truth_for_metrics(self, truth: Tensor) -> Tensor:
        return truth.argmax(dim=1)


class AnyLabels:
    """Each class is there or not, whatever the others are.

    The metrics are those of scikit-learn: `acc` is `accuracy_score`, the part of the images with exactly the right labels, `f1`
    is `f1_score(average="macro")`, and `map` is `average_precision_score(average="macro")`: a label that no image has counts as 0.
    """

    def loss(self, logits: Tensor, truth: Tensor, smoothing: float) -> Tensor:
        """Binary cross-entropy; a part of the truth is spread over yes and no."""
        return F.binary_cross_entropy_with_logits(logits, truth * (1 - smoothing) + smoothing / 2)

    def decode(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        probabilities = logits.float().sigmoid()
        return probabilities, probabilities > THRESHOLD

    def metrics(self, classes: int) -> MetricCollection:
        exact, f1 = MultilabelExactMatch(classes, THRESHOLD), MultilabelF1Score(classes, THRESHOLD, average="macro")
        average_precision = MultilabelAveragePrecision(classes, average="macro", dist_sync_fn=gathered_rows)
        return MetricCollection({"acc": exact, "f1": f1, "map": average_precision})

    def truth_for_metrics(self, truth: Tensor) -> Tensor:
        return truth.long()


def labeling(multi_label: bool) -> Labeling:
    return AnyLabels() if multi_label else OneLabel()
