"""From a checkpoint to predictions in pixels of the image files."""

import inspect
from pathlib import Path
from typing import Any

import lightning as L
from torch import Tensor

from ..config.errors import UserError
from ..data.images import UnlabeledImages
{%- if cookiecutter.task != "classification" %}
from ..data.tiles import Tiling
{%- endif %}
from .checkpoints import load_checkpoint, load_weights
from .decode import decode
from .exported import is_exported, read_exported
from .module import VisionModule
{%- if cookiecutter.task != "classification" %}
from .tiling import on_whole_images
{%- endif %}


def load_module(checkpoint: dict[str, Any]) -> VisionModule:
    """The trained module in a checkpoint, in evaluation mode. Fetches no weights.

    Args:
        checkpoint: As `load_checkpoint` reads it.

    Raises:
        UserError: If the checkpoint belongs to another kind of model.
    """
    settings = _arguments(checkpoint)
    module = VisionModule(**settings, fetch_weights=False)
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
    return VisionModule(**_arguments(settings), network=network).eval(), settings


def _arguments(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Those of the module that is in a checkpoint, if it is one of this kind."""
    settings = checkpoint["hyper_parameters"]
    try:
        inspect.signature(VisionModule).bind(**settings)
    except TypeError as error:
        raise UserError(f"the checkpoint is of another kind of model ({error})") from None
    return settings


class Predictor(L.LightningModule):
    """Predicts on batches of `UnlabeledImages`, for `Trainer.predict`.

    Args:
        module: A trained module.
{%- if cookiecutter.task != "classification" %}
        tile: Longer side of the tiles that images are cut into, in pixels of the file; 0: none.
{%- endif %}
        options: Of `decode`; by default those of the module.
    """

    def __init__(self, module: VisionModule, {% if cookiecutter.task != "classification" %}tile: int = 0, {% endif %}**options: Any) -> None:
        super().__init__()
        self.module = module
        self.classes = module.classes
        self.image_size = module.image_size
{%- if cookiecutter.task != "classification" %}
        self.tile = tile
{%- endif %}
        self.options = module.decode_options | {name: value for name, value in options.items() if value is not None}

    @classmethod
    def from_checkpoint(cls, path: str | Path, **options: Any) -> "Predictor":
        """The predictor of the module in a checkpoint, or in an exported file.

        Args:
            path: Of the file.
            options: The values of `PredictionSettings`; None keeps the value in the checkpoint.

        Raises:
            UserError: If `path` is no such file of this project.
        """
{%- if cookiecutter.task == "classification" %}
        return cls(load_trained(path)[0], **options)
{%- else %}
        module, settings = load_trained(path)
        if options.get("tile") is None:
            options["tile"] = settings["datamodule_hyper_parameters"].get("tile", 0)
        return cls(module, **options)
{%- endif %}

    def images(self, paths: list[Path], keep_original: bool, max_pixels: int, batch_size: int) -> UnlabeledImages:
        """Image files as it takes them; the arguments are those of `UnlabeledImages`."""
{%- if cookiecutter.task == "classification" %}
        return UnlabeledImages(paths, self.image_size, keep_original, max_pixels)
{%- else %}
        tiling = Tiling(self.tile, self.image_size, batch_size) if self.tile else None
        return UnlabeledImages(paths, self.image_size, keep_original, max_pixels, tiling)
{%- endif %}

    def predict_step(self, batch: dict[str, Any], batch_idx: int = 0) -> list[dict[str, Tensor]]:
        """The prediction for each image of a batch that could be read, in pixels of its file."""
        if not batch["path"]:
            return []
{%- if cookiecutter.task == "classification" %}
        return decode(self.module.network(batch["image"]), batch["size"], self.image_size, **self.options)
{%- else %}

        def predict(part: dict[str, Any]) -> list[dict[str, Tensor]]:
            return decode(self.module.network(part["image"]), part["size"], self.image_size, **self.options)

        return on_whole_images(batch, self.device, predict)
{%- endif %}
