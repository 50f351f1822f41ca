"""Predictions as the web service gives them."""

import base64
import io

import torch
from PIL import Image
from pydantic import BaseModel
from torch import Tensor


class Present(BaseModel):
    """A class that is in an image."""

    index: int
    label: str
    pixels: int


class Answer(BaseModel):
    """The classes in an image; `mask` is a PNG of class indices, as large as the file, in base64."""

    classes: list[Present]
    mask: str


def answer(prediction: dict[str, Tensor], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `{"mask": (H, W)}`, uint8.
        classes: Class names, by index.
    """
    mask = prediction["mask"].cpu()
    indices, counts = torch.unique(mask, return_counts=True)
    file = io.BytesIO()
    Image.fromarray(mask.numpy()).save(file, "PNG")
    return Answer(
        classes=[
            Present(index=index, label=classes[index], pixels=pixels)
            for index, pixels in zip(indices.tolist(), counts.tolist(), strict=True)
        ],
        mask=base64.b64encode(file.getvalue()).decode(),
    )
