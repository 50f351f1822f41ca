"""`decode` in NumPy, for a service without torch. Whoever changes one changes the other: a test compares them."""

from collections.abc import Sequence

import numpy as np

from ..data.input_size import fitted_size

STRIDES = (8, 16, 32, 64, 128)  # of the maps whose cells are the places
LEAST_SCORE = 0.05  # as in the FCOS paper; boxes below count in no metric and are never shown
CANDIDATES = 1000  # of each map, before overlapping boxes are removed
OVERLAP = 0.6  # a box that overlaps a better one of its class by more is removed
MOST_BOXES = 100  # of an image


def padded_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """Height and width to which the network extends the input, so that all its maps have whole cells."""
    height, width = (-(-side // 32) * 32 for side in image_size)
    return height, width


def decode(
    outputs: dict[str, np.ndarray],
    sizes: Sequence[tuple[int, int]],
    image_size: tuple[int, int],
    score_threshold: float = LEAST_SCORE,
) -> list[dict[str, np.ndarray]]:
    """The objects in each image, in pixels of its file: see `decode.decode`. Takes the outputs of exported files."""
    if "objects" in outputs:  # of D-FINE, which gives each object one box
        boxes, levels, overlap = outputs["objects"], [outputs["objects"].shape[1]], 1.0
    else:
        height, width = padded_size(image_size)
        levels = [-(-height // stride) * -(-width // stride) for stride in STRIDES]
        boxes, overlap = outputs["boxes"], OVERLAP
    threshold = max(score_threshold, LEAST_SCORE)
    found = []
    for image_boxes, scores, size in zip(boxes, outputs["scores"], sizes, strict=True):
        fitted = fitted_size(*size, image_size)
        best = _best(_clipped(image_boxes, fitted), scores, levels, threshold, overlap)
        factors = np.array([whole / part for whole, part in zip(size[::-1], fitted[::-1], strict=True)] * 2, dtype=np.float32)
        found.append(best | {"boxes": _clipped(best["boxes"] * factors, size)})
    return found


def _best(boxes: np.ndarray, scores: np.ndarray, levels: list[int], threshold: float, overlap: float) -> dict[str, np.ndarray]:
    """Of boxes `(A, 4)` with scores `(A, classes)` those that are left after non-maximum suppression."""
    chosen, first = [], 0
    for level in np.split(scores, np.cumsum(levels)[:-1]):
        flat = level.ravel()
        above = np.flatnonzero(flat > threshold)
        chosen.append(first + above[np.argsort(-flat[above], kind="stable")[:CANDIDATES]])
        first += flat.size
    places, labels = np.divmod(np.concatenate(chosen), scores.shape[1])
    boxes, scores = boxes[places], scores[places, labels]
    inside = (boxes[:, :2] < boxes[:, 2:]).all(axis=1)  # not those that lay wholly in the border
    boxes, scores, labels = boxes[inside], scores[inside], labels[inside]
    waiting, kept = np.argsort(-scores, kind="stable"), []
    while len(waiting) and len(kept) < MOST_BOXES:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        free = (labels[waiting] != labels[best]) | (_overlaps(boxes[best], boxes[waiting]) <= overlap)
        waiting = waiting[free]
    return {"boxes": boxes[kept], "scores": scores[kept], "labels": labels[kept]}


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The intersection over union of a box `(4,)` with each of others `(N, 4)`."""
    shared = (np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])).clip(0).prod(axis=1)
    return shared / ((box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared)


def _clipped(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return boxes.clip(0, np.array([size[1], size[0]] * 2, dtype=np.float32))
