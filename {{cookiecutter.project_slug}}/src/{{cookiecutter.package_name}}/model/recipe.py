"""The optimizer and schedule shared by training recipes of vision models."""

import math

import lightning as L
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from timm.optim import create_optimizer_v2  # pyright: ignore[reportPrivateImportUsage]
from torch.optim.lr_scheduler import LambdaLR

WARMUP_FRACTION = 0.05


def adamw_with_cosine(module: L.LightningModule, learning_rate: float, weight_decay: float) -> OptimizerLRScheduler:
    """AdamW (https://arxiv.org/abs/1711.05101) whose rate rises linearly, then falls along a cosine to zero.

    Biases and normalization weights are not decayed. A training without a known end keeps the full rate.
    """
    optimizer = create_optimizer_v2(module, opt="adamw", lr=learning_rate, weight_decay=weight_decay)
    steps = module.trainer.estimated_stepping_batches
    warmup = max(1, round(WARMUP_FRACTION * steps)) if math.isfinite(steps) else 100

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        if not math.isfinite(steps):
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))

    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": LambdaLR(optimizer, factor), "interval": "step"}}
