"""Callbacks of this project; the others in `configs/callbacks/` are Lightning's own."""

import math
import sys
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import ProgressBar, RichProgressBar, ThroughputMonitor, TQDMProgressBar
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from lightning.pytorch.utilities import move_data_to_device
from lightning_utilities.core.apply_func import apply_to_collection
from PIL import Image
from torch import Tensor

from ..config.errors import UserError
from ..data.processes import gathered
from ..data.views import parts
from ..results.draw import draw_prediction, truth_on_input
from ..results.writer import PredictionWriter
from .resuming import is_last_epoch

FORWARD_PASSES = 2  # and what validation does with them take about as long as a step


class PredictionPictures(L.Callback):
    """After each validation, draws the predictions for its first images, into a file and to the logger.

    Args:
        folder: Gets `epoch-<number>.png`.
        images: How many images; at most one batch.
        every_n_epochs: Draw only every so many epochs.
    """

    def __init__(self, folder: str, images: int = 8, every_n_epochs: int = 1) -> None:
        self.folder = Path(folder)
        self.images = images
        self.every_n_epochs = every_n_epochs

    def on_validation_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        due = batch_idx == 0 and (trainer.current_epoch + 1) % self.every_n_epochs == 0
        if not due or trainer.sanity_checking:
            return
        batch = next(parts(batch, pl_module.device))
        images = batch["image"][: self.images]
        predictions = pl_module.predict(images)  # on every device, since a sharded model needs them all
        if not trainer.is_global_zero:
            return
        shown = (images, predictions, truth_on_input(batch)[: self.images])
        triples = zip(*apply_to_collection(shown, Tensor, _readable), strict=True)
        sheet = contact_sheet(
            [draw_prediction(image, prediction, pl_module.classes, truth) for image, prediction, truth in triples]
        )

        name = f"epoch-{trainer.current_epoch:03}"
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{name}.png"
        try:
            sheet.save(file, compress_level=1)  # in a third of the time, and little larger
        except OSError as error:  # which names no file, and may leave a part of one
            file.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(file)) from None
        for logger in trainer.loggers:
            log_picture(logger, sheet, trainer.global_step, name)


def _readable(tensor: Tensor) -> Tensor:
    """A tensor as NumPy can read it."""
    return (tensor.float() if tensor.is_floating_point() else tensor).cpu()


