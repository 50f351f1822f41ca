"""Trains a model on the images in `data.root`, then tests the best checkpoint.

Examples:
  uv run train                                              with the settings in configs/
  uv run train data.root=~/photos trainer.max_epochs=20     other images, fewer epochs
  uv run train model.backbone=convnext_atto                 any timm model (timm.list_models() names them)
  uv run train model.pretrained=false                       from random weights, without a network
  uv run train model.weights=resnet18.safetensors           from a file of weights, or an earlier run, whatever its classes
  uv run train recipe=frozen                                only the head learns; by default all does, the backbone later and less
  uv run train experiment=sample                            small settings for the demo images, minutes on a CPU
  uv run train trainer.max_time=00:00:05:00                 for five minutes, however many epochs that are
  uv run train find=lr                                      only says a good learning rate; find=batch_size what a GPU holds
  uv run train debug=overfit                                a few images, to see whether the model can learn
  uv run train model.compile=true                           torch.compile, which takes minutes first
  uv run train logger=csv trainer.accelerator=cpu           another logger, another device
  uv run train ckpt_path=last                               go on with the newest run after an interruption, as if there was none
  uv run train report=false                                 without report.html
  uv run train 'logger=[mlflow,wandb]' log_files=true       two loggers, which also keep the best checkpoint and the report
  uv run train -m model.learning_rate=1e-4,1e-3             one run for each value

Every argument of lightning.Trainer can be set as trainer.<name>.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from omegaconf import OmegaConf
from pydantic import Field

from ..config import cli
from ..config.callbacks import CallbackSettings, LoggerSettings
from ..config.data import DataSettings
from ..config.errors import UserError
from ..config.launchers import job
from ..config.model import ModelSettings
from ..config.quoting import typed
from ..config.runs import RESULTS, claimed, is_first_process, run_of, settings_of_run, write_whole
from ..config.schema import CommandSettings
from ..config.secrets import hide
from ..config.trainer import TrainerSettings

TRIAL = (
    "data.batch_size=2",
    "data.num_workers=0",
    "model.pretrained=false",
    "trainer.max_epochs=1",
    "trainer.limit_train_batches=3",
    "trainer.limit_val_batches=2",
    "trainer.limit_test_batches=2",
)

log = logging.getLogger(__name__)


class TrainSettings(CommandSettings):
    goes_on: ClassVar[bool] = True
    data: DataSettings
    model: ModelSettings
    trainer: TrainerSettings
    callbacks: CallbackSettings
    logger: LoggerSettings
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    ckpt_path: str | None
    overwrite: bool
    find: Literal["lr", "batch_size"] | None = None
    report: bool
    log_files: bool


def train(settings: TrainSettings) -> dict[str, float]:
    """Runs one training, or goes on with one; or only finds what it could be set to.

    Returns:
        The final numbers, also in `<run_dir>/metrics.json`; or what was found, by its key.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..model.checkpoints import load_checkpoint
    from ..training.stopping import StopOnSignal, Stopped

    if settings.find:
        return _find(settings)
    if settings.ckpt_path and "model.weights" in settings.given:
        raise UserError(f"ckpt_path={settings.ckpt_path} has weights already: leave out model.weights, or ckpt_path to begin anew")
    checkpoint = load_checkpoint(settings.ckpt_path, resume=True) if settings.ckpt_path else None
    run = run_of(Path(settings.ckpt_path)) if settings.ckpt_path else None
    goes_on = run is not None and run.resolve() == settings.run_dir.resolve()
    needed = [Path(file).expanduser() for file in (settings.ckpt_path, settings.model.weights) if file]
    with claimed(settings.run_dir, goes_on, settings.overwrite, job(), needed) as clear, StopOnSignal() as stop:
        try:
            return _train(settings, checkpoint, goes_on, stop, clear)
        except Stopped:
            if (settings.run_dir / "checkpoints" / "last.ckpt").exists():
                log.warning("Stopped. Go on with: train %s", typed("ckpt_path", settings.run_dir))
            else:
                log.warning("Stopped before there was a checkpoint.")
            raise


