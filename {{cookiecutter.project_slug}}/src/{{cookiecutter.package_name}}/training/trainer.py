"""Builds Lightning's trainer, loggers and callbacks from the settings."""

import contextlib
import inspect
import logging
import math
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import lightning as L
import torch
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Checkpoint, LearningRateMonitor, ProgressBar, Timer
from lightning.pytorch.loggers import Logger, WandbLogger
from torch import Tensor, distributed, nn

from ..config.callbacks import CallbackSettings, LoggerSettings, Target
from ..config.errors import UserError, nearest
from ..config.launchers import job
from ..config.secrets import logged_in
from ..config.trainer import TrainerSettings
from ..data.input_size import as_set
from .checkpointing import WholeCheckpoints

log = logging.getLogger(__name__)


def make_trainer(
    settings: TrainerSettings, callbacks: list[L.Callback] | None = None, loggers: list[Logger] | None = None
) -> L.Trainer:
    """A trainer with all these arguments.

    Raises:
        UserError: If Lightning refuses an argument, such as an accelerator that is not there.
    """
    if settings.barebones:
        raise UserError("trainer.barebones=true leaves out all results of a run: trainer.profiler=simple says where time goes")
    options = instantiate(settings.model_dump(), _convert_="all")
    if options["logger"] is None:
        options["logger"] = loggers or False
    switched_off = {
        ProgressBar: options["enable_progress_bar"] is False,
        Checkpoint: options["enable_checkpointing"] is False,
        LearningRateMonitor: not options["logger"],
    }
    unwanted = tuple(kind for kind, off in switched_off.items() if off)
    wanted = [callback for callback in callbacks or [] if not isinstance(callback, unwanted)]
    options["callbacks"] = wanted + (options["callbacks"] or [])
    plugins = options["plugins"] or []
    options["plugins"] = [WholeCheckpoints(), *(plugins if isinstance(plugins, list) else [plugins])]
    try:
        if max_time := options.pop("max_time"):  # first, and not last as Lightning has it, so that the others know of the end
            options["callbacks"].insert(0, Timer(max_time))
        trainer = L.Trainer(**options)
    except (MisconfigurationException, ValueError, TypeError, ModuleNotFoundError) as error:
        raise UserError(f"trainer: {' '.join(str(error).split())}") from None
    log.info("Device: %s", describe_device(trainer.strategy.root_device))
    return trainer


@contextlib.contextmanager
def first_process_first(trainer: L.Trainer) -> Iterator[None]:
    """Lets the first process do something alone, and the others after it, where a launcher has started them all at once.

    Raises:
        UserError: In the others, if the first one ends in it.
    """
    if job() is None or trainer.world_size == 1:
        yield
        return
    trainer.strategy.setup_environment()
    group: Any = distributed.new_group(backend="gloo", timeout=timedelta(days=1))  # to decode all images takes a while
    if trainer.is_global_zero:
        yield
        distributed.barrier(group)
        return
    try:
        distributed.barrier(group)
    except RuntimeError:
        raise UserError("the first process has ended, and said why") from None
    yield


def describe_device(device: torch.device) -> str:
    return f"{device.type} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def make_callbacks(settings: CallbackSettings) -> list[L.Callback]:
    """The callbacks named in `configs/callbacks/`; those set to null are left out."""
    return [make(f"callbacks.{name}", target) for name, target in settings if target]


def make_loggers(settings: LoggerSettings, continued: dict[str, dict[str, Any]] | None = None) -> list[Logger]:
    """The loggers named in `configs/logger/`.

    Args:
        settings: Which.
        continued: By class the arguments with which a logger goes on with a record, as a checkpoint has them.

    Raises:
        UserError: If the package of a logger is not installed.
    """
    loggers = []
    for name, target in settings:
        if not target:
            continue
        arguments = target.model_dump() | (continued or {}).get(target.target.rpartition(".")[2], {})
        if address := arguments.get("tracking_uri"):
            arguments["tracking_uri"] = logged_in(address)
        try:
            loggers.append(make(f"logger.{name}", Target.model_validate(arguments)))
        except ModuleNotFoundError:
            raise UserError(f"logger={name} needs a package that is not installed: uv add {name}") from None
    return loggers


def make(key: str, target: Target) -> Any:
    """The object that settings describe. A mistake in its class keeps its traceback.

    Args:
        key: Where the settings are, for messages.
        target: The class, and the arguments that it gets.

    Raises:
        UserError: If there is no such class, or it has no such argument, or refuses a value.
    """
    arguments = target.model_dump()
    name = arguments.pop("_target_")
    try:
        parameters = inspect.signature(get_object(name)).parameters
    except ImportError as error:
        raise UserError(f"{key}._target_={name} cannot be imported: {error}") from None
    takes_all = any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values())
    for argument in arguments:
        if argument not in parameters and not takes_all:
            raise UserError(f"unknown key {key}.{argument}{nearest(f'{key}.{argument}', {f'{key}.{each}' for each in parameters})}")
    try:
        return instantiate(target.model_dump())
    except InstantiationException as error:
        cause = error.__cause__ or error
        if isinstance(cause, MisconfigurationException):
            raise UserError(f"{key}: {cause}") from None
        raise cause from None


