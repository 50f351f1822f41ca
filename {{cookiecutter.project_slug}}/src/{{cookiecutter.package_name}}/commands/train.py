"""Trains a model on the images in `data.root`, then tests the best checkpoint.

Examples:
  uv run train                                              with the settings in configs/
  uv run train data.root=~/photos trainer.max_epochs=20     other images, fewer epochs
  uv run train model.backbone=convnext_atto                 any timm model (timm.list_models() names them)
  uv run train model.pretrained=false                       from random weights, without a network
  uv run train experiment=sample                            small settings for the demo images, minutes on a CPU
  uv run train debug=overfit                                a few images, to see whether the model can learn
  uv run train logger=csv trainer.accelerator=cpu           another logger, another device
  uv run train ckpt_path=outputs/…/checkpoints/last.ckpt    go on after an interruption, with the settings of the checkpoint
  uv run train report=false                                 without report.html
  uv run train -m model.learning_rate=1e-4,1e-3             one run for each value

Every argument of lightning.Trainer can be set as trainer.<name>.
"""

import contextlib
import json
import logging
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated

from omegaconf import OmegaConf
from pydantic import Field

from ..config import cli
from ..config.callbacks import CallbackSettings, LoggerSettings
from ..config.model import ModelSettings
from ..config.schema import CommandSettings, DataSettings, TrainerSettings

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
    data: DataSettings
    model: ModelSettings
    trainer: TrainerSettings
    callbacks: CallbackSettings
    logger: LoggerSettings
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    ckpt_path: str | None
    report: bool


def train(settings: TrainSettings) -> dict[str, float]:
    """Runs one training.

    Returns:
        The final numbers, also in `<run_dir>/metrics.json`.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    import lightning as L
    from lightning.pytorch.utilities.exceptions import SIGTERMException

    from ..data.checks import write_skipped
    from ..data.datamodule import VisionDataModule
    from ..model.checkpoints import load_checkpoint, load_weights, settings_in
    from ..model.module import VisionModule
    from ..results.report import write_report
    from ..training.reporting import Reporting
    from ..training.trainer import check_intervals, end_logging, final_numbers, make_callbacks, make_loggers, make_trainer, quiet

    quiet()
    checkpoint = load_checkpoint(settings.ckpt_path) if settings.ckpt_path else None
    if checkpoint:
        saved = settings_in(checkpoint)
        adopted = {
            "data": settings.adopt("data", DataSettings, saved["data"]),
            "model": settings.adopt("model", ModelSettings, saved["model"]),
            "seed": settings.seed if "seed" in settings.given else saved["seed"],
        }
        settings = settings.model_copy(update=adopted)
    OmegaConf.save(OmegaConf.create(settings.model_dump(mode="json")), settings.run_dir / "config.yaml")

    L.seed_everything(settings.seed, workers=True, verbose=False)
    classes = checkpoint["hyper_parameters"]["classes"] if checkpoint else None
    data = VisionDataModule(**settings.data.model_dump(), seed=settings.seed, classes=classes)
    data.prepare_data()
    with contextlib.suppress(OSError):  # without it, nothing is remembered of the data
        data.splits_dir.mkdir(parents=True, exist_ok=True)
    options = settings.model.model_dump()
    module = VisionModule(data.classes, settings.data.image_size, **options, fetch_weights=checkpoint is None)
    if checkpoint:
        load_weights(module, checkpoint)  # here, where a misfit is still a sentence; fit loads the optimizer too
    parameters = sum(parameter.numel() for parameter in module.parameters())
    log.info("Model: %s, %.1f million parameters", settings.model.backbone, parameters / 1e6)
    trainer = make_trainer(settings.trainer, make_callbacks(settings.callbacks), make_loggers(settings.logger))
    reporting = Reporting(settings.run_dir)
    trainer.callbacks += [reporting] if settings.report else []  # pyright: ignore[reportAttributeAccessIssue]
    data.setup("fit")
    write_skipped(data.skipped, settings.run_dir / "skipped.csv")
    check_intervals(trainer, len(data.train_dataloader()))

    try:
        trainer.fit(module, datamodule=data, ckpt_path=settings.ckpt_path)
    except SystemExit as stopped:  # how Lightning passes on Ctrl-C and SIGTERM, once the callbacks have saved
        if (last := settings.run_dir / "checkpoints" / "last.ckpt").exists():
            log.warning("Stopped. Go on with: %s", shlex.join(["train", *cli.command_line(), f"ckpt_path={last}"]))
        sys.exit(128 + (signal.SIGTERM if isinstance(stopped, SIGTERMException) else signal.SIGINT))

    if checkpoint and trainer.global_step == checkpoint["global_step"]:
        log.warning("Nothing was trained: the checkpoint has reached the end. Raise trainer.max_epochs to go on.")

    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    trainer.test(module, datamodule=data, ckpt_path=best if Path(best).is_file() else None, verbose=False)
    end_logging(trainer.loggers)
    metrics = final_numbers(trainer.callback_metrics)
    if trainer.is_global_zero:
        (settings.run_dir / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
        if settings.report:
            page = settings.run_dir / "report.html"
            write_report(settings.run_dir, page, metrics, reporting.analysis, data.splits, reporting.environment, reporting.times)
        log.info("Test: %s", ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        log.info("Everything is in %s", settings.run_dir)
    return metrics


def main() -> None:
    cli.run(train)


if __name__ == "__main__":
    main()
