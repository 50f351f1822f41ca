"""Reading and writing checkpoints: files of plain data, never of code."""

import inspect
import io
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from ..config.errors import UserError
from ..config.model import ModelSettings
from ..config.runs import damage, write_sealed
from ..data.input_size import with_both_sides
from .contents import check_contents
from .exported_file import check_kind
from .module import VisionModule


def save_checkpoint(checkpoint: dict[str, Any], path: str | Path) -> None:
    """Writes a checkpoint such that there is always a whole one.

    Raises:
        UserError: If there is no room, or no permission.
    """
    buffer = io.BytesIO()  # torch's own writer hides why the system refuses
    torch.save(checkpoint, buffer)
    write_sealed(buffer.getbuffer(), Path(path))


def load_checkpoint(path: str | Path, resume: bool = False) -> dict[str, Any]:
    """Reads a checkpoint onto the CPU. Code in it is never run.

    Args:
        path: The file.
        resume: The training is to go on, which takes more than the weights.

    Raises:
        UserError: If there is no such file, or it is damaged, or no checkpoint of this project.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"ckpt_path={path} does not exist: a run keeps its checkpoints in <run_dir>/checkpoints/")
    if problem := damage(file):
        raise UserError(f"ckpt_path={path} {problem}; use another checkpoint")
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # whatever torch's readers stumble over in a file that somebody made
        reason = f"it holds code, or is malformed ({type(error).__name__})"
        raise UserError(f"ckpt_path={path} is no readable checkpoint: {reason}") from None
    check_contents(checkpoint, path, resume)
    check_arguments(checkpoint["hyper_parameters"], path)
    return checkpoint | {part: with_both_sides(checkpoint[part]) for part in ("hyper_parameters", "datamodule_hyper_parameters")}


def check_arguments(settings: dict[str, Any], path: str | Path) -> None:
    """Looks whether the settings in a file are those of a model of this task.

    Args:
        settings: The arguments of its module.
        path: The file, for the message.

    Raises:
        UserError: If they are not.
    """
    parameters = inspect.signature(VisionModule).parameters
    needed = {name for name, parameter in parameters.items() if parameter.default is parameter.empty}
    check_kind(path, needed - settings.keys(), settings.keys() - parameters.keys())


def settings_in(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """The settings of the training that wrote a checkpoint: `model` and `data` by key, and `seed`."""
    data, model = checkpoint["datamodule_hyper_parameters"], checkpoint["hyper_parameters"]
    arguments = inspect.signature(VisionModule).parameters.values()
    of_earlier = {each.name: each.default for each in arguments if each.default is not each.empty}
    return {
        "model": {key: value for key, value in (of_earlier | model).items() if key in ModelSettings.model_fields},
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
        what = shorten(str(error).partition("\n")[2], 300, placeholder=" …")  # behind the names of classes
        raise UserError(f"the weights in the checkpoint do not fit this model ({what})") from None