def _train(
    settings: TrainSettings, checkpoint: dict[str, Any] | None, goes_on: bool, stop: Any, clear: Callable[[], None]
) -> dict[str, float]:
    import lightning as L

    from ..data.checks import write_skipped
    from ..results.report import write_report
    from ..training.callbacks import log_files
    from ..training.freezing import Freezing
    from ..training.reporting import Reporting
    from ..training.resuming import Resuming
    from ..training.trainer import (
        check_precision,
        compile_network,
        end_logging,
        final_numbers,
        first_process_first,
        fit_intervals,
        in_words,
        make_callbacks,
        make_loggers,
        make_trainer,
        quiet,
    )

    quiet()
    settings = _completed(settings, checkpoint, goes_on)
    L.seed_everything(settings.seed, workers=True, verbose=False)
    data = _data(settings, checkpoint)
    loggers = make_loggers(settings.logger, checkpoint.get("loggers") if checkpoint and goes_on else None)
    reporting = Reporting(settings.run_dir)
    callbacks = [*make_callbacks(settings.callbacks), *([reporting] if settings.report else [])]
    trainer = make_trainer(settings.trainer, [Resuming(settings.seed), stop, Freezing(), *callbacks], loggers)
    with first_process_first(trainer):
        try:
            module = _module(settings, checkpoint, data)
        finally:
            if trainer.is_global_zero:
                write_skipped(data.collection.skipped, settings.run_dir / "skipped.csv")
    fit_intervals(trainer, len(data.train_dataloader()))
    check_precision(trainer, module.network, data.image_size)
    if settings.model.compile:
        compile_network(module.network, trainer.strategy.root_device)

    if is_first_process():  # only here: what was refused is no run, and replaces none
        clear()
        for name in RESULTS:
            (settings.run_dir / name).unlink(missing_ok=True)  # of before, until there are those of now
        written = OmegaConf.to_yaml(OmegaConf.create(hide(settings.model_dump(mode="json"))))
        write_whole(written, settings.run_dir / "config.yaml")
    trainer.fit(module, datamodule=data, ckpt_path=settings.ckpt_path)

    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    tested = best if Path(best).is_file() else None
    if trainer.global_step == (checkpoint["global_step"] if checkpoint else 0):
        ends = "trainer.max_epochs, trainer.max_steps, trainer.max_time, trainer.limit_train_batches, or the patience"
        log.warning("Nothing was trained: the end was reached before. To train, raise %s.", ends)
        tested = tested or settings.ckpt_path  # the module has the weights of its last step, and not their average

    trainer.test(module, datamodule=data, ckpt_path=tested, verbose=False)
    metrics = final_numbers(trainer.callback_metrics) if trainer.limit_test_batches else {}
    if trainer.is_global_zero:
        write_whole(json.dumps(metrics, indent=2) + "\n", settings.run_dir / "metrics.json")
        if reporting.analysis:
            page = settings.run_dir / "report.html"
            splits = {"train": data.train.examples, "val": data.val.examples, "test": data.test.examples}
            write_report(settings.run_dir, page, metrics, reporting.analysis, splits, reporting.environment, reporting.times)
        if settings.log_files:
            written = [Path(best), *(settings.run_dir / name for name in RESULTS)]
            kept = [log_files(logger, [file for file in written if file.is_file()]) for logger in trainer.loggers]
            if not any(kept):
                log.warning("log_files: none of the loggers keeps files; logger=mlflow and logger=wandb do")
        log.info("Test: %s", in_words(metrics))
        log.info("Everything is in %s", settings.run_dir)
    end_logging(trainer.loggers)
    return metrics


def _completed(settings: TrainSettings, checkpoint: dict[str, Any] | None, goes_on: bool) -> TrainSettings:
    """The settings with those of the checkpoint, where the user gave no others, and what follows from them.

    Raises:
        UserError: If the checkpoint was trained with another recipe.
    """
    from ..model.checkpoints import settings_in

    changed: dict[str, Any] = {}
    if checkpoint:
        saved = settings_in(checkpoint)
        changed = {
            "data": settings.adopt("data", DataSettings, saved["data"]),
            "model": settings.adopt("model", ModelSettings, saved["model"]),
            "seed": settings.seed if "seed" in settings.given else saved["seed"],
        }
        if (recipe := saved["model"]["recipe"]) != changed["model"].recipe:
            raise UserError(
                f"ckpt_path={settings.ckpt_path} was trained with recipe={recipe}: with another, begin anew from "
                f"{typed('model.weights', Path(str(settings.ckpt_path)))}"
            )
    elif not settings.model.recipe:
        recipe = "finetune" if settings.model.pretrained or settings.model.weights else "scratch"
        changed = {"model": settings.model.model_copy(update={"recipe": recipe})}
    if goes_on:
        kinds = {"trainer": TrainerSettings, "callbacks": CallbackSettings, "logger": LoggerSettings}
        used = settings_of_run(settings.run_dir)
        changed |= {name: settings.adopt(name, kind, used[name]) for name, kind in kinds.items() if name in used}
        changed |= {name: used[name] for name in ("report", "log_files") if name in used and name not in settings.given}
    elif settings.trainer.max_time and "trainer.max_epochs" not in settings.given:
        changed |= {"trainer": settings.trainer.model_copy(update={"max_epochs": -1})}
    return settings.model_copy(update=changed)


