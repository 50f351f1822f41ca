"""Tests the model in a checkpoint, or in a file written by export. Needs only that file and the images.

Examples:
  uv run evaluate ckpt_path=best                                           the best of the newest run, on its test images
  uv run evaluate ckpt_path=best.ckpt split=val                            another split: train, val, test or all
  uv run evaluate ckpt_path=best.ckpt data.root=~/new-photos split=all     all images of another folder
  uv run evaluate ckpt_path=model.onnx                                     what `uv run export` wrote

What is not given is as in the checkpoint. Every argument of lightning.Trainer can be set as trainer.<name>.
"""

import json
import logging
from typing import Literal

from ..config import cli
from ..config.data import DataSettings, DataToTest
from ..config.runs import write_whole
from ..config.schema import CommandSettings
from ..config.trainer import TrainerSettings

TRIAL = ("ckpt_path={checkpoint}", "data.batch_size=2", "data.num_workers=0", "trainer.limit_test_batches=2")

log = logging.getLogger(__name__)


class EvaluateSettings(CommandSettings):
    ckpt_path: str
    split: Literal["train", "val", "test", "all"]
    data: DataToTest
    trainer: TrainerSettings


def evaluate(settings: EvaluateSettings) -> dict[str, float]:
    """Computes the metrics of one split.

    Returns:
        The numbers, also in `<run_dir>/metrics.json`.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..data.datamodule import VisionDataModule
    from ..model.checkpoints import settings_in
    from ..model.predictor import load_trained
    from ..training.callbacks import progress_bar
    from ..training.trainer import final_numbers, in_words, make_trainer, quiet

    quiet()
    module, trained = load_trained(settings.ckpt_path)
    saved = settings_in(trained)
    options = settings.adopt("data", DataSettings, saved["data"]).model_dump()
    data = VisionDataModule(**options, seed=saved["seed"], classes=module.classes, test_split=settings.split)
    trainer = make_trainer(settings.trainer, [progress_bar()])
    trainer.test(module, datamodule=data, verbose=False)

    metrics = final_numbers(trainer.callback_metrics)
    if trainer.is_global_zero:
        file = settings.run_dir / "metrics.json"
        write_whole(json.dumps(metrics, indent=2) + "\n", file)
        log.info("Split %s: %s", settings.split, in_words(metrics))
        log.info("Written to %s", file)
    return metrics


def main() -> None:
    cli.run(evaluate)


if __name__ == "__main__":
    main()
