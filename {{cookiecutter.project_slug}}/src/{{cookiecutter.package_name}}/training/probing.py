"""What a new training could be set to, found by trying: a learning rate, or a size of batches."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
from lightning.pytorch.tuner.tuning import Tuner

from ..config.errors import UserError
from ..config.trainer import TrainerSettings
from .freezing import Freezing
from .trainer import make_trainer

RATES = 100  # learning rates that are tried, a step each
LOWEST, HIGHEST = 1e-6, 1.0
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
    no_end = {"max_epochs": -1, "max_steps": -1, "max_time": None}
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


def find_learning_rate(trainer: L.Trainer, module: L.LightningModule, data: L.LightningDataModule) -> float:
    """The rate at which the loss falls fastest while rates rise (https://arxiv.org/abs/1506.01186), to two digits.

    Raises:
        UserError: If the loss falls at no rate.
    """
    rates = {"min_lr": LOWEST, "max_lr": HIGHEST, "num_training": RATES}
    found = Tuner(trainer).lr_find(module, datamodule=data, update_attr=False, **rates)
    rate = found and found.suggestion()
    if not rate:
        raise UserError("find=lr: the loss falls at no learning rate: doctor shows the images as the model sees them")
    return float(f"{rate:.2g}")


def find_batch_size(trainer: L.Trainer, module: L.LightningModule, data: Any) -> int:
    """The most images in a batch, as a power of two, that the memory of the device takes; no more than there are for training."""
    found = Tuner(trainer).scale_batch_size(module, datamodule=data, steps_per_trial=STEPS)
    return min(found or 1, len(data.train))
