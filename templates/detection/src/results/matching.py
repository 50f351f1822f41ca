"""Which found boxes match which true ones, as COCO has it, and the average precision that follows; with images weighted.

pycocotools and faster-coco-eval give only the sums over all images, not what resampling needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of overlap
RECALLS = np.linspace(0, 1, 101)
AREAS = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}  # pixels


@dataclass(frozen=True)
class Record:
    """What was found in an image, best first, and what is there.

    Attributes:
        boxes: `(N, 4)` xyxy, in pixels of the file.
        scores: `(N,)`.
        labels: Class indices, `(N,)`.
        true_boxes: `(M, 4)` xyxy.
        true_labels: `(M,)`.
        crowds: Whether a true box neither counts nor is missed, `(M,)` bool.
        areas: Of the true objects, in pixels, `(M,)`.
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    true_boxes: np.ndarray
    true_labels: np.ndarray
    crowds: np.ndarray
    areas: np.ndarray


def overlap(record: Record) -> np.ndarray:
    """Intersection over union of found and true boxes, `(N, M)`; over the found box alone, if the true one is a crowd."""
    found, true = record.boxes[:, None].astype(float), record.true_boxes[None].astype(float)
    sides = (np.minimum(found[..., 2:], true[..., 2:]) - np.maximum(found[..., :2], true[..., :2])).clip(0)
    inside = sides.prod(axis=-1)
    of_found, of_true = (np.abs(boxes[..., 2:] - boxes[..., :2]).prod(axis=-1) for boxes in (found, true))
    union = np.where(record.crowds, of_found, of_found + of_true - inside)
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)


def match(record: Record, area: str = "all", thresholds: np.ndarray = THRESHOLDS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives each found box, best first, the true box of its class that it overlaps most, if that is still free.

    Args:
        record: Of the image.
        area: A key of `AREAS`; objects of other sizes neither count nor are missed.
        thresholds: Least overlaps, `(T,)`.

    Returns:
        The true box of each found one, `(T, N)`, -1 for none; whether a found box does not count, `(T, N)`; and whether a true
        one does not, `(M,)`.
    """
    low, high = AREAS[area]
    ignored = record.crowds | (record.areas < low) | (record.areas > high)
    overlaps = np.where(record.labels[:, None] == record.true_labels, overlap(record), -1)
    free = np.ones((len(thresholds), len(ignored)), dtype=bool)
    matched = np.full((len(thresholds), len(record.boxes)), -1)
    rows = np.arange(len(thresholds))
    for number, row in enumerate(overlaps if len(ignored) else ()):
        possible = free & (row >= np.minimum(thresholds, 1 - 1e-10)[:, None])
        counting = possible & ~ignored
        possible = np.where(counting.any(axis=1)[:, None], counting, possible)  # what counts goes before what does not
        best = len(row) - 1 - np.where(possible, row, -1)[:, ::-1].argmax(axis=1)  # of equal ones the last
        is_match = possible.any(axis=1)
        matched[is_match, number] = best[is_match]
        taken = is_match & ~record.crowds[best]  # a crowd holds any number
        free[rows[taken], best[taken]] = False
    sizes = (record.boxes[:, 2:] - record.boxes[:, :2]).prod(axis=1)
    outside = (sizes < low) | (sizes > high)
    beside = ignored[matched] if len(ignored) else np.zeros_like(matched, dtype=bool)
    return matched, np.where(matched >= 0, beside, outside), ignored


@dataclass(frozen=True)
class Ranked:
    """The boxes of one class in all images, best first, without those that do not count at any threshold.

    Attributes:
        image: The number of the image of each box, `(D,)`.
        hits: Whether it is right, `(T, D)`.
        counts: Whether it counts, `(T, D)`.
        scores: `(D,)`.
        positives: True objects of the class by image, `(images,)`.
    """

    image: np.ndarray
    hits: np.ndarray
    counts: np.ndarray
    scores: np.ndarray
    positives: np.ndarray

    def curve(self, weights: np.ndarray) -> np.ndarray | None:
        """The precision at each of `RECALLS`, `(T, 101)`; None without an object to find."""
        positives = weights @ self.positives
        if not positives:
            return None
        counted = weights[self.image] * self.counts
        hits = np.cumsum(counted * self.hits, axis=1)
        precision = hits / np.maximum(np.cumsum(counted, axis=1), 1e-12)
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        padded = np.pad(precision, ((0, 0), (0, 1)))  # where a recall is not reached, it is 0
        recalls = hits / positives
        return np.stack([row[np.searchsorted(recall, RECALLS)] for row, recall in zip(padded, recalls, strict=True)])


def rank(records: Sequence[Record], classes: int, area: str = "all") -> list[Ranked]:
    """The boxes of each class, matched for objects of a size."""
    numbers = np.arange(len(records))
    matches = [match(record, area) for record in records]
    image = np.repeat(numbers, [len(record.labels) for record in records])
    labels = np.concatenate([record.labels for record in records])
    scores = np.concatenate([record.scores for record in records])
    hits = np.concatenate([matched >= 0 for matched, _, _ in matches], axis=1)
    ignored = np.concatenate([beside for _, beside, _ in matches], axis=1)
    ranked = []
    for label in range(classes):
        mine = (labels == label).nonzero()[0]
        mine = mine[np.argsort(-scores[mine], kind="stable")]
        positives = [(~aside & (record.true_labels == label)).sum() for record, (_, _, aside) in zip(records, matches, strict=True)]
        ranked.append(Ranked(image[mine], hits[:, mine], ~ignored[:, mine], scores[mine], np.array(positives)))
    return ranked


def average_precisions(ranked: Sequence[Ranked], weights: np.ndarray) -> np.ndarray:
    """By class and threshold, `(classes, T)`; not a number for a class without an object to find."""
    curves = [each.curve(weights) for each in ranked]
    return np.stack([np.full(len(THRESHOLDS), np.nan) if curve is None else curve.mean(axis=1) for curve in curves])
