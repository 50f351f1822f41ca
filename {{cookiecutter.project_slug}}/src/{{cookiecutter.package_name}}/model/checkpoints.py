"""Reading checkpoints: files of plain data, never of code."""

import pickle
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from ..config.cli import given_overrides
from ..config.errors import UserError
from .module import VisionModel


def load_checkpoint(path: str) -> dict[str, Any]:
    """Reads a checkpoint onto the CPU, with `weights_only=True`: a file that would run code is refused.

    Raises:
        UserError: If there is no such file, or it is no checkpoint of this project.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"ckpt_path={path} does not exist: a run keeps its checkpoints in <run_dir>/checkpoints/")
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError) as error:
        raise UserError(f"ckpt_path={path} is no readable checkpoint ({str(error).splitlines()[0]})") from None
    if (
        not isinstance(checkpoint, dict)
        or not {"state_dict", "hyper_parameters", "datamodule_hyper_parameters"} <= checkpoint.keys()
    ):
        raise UserError(f"ckpt_path={path} is no checkpoint written by train")
    return checkpoint


def load_model(checkpoint: dict[str, Any]) -> VisionModel:
    """The trained model in a checkpoint, in evaluation mode. Fetches no weights.

    Raises:
        UserError: If the checkpoint belongs to another model class.
    """
    try:
        model = VisionModel(**checkpoint["hyper_parameters"] | {"pretrained": False})
    except TypeError as error:
        raise UserError(f"the checkpoint is of another kind of model ({error})") from None
    load_weights(model, checkpoint)
    return model.eval()


def load_weights(model: VisionModel, checkpoint: dict[str, Any]) -> None:
    """Puts the weights in a checkpoint into `model`.

    Raises:
        UserError: If they do not fit.
    """
    try:
        model.load_state_dict(checkpoint["state_dict"])
    except RuntimeError as error:
        raise UserError(f"the weights in the checkpoint do not fit this model ({str(error).splitlines()[0]})") from None


def adopt_settings(cfg: DictConfig, checkpoint: dict[str, Any]) -> None:
    """Goes on with the model and data settings of a checkpoint, but for those given on the command line."""
    explicit = {override.lstrip("+").partition("=")[0] for override in given_overrides()}
    saved_by_section = {"model": checkpoint["hyper_parameters"], "data": checkpoint["datamodule_hyper_parameters"]}
    for section, saved in saved_by_section.items():
        for key in cfg[section]:
            if key in saved and f"{section}.{key}" not in explicit:
                cfg[section][key] = saved[key]
    if "seed" not in explicit:
        cfg.seed = checkpoint["datamodule_hyper_parameters"]["seed"]
