"""From an ONNX file to predictions in pixels of image files, without torch, which takes seconds to load, and gigabytes."""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..config.model import ModelSettings, ViewSettings
from ..data.input_size import GRAY, fitted_size
from ..data.opening import read_picture
from ..data.reduction import Detail
from .decode_arrays import decode
from .exported_file import OnnxNetwork, check_kind, read_file

MOST_THREADS = 16  # more only wait for each other


class OnnxPredictor:
    """Predicts what `Predictor` does from the same file.

    Args:
        path: Of the file.
        options: The values of `PredictionSettings`; None keeps the value in the file.

    Attributes:
        classes: Class names, by index.
        image_size: Height and width of the input.
        views: Those of `ViewSettings` by which images are not seen whole, which takes torch: then this predicts wrongly.

    Raises:
        UserError: If `path` is no such file of this project.
    """

    def __init__(self, path: str | Path, **options: Any) -> None:
        self.network, settings = read_file(path, partial(OnnxNetwork, threads=threads()))
        arguments = settings["hyper_parameters"]
        check_kind(path, {name for name, field in ModelSettings.model_fields.items() if field.is_required()} - arguments.keys())
        self.classes: list[str] = arguments["classes"]
        height, width = arguments["image_size"]
        self.image_size = height, width
        given = {name: value for name, value in options.items() if value is not None}
        views = ViewSettings.among(settings["datamodule_hyper_parameters"] | given)
        self.views = {name: value for name, value in views.items() if value}
        self.options = json.loads(self.network.metadata["decode_options"]) | {
            name: value for name, value in given.items() if name not in views
        }

    def read(self, path: Path, keep_original: bool, max_pixels: int) -> dict[str, Any]:
        """What the model sees of an image file.

        Returns:
            `"image"` `(h, w, 3)`, uint8, the `"size"` of the file, and if it is kept `"original"`, `(3, H, W)`, uint8.

        Raises:
            UserError: If the file cannot be read.
        """
        picture, factor = read_picture(path, Detail(self.image_size), max_pixels)
        # The model sees the same, whether or not a picture is wanted.
        whole = picture if factor == 1 or not keep_original else read_picture(path, None, max_pixels)[0]
        item = {"image": self._fitted(picture), "size": (factor * picture.height, factor * picture.width)}
        return item | {"original": np.asarray(whole).transpose(2, 0, 1)} if keep_original else item

    def _fitted(self, picture: Image.Image) -> np.ndarray:
        """Does what `Letterbox` does: Pillow, too, resizes with antialiasing."""
        height, width = fitted_size(picture.height, picture.width, self.image_size)
        filled = Image.new("RGB", self.image_size[::-1], (GRAY, GRAY, GRAY))
        filled.paste(picture.resize((width, height), Image.Resampling.BILINEAR))
        return np.asarray(filled)

    def predict(self, items: list[dict[str, Any]]) -> list[dict[str, np.ndarray]]:
        """The prediction for each item of `read`, in pixels of its file."""
        images = np.stack([item["image"] for item in items]).transpose(0, 3, 1, 2)
        outputs: Any = self.network(np.ascontiguousarray(images, dtype=np.float32) * np.float32(1 / 255))
        (single, *several) = outputs.values()
        return decode(outputs if several else single, [item["size"] for item in items], self.image_size, **self.options)


def threads() -> int:
    """How many compute: `OMP_NUM_THREADS`, as for torch, or else one for each processor that this process may use."""
    if (given := os.environ.get("OMP_NUM_THREADS", "")).isdigit():
        return max(1, int(given))
    return min(MOST_THREADS, len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)
