"""Predictions as the web service gives them."""

from pydantic import BaseModel
from torch import Tensor


class Answer(BaseModel):
    """The best class of an image, and the probability of each."""

    label: str
    score: float
    probabilities: dict[str, float]


def answer(prediction: dict[str, Tensor], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `{"probabilities": (classes,)}`.
        classes: Class names, by index.
    """
    score, index = prediction["probabilities"].max(dim=0)
    probabilities = dict(zip(classes, prediction["probabilities"].tolist(), strict=True))
    return Answer(label=classes[int(index)], score=score.item(), probabilities=probabilities)
