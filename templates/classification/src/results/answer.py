"""Predictions as the web service gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel


class Answer(BaseModel):
    """The likeliest class of an image, all that are predicted, and the probability of each."""

    label: str
    score: float
    labels: list[str]
    probabilities: dict[str, float]


def answer(prediction: Mapping[str, Any], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `{"probabilities": (classes,), "labels": (classes,) bool}`, arrays, or tensors on the CPU.
        classes: Class names, by index.
    """
    probabilities = dict(zip(classes, prediction["probabilities"].tolist(), strict=True))
    labels = [classes[index] for index in np.flatnonzero(prediction["labels"])]
    likeliest = max(probabilities, key=lambda label: probabilities[label])
    return Answer(label=likeliest, score=probabilities[likeliest], labels=labels, probabilities=probabilities)
