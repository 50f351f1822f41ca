"""Predictions as the web service gives them."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel


class Present(BaseModel):
    """A class that is in an image."""

    index: int
    label: str
    pixels: int


class Answer(BaseModel):
    """The classes in an image; `mask` is a PNG of class indices, as large as the file, in base64."""

    classes: list[Present]
    mask: str


def answer(prediction: Mapping[str, Any], classes: list[str]) -> Answer:
    """What is said of one image.

    Args:
        prediction: `{"mask": (H, W)}`, uint8, an array, or a tensor on the CPU.
        classes: Class names, by index.
    """
    mask = np.asarray(prediction["mask"])
    indices, counts = np.unique(mask, return_counts=True)
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    return Answer(
        classes=[
            Present(index=index, label=classes[index], pixels=pixels)
            for index, pixels in zip(indices.tolist(), counts.tolist(), strict=True)
        ],
        mask=base64.b64encode(file.getvalue()).decode(),
    )
