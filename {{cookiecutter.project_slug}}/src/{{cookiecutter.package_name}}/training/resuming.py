"""What makes a training that was interrupted end as if it had not been: bit for bit, on a CPU.

Lightning keeps weights, optimizer, schedule, the states of callbacks and the progress of its loops. Here is the rest: random
numbers follow from the seed and the step, the images go on where they were, what was logged after the checkpoint is taken back.
On other devices, or other numbers of them, sums come in another order: a training then goes on without loss, but not bit for bit.
"""

from pathlib import Path
from typing import Any, cast

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from lightning.pytorch.loops.fetchers import _DataFetcher
from lightning.pytorch.trainer.states import TrainerFn
from torch.optim import Optimizer

from ..data.sampler import EpochSampler
from .curves import Curves
from .restoring import check_restored


def between_steps(trainer: L.Trainer) -> bool:
    """Whether the trainer is within an epoch, but has just done a step of the optimizer and not begun the next."""
    batches = trainer.fit_loop.epoch_loop.batch_progress.current
    done = batches.completed
    whole = 0 < done < trainer.num_training_batches and done % trainer.accumulate_grad_batches == 0
    return trainer.training and whole and batches.started == done  # pyright: ignore[reportAttributeAccessIssue]


def between_epochs(trainer: L.Trainer) -> bool:
    """Whether the trainer has ended an epoch and not begun the next."""
    epochs = trainer.fit_loop.epoch_progress.current
    return trainer.training and epochs.ready > epochs.started == epochs.completed > 0  # pyright: ignore[reportAttributeAccessIssue]


def in_validation(trainer: L.Trainer) -> bool:
    """Whether the trainer is in a validation, and may begin it anew: gradients that are not yet used are in no checkpoint."""
    loop = trainer.fit_loop.epoch_loop
    batches = loop.val_loop.batch_progress
    has_ended = batches.is_last_batch and batches.current.completed == batches.current.ready
    return trainer.validating and not has_ended and not loop._should_accumulate()  # pyright: ignore[reportAttributeAccessIssue]


def is_exact(trainer: L.Trainer) -> bool:
    """Whether a training that goes on from a checkpoint of now ends as if nothing had been."""
    return between_steps(trainer) or between_epochs(trainer) or in_validation(trainer)


def is_last_epoch(trainer: L.Trainer) -> bool:
    """Whether the training ends with this epoch, as far as is known."""
    ended = trainer.should_stop or 0 < trainer.max_steps <= trainer.global_step
    return ended or trainer.current_epoch + 1 == trainer.max_epochs


