"""From a checkpoint to predictions in pixels of the image files."""

import inspect
from pathlib import Path
from typing import Any

import lightning as L
from torch import Tensor

from ..config.errors import UserError
from .checkpoints import load_checkpoint, load_weights
from .decode import decode
from .module import VisionModule


def load_module(checkpoint: dict[str, Any]) -> VisionModule:
    """The trained module in a checkpoint, in evaluation mode. Fetches no weights.

    Args:
        checkpoint: As `load_checkpoint` reads it.

    Raises:
        UserError: If the checkpoint belongs to another kind of model.
    """
    settings = checkpoint["hyper_parameters"]
    try:
        inspect.signature(VisionModule).bind(**settings)
    except TypeError as error:
        raise UserError(f"the checkpoint is of another kind of model ({error})") from None
    module = VisionModule(**settings, fetch_weights=False)
    load_weights(module, checkpoint)
    return module.eval()


class Predictor(L.LightningModule):
    """Predicts on batches of `UnlabeledImages`, for `Trainer.predict`.

    Args:
        module: A trained module.
        options: Of `decode`; by default those of the module.
    """

    def __init__(self, module: VisionModule, **options: Any) -> None:
        super().__init__()
        self.module = module
        self.classes = module.classes
        self.image_size = module.image_size
        self.options = module.decode_options | {name: value for name, value in options.items() if value is not None}

    @classmethod
    def from_checkpoint(cls, path: str | Path, **options: Any) -> "Predictor":
        """The predictor of the module in a checkpoint.

        Args:
            path: Of the checkpoint.
            options: The values of `PredictionSettings`; None keeps the value in the checkpoint.

        Raises:
            UserError: If `path` is no checkpoint of this project.
        """
        return cls(load_module(load_checkpoint(path)), **options)

    def predict_step(self, batch: dict[str, Any], batch_idx: int = 0) -> list[dict[str, Tensor]]:
        """The prediction for each image of a batch that could be read, in pixels of its file."""
        if not batch["path"]:
            return []
        return decode(self.module.network(batch["image"]), batch["size"], self.image_size, **self.options)
