"""Predictions as the web service gives them."""

from pydantic import BaseModel
from torch import Tensor
from torchvision.ops import box_convert


class Found(BaseModel):
    """An object. `bbox` is left, top, width and height in pixels of the file, as in COCO."""

    label: str
    score: float
    bbox: tuple[float, float, float, float]


class Answer(BaseModel):
    """The objects in an image, best first."""

    objects: list[Found]


def answer(prediction: dict[str, Tensor], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `boxes` `(N, 4)` xyxy in pixels of the file, `scores` `(N,)` and `labels` `(N,)`.
        classes: Class names, by index.
    """
    boxes = box_convert(prediction["boxes"].float(), "xyxy", "xywh").tolist()
    scores, labels = prediction["scores"].tolist(), prediction["labels"].tolist()
    return Answer(
        objects=[
            Found(label=classes[label], score=score, bbox=tuple(box))
            for box, score, label in zip(boxes, scores, labels, strict=True)
        ]
    )