def _prepare(model: ModelSettings, checkpoint: dict[str, Any] | None) -> str:
    """Does what takes no data, since to decode all images can take long.

    Returns:
        The license of the weights that a new model starts from.

    Raises:
        UserError: If there is no such model, or what it starts from cannot be had.
    """
    from ..model.licenses import NOTHING_PRETRAINED, check_license, check_license_in
    from ..model.module import VisionModule
    from ..model.weights import read_tensors

    starts = checkpoint is None
    options: dict[str, Any] = {**model.model_dump(), "pretrained": False}
    VisionModule.prepare(**options)
    if starts and model.pretrained and not model.weights:
        license_of_weights = check_license(model.backbone, model.allow_restricted_weights)
        VisionModule.prepare(**{**options, "pretrained": True})
        return license_of_weights
    if starts and model.weights:
        read_tensors(model.weights)
        return check_license_in(model.weights, model.allow_restricted_weights)
    return NOTHING_PRETRAINED


def _find(settings: TrainSettings) -> dict[str, float]:
    """Finds what a new training could be set to, and leaves nothing behind."""
    import lightning as L

    from ..training.probing import find_batch_size, find_learning_rate, probing_trainer
    from ..training.trainer import quiet

    if settings.ckpt_path:
        raise UserError(f"find={settings.find} is for a new training: leave out ckpt_path={settings.ckpt_path}")
    quiet()
    settings = _completed(settings, None, goes_on=False)
    L.seed_everything(settings.seed, workers=True, verbose=False)
    with probing_trainer(settings.trainer, str(settings.find)) as trainer:
        data = _data(settings, None)
        module = _module(settings, None, data)
        if settings.find == "lr":
            key, value = "model.learning_rate", find_learning_rate(trainer, module, data)
        else:
            key, value = "data.batch_size", find_batch_size(trainer, module, data)
    log.info("Found: %s=%s; train with it and the other settings of this command in place of find=%s", key, value, settings.find)
    return {key: value}


def _data(settings: TrainSettings, checkpoint: dict[str, Any] | None) -> Any:
    from ..data.datamodule import VisionDataModule
    from ..model.backbones import stride_of

    classes = checkpoint["hyper_parameters"]["classes"] if checkpoint else None
    stride = stride_of(settings.model.backbone)
    return VisionDataModule(**settings.data.model_dump(), seed=settings.seed, classes=classes, stride=stride)


def _module(settings: TrainSettings, checkpoint: dict[str, Any] | None, data: Any) -> Any:
    """The model of the checkpoint, or else a new one for the data, which are set up."""
    from ..model.checkpoints import load_weights
    from ..model.module import VisionModule
    from ..model.weights import load_local

    model = settings.model
    license_of_weights = _prepare(model, checkpoint)
    data.prepare_data()
    data.collection.remember()
    data.setup("fit")
    log.info("Input: %d x %d (height x width)", *data.image_size)
    known = {"classes": data.classes, "image_size": [*data.image_size], **data.collection.source.facts}
    known |= {"weights_license": license_of_weights}
    if checkpoint:
        known = {**checkpoint["hyper_parameters"], "image_size": known["image_size"]}
    options = {**known, **model.model_dump(exclude={"allow_restricted_weights"})}
    module = VisionModule(**options, fetch_weights=checkpoint is None and not model.weights)
    if checkpoint:
        load_weights(module, checkpoint)  # here, where a misfit is still a sentence; fit loads the optimizer too
    elif model.weights:
        load_local(module.network, model.weights)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    log.info("Model: %s, %.1f million parameters", model.backbone, parameters / 1e6)
    log.info("License of the pretrained weights: %s", module.hparams["weights_license"])
    return module


def main() -> None:
    cli.run(train)


if __name__ == "__main__":
    main()
