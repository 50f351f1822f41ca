"""Trains a model on the images in `data.root`, then tests the best checkpoint."""

import json
import logging
import shlex
import signal
import sys
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from ..config import cli

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Runs one training.

    Args:
        cfg: As `config.TrainConfig`, checked.

    Returns:
        The final numbers, also in `<run_dir>/metrics.json`.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    import lightning as L
    from lightning.pytorch.utilities.exceptions import SIGTERMException

    from ..model.checkpoints import adopt_settings, load_checkpoint, load_weights
    from ..data.datamodule import VisionDataModule
    from ..model.module import VisionModel
    from ..training.trainer import finish, make_callbacks, make_loggers, make_trainer, numbers, quiet

    quiet()
    run_dir = Path(cfg.run_dir)
    checkpoint = load_checkpoint(cfg.ckpt_path) if cfg.ckpt_path else None
    if checkpoint:
        adopt_settings(cfg, checkpoint)
        cfg.model.pretrained = False  # the checkpoint has the weights
    OmegaConf.save(cfg, run_dir / "config.yaml", resolve=True)

    L.seed_everything(cfg.seed, workers=True, verbose=False)
    classes = checkpoint["hyper_parameters"]["classes"] if checkpoint else None
    data = VisionDataModule(**cfg.data, seed=cfg.seed, classes=classes)
    data.prepare_data()
    model = VisionModel(classes=data.classes, image_size=cfg.data.image_size, **cfg.model)
    if checkpoint:
        load_weights(model, checkpoint)  # here, where a misfit is still a sentence; fit loads the optimizer too
    parameters = sum(parameter.numel() for parameter in model.parameters())
    log.info("Model: %s, %.1f million parameters", cfg.model.backbone, parameters / 1e6)
    callbacks = make_callbacks(cfg.callbacks)
    trainer = make_trainer(cfg.trainer, callbacks, make_loggers(cfg.logger))

    try:
        trainer.fit(model, datamodule=data, ckpt_path=cfg.ckpt_path)
    except SystemExit as stopped:  # how Lightning passes on Ctrl-C and SIGTERM, once the callbacks have saved
        if (last := run_dir / "checkpoints" / "last.ckpt").exists():
            log.warning("Stopped. Go on with: %s", shlex.join(["train", *cli.given_overrides(), f"ckpt_path={last}"]))
        sys.exit(128 + (signal.SIGTERM if isinstance(stopped, SIGTERMException) else signal.SIGINT))

    if checkpoint and trainer.global_step == checkpoint["global_step"]:
        log.warning("Nothing was trained: the checkpoint has reached the end. Raise trainer.max_epochs to go on.")

    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    trainer.test(model, datamodule=data, ckpt_path=best if Path(best).is_file() else None, verbose=False)
    finish(trainer.loggers)
    metrics = numbers(trainer.callback_metrics)
    if trainer.is_global_zero:
        (run_dir / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
        log.info("Test: %s", ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        log.info("Everything is in %s", run_dir)
    return metrics


def main() -> None:
    cli.run(train, "train")


if __name__ == "__main__":
    main()
