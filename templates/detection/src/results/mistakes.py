"""What is wrong with found boxes, in the kinds of TIDE (https://arxiv.org/abs/2008.08115), and what each kind costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .matching import Ranked, Record, match, overlap

RIGHT, NEAR = 0.5, 0.1  # an overlap that is enough, and one that is more than chance
KINDS = {
    "class": "well placed, but of another class",
    "place": "of the right class, but overlaps too little",
    "both": "of another class, and overlaps too little",
    "duplicate": "the object was already found by a better box",
    "background": "nothing is there",
    "missed": "an object that no box is near to",
}


@dataclass
class Mistakes:
    """What is wrong in an image.

    Attributes:
        matched: The true box of each found one, -1 for none, `(N,)`.
        ignored: Whether a found box does not count, `(N,)`.
        kinds: The kind of each wrong box, by its number.
        meant: The true box that a box of kind `class` or `place` would be right for.
        missed: Numbers of true boxes.
    """

    matched: np.ndarray
    ignored: np.ndarray
    kinds: dict[int, str] = field(default_factory=dict)
    meant: dict[int, int] = field(default_factory=dict)
    missed: list[int] = field(default_factory=list)


def mistakes_in(record: Record) -> Mistakes:
    """Tells the mistakes in an image apart; the first kind that fits counts."""
    matched, ignored, aside = match(record, thresholds=np.array([RIGHT]))
    found = Mistakes(matched[0], ignored[0])
    overlaps = np.where(record.crowds, 0, overlap(record))
    same = record.labels[:, None] == record.true_labels
    for number in np.flatnonzero((found.matched < 0) & ~found.ignored).tolist():
        own, other = (np.append(np.where(mine, overlaps[number], 0), 0) for mine in (same[number], ~same[number]))
        if NEAR <= own.max() < RIGHT:
            found.kinds[number], found.meant[number] = "place", int(own.argmax())
        elif other.max() >= RIGHT:
            found.kinds[number], found.meant[number] = "class", int(other.argmax())
        elif own.max() >= RIGHT:
            found.kinds[number] = "duplicate"
        else:
            found.kinds[number] = "background" if max(own.max(), other.max()) < NEAR else "both"
    near = {*found.matched.tolist(), *found.meant.values()}
    found.missed = [number for number in np.flatnonzero(~aside).tolist() if number not in near]
    return found


def costs(records: Sequence[Record], mistakes: Sequence[Mistakes], classes: int) -> dict[str, float]:
    """How much the average precision at an overlap of 0.5 would rise if all mistakes of a kind, and only they, were mended."""
    plain = _precision(records, mistakes, classes, "")
    return {kind: _precision(records, mistakes, classes, kind) - plain for kind in KINDS}


def _precision(records: Sequence[Record], mistakes: Sequence[Mistakes], classes: int, mended: str) -> float:
    """The average precision without the mistakes of a kind: boxes become right if they can, else they are not there."""
    boxes, positives = [], np.zeros((classes, len(records)))
    for image, (record, found) in enumerate(zip(records, mistakes, strict=True)):
        counted = [number for number in np.flatnonzero(~record.crowds).tolist() if mended != "missed" or number not in found.missed]
        positives[:, image] = np.bincount(record.true_labels[counted], minlength=classes)
        taken = set(found.matched.tolist())
        for number in np.flatnonzero(~found.ignored).tolist():
            label, hit = record.labels[number], found.matched[number] >= 0
            if mended and found.kinds.get(number) == mended:
                true = found.meant.get(number)
                if true is None or true in taken:
                    continue
                taken.add(true)
                label, hit = record.true_labels[true], True
            boxes.append((image, label, record.scores[number], hit))
    table = np.array(boxes, dtype=float).reshape(-1, 4)
    table = table[np.argsort(-table[:, 2], kind="stable")]
    weights, values = np.ones(len(records)), []
    for label in range(classes):
        mine = table[table[:, 1] == label]
        hits = mine[None, :, 3] > 0
        ranked = Ranked(mine[:, 0].astype(int), hits, np.ones_like(hits), mine[:, 2], positives[label])
        curve = ranked.curve(weights)
        values += [] if curve is None else [float(curve.mean())]
    return float(np.mean(values)) if values else 0.0
