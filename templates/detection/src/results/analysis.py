"""What the test images say of the detector: how precise it is at which recall, for which class and size, and what is wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
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
from .draw import draw_boxes
from .matching import AREAS, RECALLS, Ranked, Record, average_precisions, rank
from .mistakes import KINDS, Mistakes, costs, mistakes_in
from .sections import Picture, Section, Table, picture_of

METRIC = "test/map"
COUNTS = "Objects of each class"
CURVES = 8  # classes with a curve
WORST = 8  # pictures
SIDE = 512  # pixels of a picture
RIGHT, WRONG, NOT_FOUND = (70, 150, 255), (235, 60, 50), (255, 190, 0)


def count_classes(examples: Sequence[Example]) -> Counter[int]:
    """How many objects each class has, without crowds."""
    pairs = [pair for example in examples for pair in zip(example.labels, example.crowds, strict=True)]
    return Counter(label for label, crowd in pairs if not crowd)


class Analysis:
    """Collects found and true boxes, and explains them.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
        score_threshold: Boxes with no higher score count in the average precision, but not as mistakes.
    """

    def __init__(self, classes: list[str], image_size: tuple[int, int], score_threshold: float) -> None:
        self.classes = classes
        self.image_size = image_size
        self.score_threshold = score_threshold
        self.file: Callable[[str], Path] = Path  # where the image of a path is
        self.records: dict[str, Record] = {}

    def update(self, batch: dict[str, Any], predictions: Sequence[dict[str, Tensor]]) -> None:
        """Adds the predictions for the images of a batch, in pixels of their files."""
        for path, truth, found in zip(batch["path"], batch["truth"], predictions, strict=True):
            order = found["scores"].argsort(descending=True, stable=True)
            boxes, scores, labels = (found[name][order].cpu().numpy() for name in ("boxes", "scores", "labels"))
            true, classes, areas = (truth[name].cpu().numpy() for name in ("boxes", "labels", "area"))
            crowds = truth["iscrowd"].bool().cpu().numpy()
            self.records[path] = Record(boxes, scores, labels, true, classes, crowds, areas)

    def prepare(self) -> None:
        """Matches the collected boxes."""
        self.ranked = rank([*self.records.values()], len(self.classes))

    def estimate(self, weights: np.ndarray) -> float:
        """The mean average precision, with each image counted so many times; nan without an object to find."""
        return _mean(average_precisions(self.ranked, weights))

    def sections(self) -> list[Section]:
        records = [*self.records.values()]
        kept = {path: above(record, self.score_threshold) for path, record in self.records.items()}
        mistakes = {path: mistakes_in(record) for path, record in kept.items()}
        every = [mistakes_in(record) for record in records]
        gains = costs(records, every, len(self.classes))
        numbers = Counter(kind for each in mistakes.values() for kind in each.kinds.values())
        numbers["missed"] = sum(len(each.missed) for each in mistakes.values())
        rows = [[f"{kind}: {meaning}", f"{numbers[kind]}", f"+{gains[kind]:.3f}"] for kind, meaning in KINDS.items()]
        notes = [
            f"Counted are boxes with a score above {self.score_threshold:g}. What a kind costs is how much the average precision "
            "at an overlap of 0.5 would rise if only its mistakes were mended, at all scores: look at the largest first."
        ]
        return [
            self._precision(records),
            Section("Kinds of mistakes", notes, [Table("After TIDE", ["", "count", "costs"], rows)]),
            self._worst(kept, mistakes),
        ]

    def by_size(self, records: list[Record]) -> dict[str, np.ndarray]:
        """The average precision of each class by size of the objects, `(classes, T)` each."""
        weights = np.ones(len(records))
        sizes = {area: self.ranked if area == "all" else rank(records, len(self.classes), area) for area in AREAS}
        return {area: average_precisions(ranked, weights) for area, ranked in sizes.items()}

    def _precision(self, records: list[Record]) -> Section:
        tables = self.by_size(records)
        rows = []
        parts = {name: slice(label, label + 1) for label, name in enumerate(self.classes)}
        for name, part in [*parts.items(), ("mean", slice(None))]:
            every, *sizes = [_text(values[part]) for values in tables.values()]
            objects = sum(int(each.positives.sum()) for each in self.ranked[part])
            rows.append([name, every, _text(tables["all"][part, 0]), *sizes, f"{objects:,}"])
        table = Table("Average precision", ["", "AP", "AP at 0.5", "small", "medium", "large", "test objects"], rows)
        weights = np.ones(len(records))
        common = sorted(range(len(self.classes)), key=lambda label: -self.ranked[label].positives.sum())[:CURVES]
        curves = {self.classes[label]: points for label in sorted(common) if (points := _points(self.ranked[label], weights))}
        chart = Chart("Precision over recall, at an overlap of 0.5", "recall", curves, ((0, 1), (0, 1)))
        notes = [f"Curves are those of the {CURVES} classes with most objects."] if len(self.classes) > CURVES else []
        return Section("Precision", notes, [table], [chart] if curves else [])

    def _worst(self, kept: dict[str, Record], mistakes: dict[str, Mistakes]) -> Section:
        worst = sorted(mistakes, key=lambda path: -len(mistakes[path].kinds) - len(mistakes[path].missed))[:WORST]
        wrong = [path for path in worst if mistakes[path].kinds or mistakes[path].missed]
        notes = [
            "Red boxes are wrong, blue ones are right, and objects without a right box are yellow. As TIDE counts them, those that "
            "a wrong box is meant for are badly found, and only those that no box is near to are missed. The images with most "
            "mistakes come first."
        ]
        pictures = [self._picture(path, kept[path], mistakes[path]) for path in wrong]
        return Section("Images with most mistakes", notes if wrong else ["There is no mistake."], pictures=pictures)

    def _picture(self, path: str, record: Record, mistakes: Mistakes) -> Picture:
        image = read_image(self.file(path))
        small = F.resize(image, [*fitted_size(image.shape[-2], image.shape[-1], (SIDE, SIDE))])
        factor = torch.tensor([small.shape[-1] / image.shape[-1], small.shape[-2] / image.shape[-2]]).repeat(2)
        names = [f"{self.classes[label]} {score:.2f}" for label, score in zip(record.labels, record.scores, strict=True)]
        badly = sorted({*mistakes.meant.values()} - {*mistakes.matched.tolist()})
        drawn = [(record.boxes[number], WRONG, f"{names[number]}: {kind}") for number, kind in mistakes.kinds.items()]
        drawn += [
            (record.true_boxes[number], NOT_FOUND, self.classes[record.true_labels[number]]) for number in badly + mistakes.missed
        ]
        drawn += [(record.boxes[number], RIGHT, names[number]) for number in np.flatnonzero(mistakes.matched >= 0)]
        boxes, colors, texts = zip(*drawn, strict=True)
        picture = draw_boxes(small, torch.from_numpy(np.stack(boxes)) * factor, colors, texts)
        numbers = f"{len(mistakes.kinds)} wrong, {len(badly)} badly found, {len(mistakes.missed)} missed"
        return picture_of(picture, f"{numbers}: {Path(path).name}")


def above(record: Record, score: float) -> Record:
    """A record without the boxes that have no higher score."""
    kept = record.scores > score
    found = (record.boxes[kept], record.scores[kept], record.labels[kept])
    return Record(*found, record.true_boxes, record.true_labels, record.crowds, record.areas)


def _mean(values: np.ndarray) -> float:
    return np.nan if np.isnan(values).all() else float(np.nanmean(values))


def _text(values: np.ndarray) -> str:
    return "" if np.isnan(values).all() else f"{_mean(values):.3f}"


def _points(ranked: Ranked, weights: np.ndarray) -> list[tuple[float, float]]:
    curve = ranked.curve(weights)
    return [] if curve is None else [*zip(RECALLS.tolist(), curve[0].tolist(), strict=True)]
