"""What a new training could be set to, found by trying: a learning rate, or a size of batches."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
import numpy as np
from lightning.pytorch.tuner.tuning import Tuner

from ..config.errors import UserError
from ..config.trainer import TrainerSettings
from .freezing import Freezing
from .trainer import make_trainer

RATES = 100  # learning rates that are tried, a step each
LOWEST, HIGHEST = 1e-6, 1.0
SMOOTHED = 6  # steps, the standard deviation of the weights of the losses around each
FALLEN = 0.85
STEPS = 3  # with each size of batches


@contextmanager
def probing_trainer(settings: TrainerSettings, find: str) -> Iterator[L.Trainer]:
    """A trainer that validates nothing and leaves no file behind.

    Args:
        settings: Of the training.
        find: `lr` or `batch_size`.

    Raises:
        UserError: If there are several devices, or one whose memory must not run out.
    """
    alone = {"enable_checkpointing": False, "profiler": None, "check_val_every_n_epoch": 2**31, "val_check_interval": None}
    no_end = {"max_epochs": -1, "max_steps": -1, "max_time": None, "min_epochs": None, "min_steps": None}
    with tempfile.TemporaryDirectory() as folder:  # for Lightning's checkpoint of what was before
        trainer = make_trainer(settings.model_copy(update={"default_root_dir": folder, **alone, **no_end}), [Freezing()])
        if trainer.world_size > 1:
            raise UserError(f"find={find} needs one device: add trainer.devices=1")
        if find == "batch_size" and not has_own_memory(trainer):
            raise UserError("find=batch_size needs a GPU: elsewhere the memory of the whole machine would have to run out")
        yield trainer


def has_own_memory(trainer: L.Trainer) -> bool:
    """Whether a training that takes too much memory is told so, and nothing else on the machine is harmed."""
    return trainer.strategy.root_device.type == "cuda"


class RisingRate(L.Callback):
    """Raises the learning rate from step to step, and keeps the loss at each, until all were tried or the loss is not finite.

    Lightning's finder gives all groups of parameters one rate, and leaves out the other callbacks.
    """

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.rates.append(LOWEST * (HIGHEST / LOWEST) ** (trainer.global_step / (RATES - 1)))
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = self.rates[-1] * group["initial_lr"]

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        loss = outputs["loss"].item()
        if math.isfinite(loss):
            self.losses.append(loss)
        trainer.should_stop = not math.isfinite(loss) or trainer.global_step == RATES


def find_learning_rate(trainer: L.Trainer, module: Any, data: L.LightningDataModule) -> float:
    """A good learning rate, to two digits, by the losses while rates rise (https://arxiv.org/abs/1506.01186).

    Raises:
        UserError: If the loss falls at no rate.
    """
    module.hparams["learning_rate"] = 1.0  # so that the rate of each group is its part of the highest
    tried = RisingRate()
    trainer.callbacks.append(tried)  # pyright: ignore[reportAttributeAccessIssue]
    trainer.fit(module, datamodule=data)
    rate = best_rate(tried.rates, tried.losses)
    if not rate:
        raise UserError("find=lr: the loss falls at no learning rate: doctor shows the images as the model sees them")
    return float(f"{rate:.2g}")


def best_rate(rates: list[float], losses: list[float]) -> float | None:
    """The last rate at which the loss clearly falls, as in chapter 5 of fastai's book (https://github.com/fastai/fastbook).

    There, `FALLEN` of the way from the highest to the lowest loss lies behind. The rate at which the loss falls fastest is only a
    fourth of it, and varies more.

    Args:
        rates: That rise by the same factor from step to step; there may be more than losses.
        losses: Of each step, all finite.

    Returns:
        None if the loss does not fall.
    """
    if not losses:
        return None
    steps = np.arange(len(losses))
    weights = np.exp(-(((steps[:, None] - steps) / SMOOTHED) ** 2) / 2)
    highest = 2 * losses[0] - min(losses)  # as far above the first as the lowest is below: more says no more
    smooth = weights @ np.minimum(losses, highest) / weights.sum(axis=1)
    falling = smooth[: smooth.argmin() + 1]
    left = (falling - falling[-1]) / max(falling.max() - falling[-1], 1e-9)
    before = np.flatnonzero(left >= 1 - FALLEN)
    return rates[before[-1]] if len(before) else None


def find_batch_size(trainer: L.Trainer, module: L.LightningModule, data: Any) -> int:
    """The most images in a batch, as a power of two, that the memory of the device takes; no more than there are for training."""
    found = Tuner(trainer).scale_batch_size(module, datamodule=data, steps_per_trial=STEPS)
    return min(found or 1, len(data.train))
