"""What the test images say of the masks: which classes overlap, which are confused, whether edges or whole objects are wrong."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from ..data.example import Example
from ..data.images import read_image
from ..data.input_size import fitted_size
from ..data.masks import IGNORED
from .draw import draw_prediction
from .sections import Picture, Section, Table, confusion_table, picture_of

METRIC = "test/miou"
COUNTS = "Images with each class"
WORST = 6  # pictures
SIDE = 384  # pixels of a picture, and of masks in which edges are looked for
EDGE = 0.01  # how far from an edge a pixel is near it, as a part of the diagonal


def count_classes(examples: Sequence[Example]) -> Counter[int]:
    """How many images have each class."""
    return Counter(index for example in examples for index in example.strata)


@dataclass(frozen=True)
class Record:
    """What is kept of a tested image.

    Attributes:
        pairs: Of true and predicted class, those that occur, as `true * classes + predicted`.
        counts: How many pixels each pair has.
        iou: The mean over the classes in the image; 1 where all is ignored.
        near: Of the small masks: pixels, those near an edge, wrong ones, and wrong ones near an edge.
        masks: Truth and prediction, `(2, h, w)` uint8, no side longer than `SIDE`; only of the worst images.
    """

    pairs: np.ndarray
    counts: np.ndarray
    iou: float
    near: tuple[int, int, int, int]
    masks: Tensor | None


class Analysis:
    """Collects predictions, in a few numbers for each image, and explains them.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
    """

    def __init__(self, classes: list[str], image_size: tuple[int, int]) -> None:
        self.classes = classes
        self.image_size = image_size
        self.file: Callable[[str], Path] = Path  # where the image of a path is
        self.records: dict[str, Record] = {}
        self.with_masks: list[str] = []  # the worst images, worst first

    def update(self, batch: dict[str, Any], predictions: Sequence[dict[str, Tensor]]) -> None:
        """Adds the predictions for the images of a batch, in pixels of their files."""
        for path, truth, prediction in zip(batch["path"], batch["truth"], predictions, strict=True):
            self.records[path] = self._record(truth, prediction["mask"])
            self.with_masks = sorted([*self.with_masks, path], key=lambda each: self.records[each].iou)
            for better in self.with_masks[WORST:]:
                self.records[better] = replace(self.records[better], masks=None)
            del self.with_masks[WORST:]

    def _record(self, truth: Tensor, predicted: Tensor) -> Record:
        classes = len(self.classes)
        truth, counted = truth.to(predicted.device), (truth != IGNORED).to(predicted.device)
        counts = torch.bincount(truth[counted].long() * classes + predicted[counted].long(), minlength=classes**2).cpu().numpy()
        pairs = counts.nonzero()[0]
        ious = overlaps(counts.reshape(classes, classes))
        masks = torch.stack([truth, predicted])
        if max(masks.shape[-2:]) > SIDE:
            masks = F.resize(masks, [*fitted_size(masks.shape[-2], masks.shape[-1], (SIDE, SIDE))], InterpolationMode.NEAREST)
        iou = float(np.nanmean(ious)) if counts.any() else 1.0
        return Record(pairs, counts[pairs], iou, count_near_edges(*masks), masks.cpu())

    def prepare(self) -> None:
        """Puts the collected numbers into arrays: the pairs of all images, and the image of each."""
        records = self.records.values()
        self.pairs = np.concatenate([record.pairs for record in records])
        self.counts = np.concatenate([record.counts for record in records])
        self.image = np.repeat(np.arange(len(records)), [len(record.pairs) for record in records])

    def confusion(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Pixels by true and by predicted class, `(classes, classes)`, with each image counted so many times."""
        counts = self.counts if weights is None else self.counts * weights[self.image]
        classes = len(self.classes)
        return np.bincount(self.pairs, counts, minlength=classes**2).reshape(classes, classes)

    def estimate(self, weights: np.ndarray) -> float:
        """The mean IoU, with each image counted so many times; nan if all pixels are ignored."""
        ious = overlaps(self.confusion(weights))
        return float(ious[~np.isnan(ious)].mean()) if weights[self.image].any() else np.nan

    def sections(self) -> list[Section]:
        counts = self.confusion()
        matrix = confusion_table("Pixels", self.classes, counts.astype(int).tolist())
        return [
            Section("Classes", self._edges(), [self._by_class(counts), matrix]),
            Section("Worst masks", ["Image, truth and prediction; the lowest mean IoU first."], pictures=self._worst()),
        ]

    def _by_class(self, counts: np.ndarray) -> Table:
        true, found, hits = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
        scores = np.stack([overlaps(counts), 2 * hits / (true + found).clip(1), hits / found.clip(1), hits / true.clip(1)], axis=1)
        rows = [
            [name, *("" if np.isnan(score) else f"{score:.3f}" for score in of_class), f"{pixels / true.sum():.1%}"]
            for name, of_class, pixels in zip(self.classes, scores, true, strict=True)
        ]
        return Table("By class", ["", "IoU", "Dice", "precision", "recall", "of the pixels"], rows)

    def _edges(self) -> list[str]:
        pixels, near, wrong, both = np.sum([record.near for record in self.records.values()], axis=0)
        if not wrong:
            return ["No pixel is wrong."]
        text = (
            f"{wrong / pixels:.1%} of the pixels are wrong. {both / wrong:.0%} of these lie near the edge of a class, within "
            f"{EDGE:.0%} of the diagonal, where {near / pixels:.0%} of all pixels are. "
        )
        if both > wrong / 2:
            return [text + "So edges are drawn loosely, by the model or by whoever labeled; a larger data.image_size may help."]
        return [text + "So whole regions are missed or confused, rather than their edges."]

    def _worst(self) -> list[Picture]:
        pictures = []
        for path, record in sorted(self.records.items(), key=lambda each: each[1].iou)[:WORST]:
            if record.masks is not None:
                truth, predicted = record.masks
                image = F.resize(read_image(self.file(path)), list(truth.shape))
                picture = draw_prediction(image, {"mask": predicted}, self.classes, {"mask": truth})
                pictures.append(picture_of(picture, f"mean IoU {record.iou:.2f}: {Path(path).name}"))
        return pictures


def overlaps(counts: np.ndarray) -> np.ndarray:
    """The intersection over union of each class, `(classes,)`; not a number where a class is neither true nor predicted.

    Args:
        counts: Pixels by true and by predicted class, `(classes, classes)`.
    """
    union = counts.sum(axis=0) + counts.sum(axis=1) - counts.diagonal()
    return np.where(union > 0, counts.diagonal() / union.clip(1), np.nan)


def count_near_edges(truth: Tensor, predicted: Tensor) -> tuple[int, int, int, int]:
    """Counts pixels, those near an edge between true classes, wrong ones, and those that are both; without ignored ones.

    Args:
        truth: Class indices, `(h, w)`.
        predicted: The same.
    """
    reach = max(1, round(EDGE * math.hypot(*truth.shape)))
    values = truth.float()[None, None]
    ends = []
    for sign in (1, -1):  # of the values around: the highest, and minus the lowest
        rows = functional.max_pool2d(sign * values, (2 * reach + 1, 1), stride=1, padding=(reach, 0))
        ends.append(functional.max_pool2d(rows, (1, 2 * reach + 1), stride=1, padding=(0, reach))[0, 0])
    counted = truth != IGNORED
    near, wrong = (ends[0] != -ends[1]) & counted, (truth != predicted) & counted
    pixels, of_edges, mistakes, both = (int(each.sum()) for each in (counted, near, wrong, near & wrong))
    return pixels, of_edges, mistakes, both
