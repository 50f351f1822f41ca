"""Tests the model in a checkpoint. Needs only that file and the images."""

import json
import logging
from pathlib import Path

from omegaconf import DictConfig

from ..config import cli

log = logging.getLogger(__name__)


def evaluate(cfg: DictConfig) -> dict[str, float]:
    """Computes the metrics of one split.

    Args:
        cfg: As `config.EvaluateConfig`, checked.

    Returns:
        The numbers, also in `<run_dir>/metrics.json`.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..training.callbacks import progress_bar
    from ..model.checkpoints import load_checkpoint, load_model
    from ..data.datamodule import VisionDataModule
    from ..training.trainer import make_trainer, numbers, quiet

    quiet()
    checkpoint = load_checkpoint(cfg.ckpt_path)
    model = load_model(checkpoint)
    given = {key: value for key, value in cfg.data.items() if value is not None}
    data = VisionDataModule(**checkpoint["datamodule_hyper_parameters"] | given, classes=model.classes)
    data.prepare_data()
    trainer = make_trainer(cfg.trainer, [progress_bar()])
    trainer.test(model, dataloaders=data.dataloader(cfg.split), verbose=False)

    metrics = numbers(trainer.callback_metrics)
    if trainer.is_global_zero:
        file = Path(cfg.run_dir) / "metrics.json"
        file.write_text(json.dumps(metrics, indent=2) + "\n")
        log.info("Split %s: %s", cfg.split, ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        log.info("Written to %s", file)
    return metrics


def main() -> None:
    cli.run(evaluate, "evaluate")


if __name__ == "__main__":
    main()
