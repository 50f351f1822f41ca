"""When checkpoints of the last step are written, and how all checkpoints are."""

import time
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO

from ..model.checkpoints import load_checkpoint, save_checkpoint
from .callbacks import NotFiniteError
from .resuming import between_steps, in_validation, is_exact, is_last_epoch


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning's way to write and read checkpoints, but for files that are torn, damaged, or hold code."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        save_checkpoint(checkpoint, path)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        return load_checkpoint(path)


class LastCheckpoint(Checkpoint):
    """Keeps what is needed to go on, in one file: before validations, after epochs, within long ones, and at the end.

    It is written only where going on is exact; so what an interruption loses is at most the time since, and what a signal or an
    error in a validation loses is nothing. Short epochs are passed over, such that writing takes a small share of the time.

    Args:
        file: The checkpoint.
        every_n_minutes: Write after so much time, too; None does not.
        every_n_steps: Write after so many steps of the optimizer, too; None does not.
        share: Most of the time that writing takes, beside that after so many minutes or steps.
    """

    def __init__(
        self, file: str, every_n_minutes: float | None = None, every_n_steps: int | None = None, share: float = 0.02
    ) -> None:
        self.file = file
        self.every_n_minutes = every_n_minutes
        self.every_n_steps = every_n_steps
        self.share = share
        self.running = False

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.running = not trainer.fast_dev_run  # pyright: ignore[reportAttributeAccessIssue]
        self.saved, self.took, self.step = time.monotonic(), 0.0, trainer.global_step

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if between_steps(trainer) and self._is_due(trainer):
            self._save(trainer)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if in_validation(trainer) and self._is_worth_it(trainer):
            self._save(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if is_last_epoch(trainer) or self._is_worth_it(trainer):
            self._save(trainer)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.running = False

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        if is_exact(trainer) and not isinstance(exception, NotFiniteError):
            self._save(trainer)

    def _is_due(self, trainer: L.Trainer) -> bool:
        minutes, steps = self.every_n_minutes, self.every_n_steps
        is_due = minutes is not None and self._has_passed(60 * minutes, trainer)
        return is_due or (steps is not None and trainer.global_step - self.step >= steps)

    def _is_worth_it(self, trainer: L.Trainer) -> bool:
        return self.running and self._has_passed(self.took / self.share, trainer)

    def _has_passed(self, seconds: float, trainer: L.Trainer) -> bool:
        passed = time.monotonic() - self.saved >= seconds
        return trainer.strategy.broadcast(passed) if trainer.world_size > 1 else passed  # clocks differ, but all save together

    def _save(self, trainer: L.Trainer) -> None:
        if self.running:
            begun = time.monotonic()
            trainer.save_checkpoint(self.file, weights_only=False)
            self.saved, self.step = time.monotonic(), trainer.global_step
            self.took = self.saved - begun
