"""Whether the progress and the callbacks in a checkpoint are such as this training would save: Lightning restores them unseen."""

from numbers import Number
from typing import Any

import lightning as L
from torch import Tensor

from ..model.contents import not_of_train


def check_restored(checkpoint: dict[str, Any], trainer: L.Trainer) -> None:
    """Compares parts of a checkpoint with those of the training that goes on from it.

    What the callbacks of another version of Lightning have not saved begins anew, and so gets into the checkpoint.

    Raises:
        UserError: If they do not fit, which Lightning would answer with a traceback, or not at all.
    """
    callbacks = {callback.state_key: callback.state_dict() for callback in trainer.callbacks}  # pyright: ignore[reportAttributeAccessIssue]
    own = {"loops": {"fit_loop": trainer.fit_loop.state_dict()}}
    own["callbacks"] = {key: state for key, state in callbacks.items() if key in checkpoint["callbacks"]}
    version = checkpoint["pytorch-lightning_version"]
    if checkpoint.get("legacy_pytorch-lightning_version", version) != L.__version__:
        checkpoint["callbacks"] |= {key: state | checkpoint["callbacks"][key] for key, state in own["callbacks"].items()}
    if where := misfit(own, checkpoint) or unlike_progress(checkpoint):
        raise not_of_train(trainer.ckpt_path, where)


def misfit(own: Any, saved: Any, where: str = "") -> str | None:
    """The place at which something saved has another type or shape than one's own, or lacks a part; None fits all."""
    if isinstance(own, dict):
        if not isinstance(saved, dict):
            return where
        missing = (f"{where}.{key}".strip(".") for key in own if key not in saved)
        unfit = (misfit(value, saved[key], f"{where}.{key}".strip(".")) for key, value in own.items() if key in saved)
        return next(missing, None) or next(filter(None, unfit), None)
    if isinstance(own, Tensor):
        fits = isinstance(saved, Tensor) and saved.shape == own.shape
    elif isinstance(own, Number) and not isinstance(own, bool):
        fits = isinstance(saved, Number) and not isinstance(saved, bool)
    else:
        fits = own is None or isinstance(saved, type(own))
    return None if fits else where


def unlike_progress(checkpoint: dict[str, Any]) -> str | None:
    """Which number contradicts the progress of the loops."""
    loops = checkpoint["loops"]["fit_loop"]
    automatic = loops["epoch_loop.automatic_optimization.optim_progress"]["optimizer"]["step"]
    steps = automatic["total"]["completed"] + loops["epoch_loop.manual_optimization.optim_step_progress"]["total"]["completed"]
    if checkpoint["global_step"] != steps:
        return "global_step"
    # It is saved before the epoch counts as completed, or after.
    return None if 0 <= loops["epoch_progress"]["current"]["completed"] - checkpoint["epoch"] <= 1 else "epoch"