def fit_intervals(trainer: L.Trainer, batches: int) -> None:
    """Fits what Lightning counts in steps to the number of training batches: an epoch of fewer steps is logged once.

    Raises:
        UserError: If validation would come after more batches than an epoch has, which Lightning would refuse only once it trains.
    """
    limit, interval = trainer.limit_train_batches, getattr(trainer, "val_check_interval", None)  # it has none by the clock
    batches = -(-batches // trainer.world_size)
    batches = min(batches, limit) if isinstance(limit, int) else int(batches * limit)
    if isinstance(interval, int) and trainer.check_val_every_n_epoch is not None and interval > batches:
        raise UserError(
            f"trainer.val_check_interval={interval} is more than the {batches} batches of an epoch: lower it, "
            "or count over epochs with trainer.check_val_every_n_epoch=null"
        )
    if steps := -(-batches // trainer.accumulate_grad_batches):
        counts: Any = trainer  # which has this number from elsewhere
        counts.log_every_n_steps = min(counts.log_every_n_steps, steps)


def check_precision(trainer: L.Trainer, network: nn.Module, image_size: tuple[int, int]) -> None:
    """Refuses what PyTorch computes wrongly: on CPUs, gradients in bf16 of a strided convolution of maps one pixel wide.

    They are whatever was in the memory before (seen with PyTorch 2.15): mostly, a training goes on, and learns nothing.

    Args:
        trainer: Of the settings.
        network: Left in its training mode.
        image_size: Height and width of the input, in pixels.

    Raises:
        UserError: If the network has such a convolution.
    """
    if trainer.strategy.root_device.type != "cpu" or "bf16" not in str(trainer.precision):
        return
    narrow: list[bool] = []

    def look(convolution: nn.Conv2d, inputs: tuple[Tensor, ...]) -> None:
        narrow.append(max(convolution.stride) > 1 and min(inputs[0].shape[2:]) == 1 and max(convolution.kernel_size) > 1)

    hooks = [part.register_forward_pre_hook(look) for part in network.modules() if isinstance(part, nn.Conv2d)]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, *image_size))
    network.train()
    for hook in hooks:
        hook.remove()
    if any(narrow):
        raise UserError(
            f"trainer.precision={trainer.precision}: on a CPU, PyTorch computes wrong gradients where this network makes maps of "
            f"one pixel still smaller (data.image_size={as_set(image_size)}): use larger images, or trainer.precision=32-true"
        )


def compile_network(network: nn.Module, device: torch.device) -> None:
    """Compiles a network in place, at its first batch, so that its weights keep their names.

    Raises:
        UserError: If there is no compiler for the device.
    """
    try:
        torch.compile(torch.square)(torch.ones(2, device=device))
    except Exception as error:  # torch has many kinds for this
        reason = " ".join(str(error).partition("Set TORCHDYNAMO_VERBOSE")[0].split())
        raise UserError(f"model.compile=true failed: {reason}") from None
    network.compile()


def end_logging(loggers: list[Logger]) -> None:
    """Ends what Lightning leaves open, so that the next run of a sweep gets a record of its own."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.finish()


def quiet() -> None:
    """Silences what Lightning says in passing and no user can act on."""
    for name in ("lightning.pytorch", "lightning.fabric.utilities.distributed"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch.profilers").setLevel(logging.INFO)  # which say nothing that was not asked for
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*`srun` command is available.*")  # on the machine from which jobs are sent
    warnings.filterwarnings("ignore", message=".*your dataloader is not resumable.*")  # it is, see resuming.py
    warnings.filterwarnings("ignore", message=".*number of training batches.*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*Experiment logs directory .* exists and is not empty.*")
    warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")


def final_numbers(metrics: dict[str, Any]) -> dict[str, float]:
    """The test metrics as plain numbers, sorted by name.

    Raises:
        UserError: If there is none, or one is not finite: such a test has not succeeded.
    """
    numbers = {name: value.item() for name, value in sorted(metrics.items()) if name.startswith("test/")}
    if not numbers:
        raise UserError("nothing was tested: set trainer.limit_test_batches to more than 0")
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise UserError(f"{name} is {value}: look for broken annotations, or use trainer.precision=32-true or bf16-mixed")
    return numbers


def in_words(numbers: dict[str, float]) -> str:
    """The numbers in one line, without those of -1: there was nothing to test, such as a small object."""
    return ", ".join(f"{name} {value:.4f}" for name, value in numbers.items() if value != -1) or "none"