class Resuming(L.Callback):
    """Goes on from any checkpoint of this project. It has to be the first callback.

    Args:
        seed: Of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.set_anew = False  # some setting of the model is not that of the checkpoint
        # Of the curves before the step or validation that begins, for which callbacks may already have logged.
        self.rows: int | None = None

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.rows = count_rows(trainer)

    def on_fit_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self.options = [options_of(optimizer) for optimizer in trainer.optimizers]  # before the checkpoint gives its own

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        torch.manual_seed(self.seed + trainer.fit_loop.total_batch_idx * trainer.world_size + trainer.global_rank)
        self.rows = count_rows(trainer)

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.rows = None

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.rows = count_rows(trainer)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.rows = None

    def on_save_checkpoint(self, trainer: L.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        settle(checkpoint["loops"]["fit_loop"], trainer)
        rows = count_rows(trainer) if self.rows is None else self.rows
        for logger in trainer.loggers:
            if isinstance(logger, Curves):
                logger.flush()
        checkpoint["loggers"] = {type(logger).__name__: continued(logger, trainer.global_step, rows) for logger in trainer.loggers}

    def on_load_checkpoint(self, trainer: L.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        is_fitting = trainer.state.fn == TrainerFn.FITTING
        if is_fitting:
            check_restored(checkpoint, trainer)
        for saver in trainer.checkpoint_callbacks:
            state = checkpoint["callbacks"].get(saver.state_key)
            if isinstance(saver, ModelCheckpoint) and state and not move(state, Path(str(saver.dirpath))):
                del checkpoint["callbacks"][saver.state_key]  # a new run, which has its own best
        if not is_fitting:
            return
        self.set_anew = checkpoint["hyper_parameters"] != dict(pl_module.hparams)
        for stopping in trainer.early_stopping_callbacks:
            if state := checkpoint["callbacks"].get(stopping.state_key):
                state["patience"] = stopping.patience  # may have been raised; Lightning would take that of before
                trainer.should_stop |= state["wait_count"] >= max(1, stopping.patience)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        loop = trainer.fit_loop
        if not loop.is_resuming:
            return
        if self.set_anew:
            for optimizer, options in zip(trainer.optimizers, self.options, strict=True):
                set_options(optimizer, options)
            for config in trainer.lr_scheduler_configs:
                config.scheduler.base_lrs = [group["initial_lr"] for group in config.scheduler.optimizer.param_groups]
        epochs: Any = loop.epoch_progress.current
        done = 0 if epochs.ready == epochs.processed else loop.epoch_loop.batch_progress.current.ready
        if not done:
            loop.epoch_loop.restarting = False  # with max_steps, Lightning would not begin the next epoch
        sampler = getattr(trainer.train_dataloader, "sampler", None)
        if isinstance(sampler, EpochSampler):
            sampler.set_epoch(epochs.processed)
            sampler.start = done * trainer.train_dataloader.batch_size  # pyright: ignore[reportOptionalMemberAccess]
            iter(cast(_DataFetcher, loop._data_fetcher))  # the first batches were fetched before the checkpoint was read


def options_of(optimizer: Optimizer) -> list[dict[str, Any]]:
    """The options of each group of parameters."""
    return [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]


def set_options(optimizer: Optimizer, options: list[dict[str, Any]]) -> None:
    """Changes the options of each group of parameters; a rate that follows a schedule stays where it is in that.

    Args:
        optimizer: With the options of before.
        options: As `options_of` gives them.
    """
    for group, mine in zip(optimizer.param_groups, options, strict=True):
        before, rate = group.get("initial_lr"), group["lr"]
        group.update(mine)
        if before is not None:
            group["lr"] = rate * (mine["initial_lr"] / before) if before else 0.0  # until the next step


def count_rows(trainer: L.Trainer) -> int:
    return next((logger.rows for logger in trainer.loggers if isinstance(logger, Curves)), 0)


def continued(logger: Logger, step: int, rows: int) -> dict[str, Any]:
    """The arguments with which a logger of the same class goes on with the same record."""
    match logger:
        case Curves():
            return {"rows": rows}
        case TensorBoardLogger():
            return {"purge_step": step}
        case WandbLogger():
            return {"id": logger.version, "resume": "allow"}
        case MLFlowLogger():
            return {"run_id": logger.run_id}
    return {}


def settle(fit_loop: dict[str, Any], trainer: L.Trainer) -> None:
    """Changes the progress of the loops in a checkpoint to one from which Lightning goes on exactly.

    Args:
        fit_loop: As Lightning saves it.
        trainer: Whose progress it is.
    """
    epochs, batches = fit_loop["epoch_progress"], fit_loop["epoch_loop.batch_progress"]
    validated = fit_loop["epoch_loop.val_loop.batch_progress"]
    validated["total"].update(dict.fromkeys(("ready", "started", "processed"), validated["total"]["completed"]))
    if epochs["current"]["processed"] > epochs["current"]["completed"]:  # the end of an epoch: count it
        for count in (epochs["total"], epochs["current"]):
            count["completed"] += 1
    elif between_epochs(trainer):
        for count in (epochs["total"], epochs["current"]):
            count["ready"] = count["completed"]
    elif between_steps(trainer):  # the end of a step, and of the validation after it
        for count in (batches["total"], batches["current"]):
            done = count["completed"]
            count.update(ready=done, started=done, processed=done, completed=done - 1)
        batches["is_last_batch"] = False
        fit_loop["epoch_loop.state_dict"]["_batches_that_stepped"] -= 1
    elif in_validation(trainer):  # Lightning goes on with a validation, but only with one that has begun
        validated["current"].update(ready=0, started=0, processed=0, completed=0)
        validated["total"].update(ready=1, started=1, processed=0, completed=0)
        validated["is_last_batch"] = False


def move(state: dict[str, Any], folder: Path) -> bool:
    """Changes the paths that a `ModelCheckpoint` remembers to those in `folder`, and says whether its checkpoints are there."""

    def moved(path: str) -> str:
        return str(folder / Path(path).name) if path else path

    state["dirpath"] = str(folder)
    for name in ("best_model_path", "kth_best_model_path", "last_model_path"):
        state[name] = moved(state[name])
    state["best_k_models"] = {moved(path): score for path, score in state["best_k_models"].items()}
    return not state["best_model_path"] or Path(state["best_model_path"]).is_file()
