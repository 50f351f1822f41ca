"""Trainings from random weights begin with small images."""

import logging
from typing import Any

import lightning as L

from ..data.input_size import shrunk
from ..model.backbones import run_on_shapes
from ..model.recipe import part_done

log = logging.getLogger(__name__)


class GrowingImages(L.Callback):
    """Lets images grow in a training from random weights: what is learned first is coarse, and small images take less time.

    Known as progressive resizing (section 4 of https://arxiv.org/abs/2104.00298). Validation sees whole images. So does the first
    step, lest it shows only hours later that memory is short. Weights of others know larger images, and a network that is compiled
    would be compiled for each size: there, images stay as they are.

    Args:
        first: Part of the sides of the input that images have at first.
        until: Part of the training after which they have them whole.
    """

    def __init__(self, first: float, until: float) -> None:
        self.first = first
        self.until = until

    def on_train_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self.grows = False
        if pl_module.hparams.get("recipe") == "scratch" and not pl_module.hparams["compile"]:
            smallest = shrunk(pl_module.image_size, self.first)
            self.grows = smallest != pl_module.image_size and _takes(pl_module.network, smallest)
            if self.grows:
                log.info("Training images grow from %d x %d", *smallest)
        self._grow(trainer, pl_module)

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self._grow(trainer, pl_module)

    def _grow(self, trainer: L.Trainer, pl_module: Any) -> None:
        if not self.grows:
            return
        done = part_done(trainer, trainer.global_step) if trainer.global_step else None
        part = 1.0 if done is None else min(1.0, self.first + (1 - self.first) * done / self.until)
        size = shrunk(pl_module.image_size, part)
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        data.training_size = size if size != pl_module.image_size else None


def _takes(network: Any, size: tuple[int, int]) -> bool:
    """Whether images may have this size: some networks take one only."""
    try:
        run_on_shapes(network, size)
    except (ValueError, RuntimeError, AssertionError, IndexError):
        return False
    return True
