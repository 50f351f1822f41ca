"""Predictions as the web service gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel


class Found(BaseModel):
    """An object. `bbox` is left, top, width and height in pixels of the file, as in COCO."""

    label: str
    score: float
    bbox: tuple[float, float, float, float]


class Answer(BaseModel):
    """The objects in an image, best first."""

    objects: list[Found]


def answer(prediction: Mapping[str, Any], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `boxes` `(N, 4)` xyxy in pixels of the file, `scores` `(N,)` and `labels` `(N,)`, arrays, or tensors on the CPU.
        classes: Class names, by index.
    """
    corners = np.asarray(prediction["boxes"])
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).tolist()
    scores, labels = prediction["scores"].tolist(), prediction["labels"].tolist()
    return Answer(
        objects=[
            Found(label=classes[label], score=score, bbox=tuple(box))
            for box, score, label in zip(boxes, scores, labels, strict=True)
        ]
    )
