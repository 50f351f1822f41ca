"""Reading checkpoints: files of plain data, never of code."""

import pickle
from pathlib import Path
from typing import Any

import torch

from ..config.errors import UserError
from ..config.model import ModelSettings
from .module import VisionModule

PARTS = {"state_dict", "hyper_parameters", "datamodule_hyper_parameters"}


def load_checkpoint(path: str | Path) -> dict[str, Any]:
    """Reads a checkpoint onto the CPU, with `weights_only=True`: a file that would run code is refused.

    Raises:
        UserError: If there is no such file, or it is no checkpoint of this project.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"ckpt_path={path} does not exist: a run keeps its checkpoints in <run_dir>/checkpoints/")
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, ValueError) as error:
        reason = str(error).partition("\n")[0] or "it is empty"
        raise UserError(f"ckpt_path={path} is no readable checkpoint ({reason})") from None
    if not isinstance(checkpoint, dict) or not checkpoint.keys() >= PARTS:
        raise UserError(f"ckpt_path={path} is no checkpoint written by train")
    return checkpoint


def settings_in(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """The settings of the training that wrote a checkpoint: `model` and `data` by key, and `seed`."""
    data, model = checkpoint["datamodule_hyper_parameters"], checkpoint["hyper_parameters"]
    return {
        "model": {key: value for key, value in model.items() if key in ModelSettings.model_fields},
        "data": {key: value for key, value in data.items() if key != "seed"},
        "seed": data["seed"],
    }


def load_weights(module: VisionModule, checkpoint: dict[str, Any]) -> None:
    """Puts the weights in a checkpoint into `module`.

    Raises:
        UserError: If they do not fit.
    """
    try:
        module.load_state_dict(checkpoint["state_dict"])
    except RuntimeError as error:
        raise UserError(f"the weights in the checkpoint do not fit this model ({str(error).splitlines()[0]})") from None
