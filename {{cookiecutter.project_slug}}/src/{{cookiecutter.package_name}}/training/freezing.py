"""Keeps a backbone as it is while it does not learn."""

from typing import Any

import lightning as L

from ..model.finetuning import backbone_parameters


class Freezing(L.Callback):
    """For the recipe `frozen` and the beginning of `finetune`: running means and dropout rest as the weights do.

    In `finetune` only the learning rate holds the weights, since distributed training must know from the start what will learn.
    """

    def setup(self, trainer: L.Trainer, pl_module: Any, stage: str) -> None:
        if stage == "fit" and pl_module.hparams["recipe"] == "frozen":
            for parameter in backbone_parameters(pl_module.network):
                parameter.requires_grad_(False)

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if pl_module.hparams["recipe"] != "scratch":
            groups = trainer.optimizers[0].param_groups
            learns = any(group["lr"] for group in groups if group.get("name", "").startswith("backbone"))
            pl_module.network.backbone.train(learns)
