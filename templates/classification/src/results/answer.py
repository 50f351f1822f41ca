"""Predictions as the web service gives them."""

from pydantic import BaseModel
from torch import Tensor


class Answer(BaseModel):
    """The likeliest class of an image, all that are predicted, and the probability of each."""

    label: str
    score: float
    labels: list[str]
    probabilities: dict[str, float]


def answer(prediction: dict[str, Tensor], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `{"probabilities": (classes,), "labels": (classes,) bool}`.
        classes: Class names, by index.
    """
    score, index = prediction["probabilities"].max(dim=0)
    probabilities = dict(zip(classes, prediction["probabilities"].tolist(), strict=True))
    labels = [classes[index] for index in prediction["labels"].nonzero().flatten().tolist()]
    return Answer(label=classes[int(index)], score=score.item(), labels=labels, probabilities=probabilities)
