"""From a checkpoint to predictions in pixels of the image files."""

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities import move_data_to_device
from torch import Tensor

from ..config.errors import UserError
from ..config.model import ViewSettings
from ..data.images import UnlabeledImages, collate_unlabeled
from ..data.views import Views
from .checkpoints import check_arguments, load_checkpoint, load_weights
from .exported import is_exported, read_exported
from .module import VisionModule


def load_module(checkpoint: dict[str, Any]) -> VisionModule:
    """The trained module in a checkpoint, in evaluation mode. Fetches no weights.

    Args:
        checkpoint: As `load_checkpoint` reads it.
    """
    module = VisionModule(**checkpoint["hyper_parameters"], fetch_weights=False)
    load_weights(module, checkpoint)
    return module.eval()


def load_trained(path: str | Path) -> tuple[VisionModule, dict[str, Any]]:
    """The trained module in a checkpoint, or one around the network in an exported file.

    Returns:
        The module, in evaluation mode, and what `settings_in` takes.

    Raises:
        UserError: If `path` is neither.
    """
    if not is_exported(path):
        checkpoint = load_checkpoint(path)
        return load_module(checkpoint), checkpoint
    network, settings = read_exported(path)
    check_arguments(settings["hyper_parameters"], path)
    return VisionModule(**settings["hyper_parameters"], network=network).eval(), settings


class Predictor(L.LightningModule):
    """Predicts on batches of `UnlabeledImages`, for `Trainer.predict`.

    Args:
        module: A trained module.
        options: The values of `PredictionSettings`; by default, images are seen whole, and predictions are as in the training.
    """

    def __init__(self, module: VisionModule, **options: Any) -> None:
        super().__init__()
        self.module = module
        self.classes = module.classes
        self.image_size = module.image_size
        given = {name: value for name, value in options.items() if value is not None}
        self.view_options = ViewSettings.among(given)
        self.options = module.decode_options | {name: value for name, value in given.items() if name not in self.view_options}

    @classmethod
    def from_checkpoint(cls, path: str | Path, **options: Any) -> "Predictor":
        """The predictor of the module in a checkpoint, or in an exported file.

        Args:
            path: Of the file.
            options: The values of `PredictionSettings`; None keeps the value in the checkpoint.

        Raises:
            UserError: If `path` is no such file of this project.
        """
        module, settings = load_trained(path)
        given = {name: value for name, value in options.items() if value is not None}
        return cls(module, **ViewSettings.among(settings["datamodule_hyper_parameters"]) | given)

    def images(self, paths: list[Path], keep_original: bool, max_pixels: int, batch_size: int) -> UnlabeledImages:
        """Image files as it sees them; `batch_size` is that of `Views`."""
        return UnlabeledImages(paths, Views(self.image_size, batch_size, **self.view_options), keep_original, max_pixels)

    def predict_step(self, batch: dict[str, Any], batch_idx: int = 0) -> list[dict[str, Tensor]]:
        """The prediction for each image of a batch that could be read, in pixels of its file."""
        if not batch["path"]:
            return []
        return self.module.predict_files(batch, **self.options)


class FilePredictor:
    """Predicts on image files one by one, or a few at once, as `OnnxPredictor` does; for the web service.

    Args:
        predictor: In evaluation mode, on the device where it predicts.
        batch_size: That of `Views`.
    """

    def __init__(self, predictor: Predictor, batch_size: int) -> None:
        self.predictor = predictor
        self.batch_size = batch_size
        self.classes, self.image_size = predictor.classes, predictor.image_size

    def read(self, path: Path, keep_original: bool, max_pixels: int) -> dict[str, Any]:
        """An item of `UnlabeledImages`.

        Raises:
            UserError: If the file cannot be read.
        """
        item = self.predictor.images([path], keep_original, max_pixels, self.batch_size)[0]
        if "error" in item:
            raise UserError(item["error"])
        return item

    @torch.inference_mode()
    def predict(self, items: list[dict[str, Any]]) -> list[dict[str, np.ndarray]]:
        """The prediction for each item of `read`, in pixels of its file."""
        batch = collate_unlabeled(items)
        batch["image"] = move_data_to_device(batch["image"], self.predictor.device)
        predictions = self.predictor.predict_step(batch)
        return [{name: tensor.cpu().numpy() for name, tensor in each.items()} for each in predictions]
