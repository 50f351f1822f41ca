"""`decode` in NumPy, for a service without torch. Whoever changes one changes the other: a test compares them."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..data.input_size import fitted_size


def decode(outputs: np.ndarray, sizes: Sequence[tuple[int, int]], image_size: tuple[int, int]) -> list[dict[str, np.ndarray]]:
    """The class of each pixel of each image, at the size of its file: see `decode.decode`."""
    return [{"mask": _classes_on_image(logits, size, image_size)} for logits, size in zip(outputs, sizes, strict=True)]


def _classes_on_image(logits: np.ndarray, size: tuple[int, int], image_size: tuple[int, int]) -> np.ndarray:
    height, width = fitted_size(*size, image_size)
    content = logits[:, :height, :width]
    if (height, width) == tuple(size):
        return content.argmax(axis=0).astype(np.uint8)
    tall, wide = size
    # Pillow's weights are those of torch with antialiasing.
    scaled = (np.asarray(Image.fromarray(scores).resize((wide, tall), Image.Resampling.BILINEAR)) for scores in content)
    best = next(scaled).copy()
    classes = np.zeros(size, dtype=np.uint8)
    for index, scores in enumerate(scaled, start=1):
        classes[scores > best] = index
        np.maximum(best, scores, out=best)
    return classes
