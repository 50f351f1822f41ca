"""The optimizer and schedule shared by training recipes of vision models."""

import math
from functools import lru_cache, partial
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Timer
from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from timm.optim import param_groups_weight_decay  # pyright: ignore[reportPrivateImportUsage]
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from ..config.errors import UserError
from .finetuning import FROZEN, layer_groups
from .muon import Muon, matrices_of

DIVIDING = DeepSpeedStrategy | FSDPStrategy | ModelParallelStrategy  # strategies that give a device only parts of the weights
WARMUP = 0.05  # of the training
FIRST = 0.1  # of the highest rate


def optimizer_with_cosine(
    module: L.LightningModule, learning_rate: float, weight_decay: float, recipe: str = "scratch"
) -> OptimizerLRScheduler:
    """An optimizer whose rate rises linearly, then falls along a cosine to zero.

    It is Muon by the recipe `scratch`, and AdamW (https://arxiv.org/abs/1711.05101) by the others. Biases and normalization weights
    are not decayed. The rate falls with the steps or, under `trainer.max_time`, with the time, whichever ends first. A training
    without a known end keeps the full rate. By the recipe `finetune`, the backbone begins later, and its rates are lower.

    Raises:
        UserError: If Muon would see weights that are no matrices, since a strategy divides them.
    """
    by_layer = recipe == "finetune"
    groups: Any = layer_groups(module, learning_rate, weight_decay) if by_layer else param_groups_weight_decay(module, weight_decay)
    trainer = module.trainer
    if recipe == "scratch" and isinstance(trainer.strategy, DIVIDING):
        raise UserError("trainer.strategy divides the weights, which recipe=scratch has to see whole: use trainer.strategy=ddp")
    # In mixed precision, Lightning refuses to clip gradients for a fused optimizer; on a GPU, it gains little.
    fused = trainer.strategy.root_device.type == "cpu" and not str(trainer.precision).endswith("mixed")
    options: Any = {"lr": learning_rate, "weight_decay": weight_decay, "fused": fused}
    optimizer = Muon(groups, matrices_of(module), **options) if recipe == "scratch" else AdamW(groups, **options)

    @lru_cache(maxsize=1)  # the same for all groups of parameters, also as time goes by
    def done(step: int) -> float | None:
        return part_done(trainer, step + 0.5)

    def factor(step: int, waits: float) -> float:
        part = done(step)
        return 1.0 if part is None else rate((part - waits) / (1 - waits))

    factors = [
        partial(factor, waits=FROZEN if group.get("name", "").startswith("backbone") else 0.0) for group in optimizer.param_groups
    ]

    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": LambdaLR(optimizer, factors), "interval": "step"}}


def rate(progress: float) -> float:
    """The learning rate, as a part of the highest one, after a part of the training; before it begins, 0."""
    if progress < 0:
        return 0.0
    if progress < WARMUP:
        return FIRST + (1 - FIRST) * progress / WARMUP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARMUP) / (1 - WARMUP))))


def part_done(trainer: L.Trainer, steps: float) -> float | None:
    """How much of a training is done, by the steps or the time, whichever ends first.

    All processes have to ask: their clocks differ, and that of the first one counts.

    Args:
        trainer: Of the training.
        steps: Of the optimizer, until now.

    Returns:
        From 0 to 1, or a little more; None if the training has no known end.
    """
    part = steps / trainer.estimated_stepping_batches
    timer = next((callback for callback in trainer.callbacks if isinstance(callback, Timer)), None)  # pyright: ignore[reportAttributeAccessIssue]
    if timer:
        return max(part, trainer.strategy.broadcast(part_of_time(timer)))
    return part if math.isfinite(trainer.estimated_stepping_batches) else None


def part_of_time(timer: Timer) -> float:
    """How much of its time a training has spent, from 0 to 1, also before it was interrupted."""
    spent, left = timer.time_elapsed(), timer.time_remaining()
    return 0.0 if left is None else spent / max(spent + left, 1e-9)
