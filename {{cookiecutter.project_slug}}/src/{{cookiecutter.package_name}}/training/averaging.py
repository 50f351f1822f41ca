"""Validates, keeps and exports the moving average of the weights, which is better than the weights of any one step."""

from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor

from ..config.errors import UserError
from ..model.contents import not_of_train
from ..model.recipe import DIVIDING


class AverageWeights(WeightAveraging):
    """Lightning's average, over about the last tenth of the steps so far and at most the last `1 / (1 - decay)` steps.

    A checkpoint has the average in `state_dict` and, to go on from, the weights of the last step in `current_model_state`.

    Args:
        decay: How much of the average stays in each step, once there were many.
    """

    def __init__(self, decay: float) -> None:
        self.swapped = False

        @torch.no_grad()
        def update(averages: list[Tensor], weights: list[Tensor], updates: Tensor) -> None:
            count = self._latest_update_step  # and not `updates`, for which a GPU would have to be waited for
            current = 1 - min(decay, (1 + count) / (10 + count))  # at first, the random weights must soon be forgotten
            if averages[0].is_floating_point():
                # Under trainer.precision=bf16-true the average has more digits than the weights: it would not move with theirs.
                weights = [weight.to(average.dtype) for average, weight in zip(averages, weights, strict=True)]
                torch._foreach_lerp_(averages, weights, current)  # pyright: ignore[reportPrivateImportUsage]
            else:
                torch._foreach_copy_(averages, weights)  # counters  # pyright: ignore[reportPrivateImportUsage]

        super().__init__(multi_avg_fn=update)

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        if isinstance(trainer.strategy, DIVIDING):
            raise UserError("trainer.strategy divides the weights, which has no average: use callbacks.average_weights=null")
        if stage == "fit" and trainer.precision == "16-true":  # which torch.optim.swa_utils does not take beside other numbers
            raise UserError("trainer.precision=16-true is too coarse for an average of weights: use 16-mixed or bf16-true")
        super().setup(trainer, pl_module, stage)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self._average_model is not None:
            self._average_model.to(pl_module.device)  # it was copied before the module came there

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        if self.swapped:  # a checkpoint is saved next, and validation has the two sets of weights in each other's place
            self._swap_models(pl_module)

    def on_load_checkpoint(self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn == "fit":  # a test is one of the average
            try:
                super().on_load_checkpoint(trainer, pl_module, checkpoint)
            except RuntimeError:  # of torch, about parts that are missing or have other shapes
                raise not_of_train(trainer.ckpt_path, "current_model_state, averaging_state") from None

    def _swap_models(self, pl_module: L.LightningModule) -> None:
        super()._swap_models(pl_module)
        self.swapped = not self.swapped