def contact_sheet(pictures: list[Image.Image]) -> Image.Image:
    """Puts pictures of one size side by side, at most four in a row."""
    columns = min(4, len(pictures))
    width, height = pictures[0].size
    sheet = Image.new("RGB", (columns * width, -(-len(pictures) // columns) * height))
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % columns * width, number // columns * height))
    return sheet


def log_picture(logger: Logger, picture: Image.Image, step: int, name: str) -> None:
    """Sends a picture to a logger that can show pictures."""
    match logger:
        case TensorBoardLogger():
            logger.experiment.add_image("val/predictions", np.asarray(picture), step, dataformats="HWC")
        case WandbLogger():
            logger.log_image("val/predictions", [picture])
        case MLFlowLogger():
            logger.experiment.log_image(logger.run_id, picture, artifact_file=f"predictions/{name}.png")


def log_files(logger: Logger, files: list[Path]) -> bool:
    """Sends files to a logger that can keep some, and returns whether it can."""
    match logger:
        case WandbLogger():
            for file in files:
                logger.experiment.log_artifact(str(file), f"{logger.experiment.id}-{file.name}", "run")
        case MLFlowLogger():
            for file in files:
                logger.experiment.log_artifact(logger.run_id, str(file))
        case _:
            return False
    return True


def progress_bar() -> ProgressBar:
    """A live bar in a terminal; plain lines, now and then, in a log file."""
    return RichProgressBar() if sys.stdout.isatty() else TQDMProgressBar(refresh_rate=50)


def throughput() -> ThroughputMonitor:
    """Logs images and seconds, and images a second over the last ten entries."""
    return ThroughputMonitor(batch_size_fn=lambda batch: len(batch["image"]), window_size=10)


class WritePredictions(L.Callback):
    """Hands each prediction to `writer` as soon as it is made, so that any number of images fits into memory.

    The first process writes for all, in the order that a single one would have.

    Args:
        writer: Writes a prediction.
        names: Name of the results of each image, by its path.
    """

    def __init__(self, writer: PredictionWriter, names: dict[str, str]) -> None:
        self.writer = writer
        self.names = names

    def on_predict_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        originals = batch.get("original") or [None] * len(batch["path"])
        originals, outputs = move_data_to_device((originals, outputs), "cpu")
        predicted = [*zip(batch["path"], outputs, batch["size"], originals, strict=True)]
        for part, skipped in gathered((predicted, batch["skipped"])):
            for path, prediction, size, original in part:
                self.writer.add(path, self.names[path], prediction, size, original)
            for path, reason in skipped:
                self.writer.skip(path, reason)


class ValidationInterval(L.Callback):
    """Validates only after so many epochs, and at the end, that it takes a small share of the time.

    How many follows from the numbers of images and not from a clock, so that a training that goes on validates when it would have.
    An interval that the trainer was given stays.

    Args:
        share: Most of the time that validation takes.
    """

    def __init__(self, share: float) -> None:
        self.share = share

    def on_train_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        data: Any = getattr(trainer, "datamodule", None)
        train, val = trainer.num_training_batches, sum(trainer.num_val_batches) * (data.passes if data else 1)
        is_free = trainer.check_val_every_n_epoch == 1 and getattr(trainer, "val_check_interval", None) == 1
        self.epochs = max(1, math.ceil(val / FORWARD_PASSES / train / self.share)) if is_free and train else None

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.epochs:
            trainer.should_stop |= 0 < trainer.max_steps <= trainer.global_step  # or Lightning would end amid an epoch without it
            trainer.check_val_every_n_epoch = 1 if is_last_epoch(trainer) else self.epochs


class NotFiniteError(UserError):
    """A loss or metric became infinite or no number at all: the weights are lost."""


class StopWhenNotFinite(L.Callback):
    """Stops a training whose loss or metric is not finite, before such weights replace those of the last checkpoint.

    The loss of each step is looked at on its device, and asked for only now and then, since asking makes a GPU wait.
    """

    def __init__(self) -> None:
        self.first_step: Tensor | None = None  # of a loss that is not finite; -1 for none

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        loss = outputs["loss"]
        if self.first_step is None:
            self.first_step = torch.full((), -1, device=loss.device)
        is_first = ~loss.isfinite() & (self.first_step < 0)
        self.first_step = torch.where(is_first, trainer.global_step, self.first_step)
        if loss.device.type == "cpu" or (batch_idx + 1) % trainer.log_every_n_steps == 0:  # pyright: ignore[reportAttributeAccessIssue]
            self._check_loss(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        self._check_loss(trainer)

    def on_validation_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self._check_loss(trainer)

    def on_validation_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        for name, value in trainer.callback_metrics.items():
            if name.startswith("val/") and not value.isfinite():
                self._stop(trainer, name, value.item(), trainer.global_step)

    def on_save_checkpoint(self, trainer: L.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        self._check_loss(trainer)

    def _check_loss(self, trainer: L.Trainer) -> None:
        if self.first_step is not None and (step := int(self.first_step)) >= 0:
            self._stop(trainer, "train/loss", math.nan, step)

    def _stop(self, trainer: L.Trainer, name: str, value: float, step: int) -> None:
        savers = trainer.checkpoint_callbacks
        files = (Path(getattr(saver, "file", "") or getattr(saver, "best_model_path", "")) for saver in savers)
        kept = max((file for file in files if file.is_file()), key=lambda file: file.stat().st_mtime_ns, default=None)
        raise NotFiniteError(
            f"{name} is {'not finite' if math.isnan(value) else value} at step {step} (epoch {trainer.current_epoch}); "
            f"the last good checkpoint is {kept or 'none, since no epoch was finished'}: lower model.learning_rate, use "
            "trainer.precision=32-true or bf16-mixed, or look for annotations that are wrong"
        )
