"""Builds Lightning's trainer, loggers and callbacks from the configuration."""

import logging
import warnings
from typing import Any

import lightning as L
import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint, ProgressBar
from lightning.pytorch.loggers import Logger, WandbLogger
from omegaconf import DictConfig

from ..config.errors import UserError

log = logging.getLogger(__name__)


def make_trainer(cfg: DictConfig, callbacks: list[L.Callback] | None = None, loggers: list[Logger] | None = None) -> L.Trainer:
    """A trainer with all arguments of `cfg`.

    Raises:
        UserError: If Lightning refuses an argument, such as an accelerator that is not there.
    """
    options = instantiate(cfg, _convert_="all")
    if options["logger"] is None:
        options["logger"] = loggers or False
    switched_off = {
        ProgressBar: options["enable_progress_bar"] is False,
        ModelCheckpoint: options["enable_checkpointing"] is False,
        LearningRateMonitor: not options["logger"],
    }
    unwanted = tuple(kind for kind, off in switched_off.items() if off)
    wanted = [callback for callback in callbacks or [] if not isinstance(callback, unwanted)]
    options["callbacks"] = wanted + (options["callbacks"] or [])
    try:
        trainer = L.Trainer(**options)
    except (MisconfigurationException, ValueError, TypeError) as error:
        raise UserError(f"trainer: {error}") from None
    log.info("Device: %s", describe_device(trainer.strategy.root_device))
    return trainer


def describe_device(device: torch.device) -> str:
    return f"{device.type} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def make_callbacks(cfg: DictConfig) -> list[L.Callback]:
    """The callbacks named in `configs/callbacks/`; those set to null are left out."""
    return [instantiate(callback) for callback in cfg.values() if callback]


def make_loggers(cfg: DictConfig) -> list[Logger]:
    """The loggers named in `configs/logger/`.

    Raises:
        UserError: If the package of a logger is not installed.
    """
    loggers = []
    for name, logger in cfg.items():
        try:
            loggers.append(instantiate(logger))
        except InstantiationException as error:
            if isinstance(error.__cause__, ModuleNotFoundError):
                raise UserError(f"logger={name} needs a package that is not installed: uv add {name}") from None
            raise
    return loggers


def finish(loggers: list[Logger]) -> None:
    """Ends what Lightning leaves open, so that the next run of a sweep gets a record of its own."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.finish()


def quiet() -> None:
    """Silences what Lightning says in passing and no user can act on."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*number of training batches.*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*Experiment logs directory .* exists and is not empty.*")
    warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")


def numbers(metrics: dict[str, Any]) -> dict[str, float]:
    """The test metrics as plain numbers, sorted by name."""
    return {name: value.item() for name, value in sorted(metrics.items()) if name.startswith("test/")}
