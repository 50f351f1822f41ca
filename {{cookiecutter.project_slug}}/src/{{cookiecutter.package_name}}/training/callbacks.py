"""Callbacks of this project; the others in `configs/callbacks/` are Lightning's own."""

import sys
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
from lightning.pytorch.callbacks import ProgressBar, RichProgressBar, TQDMProgressBar
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from PIL import Image

from ..results.draw import draw_prediction, truths
from ..results.writer import PredictionFiles


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
        images = batch["image"][: self.images]
        predictions = pl_module.predict(images)  # on every device, since a sharded model needs them all
        if not trainer.is_global_zero:
            return
        triples = zip(images, predictions, truths(batch), strict=False)
        sheet = contact_sheet(
            [draw_prediction(image, prediction, pl_module.classes, truth) for image, prediction, truth in triples]
        )

        name = f"epoch-{trainer.current_epoch:03}"
        self.folder.mkdir(parents=True, exist_ok=True)
        sheet.save(self.folder / f"{name}.png")
        for logger in trainer.loggers:
            log_picture(logger, sheet, trainer.global_step, name)


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


def progress_bar() -> ProgressBar:
    """A live bar in a terminal; plain lines, now and then, in a log file."""
    return RichProgressBar() if sys.stdout.isatty() else TQDMProgressBar(refresh_rate=50)


class WritePredictions(L.Callback):
    """Hands each prediction to `files` as soon as it is made, so that any number of images fits into memory.

    Args:
        files: Writes a prediction.
        names: Name of the results of each image, by its path.
    """

    def __init__(self, files: PredictionFiles, names: dict[str, str]) -> None:
        self.files = files
        self.names = names

    def on_predict_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        for path, prediction in zip(batch["path"], outputs, strict=True):
            self.files.add(path, self.names[path], prediction)
