"""Predicts on an image, or on the images in a folder, with the model in a checkpoint, or in a file written by export.

Examples:
  uv run predict ckpt_path=best source=photo.jpg                         with the best of the newest run
  uv run predict ckpt_path=best.ckpt source=~/photos run_dir=results
  uv run predict ckpt_path=best.ckpt source=~/photos pictures=false      only the files that programs read
  uv run predict ckpt_path=model.onnx source=~/photos                    what `uv run export` wrote

What could not be read is listed in skipped.csv, and the exit status is then 1. Every argument of lightning.Trainer can be set as
trainer.<name>.
"""

import contextlib
import logging
import sys
from collections import Counter
from pathlib import Path

from pydantic import NonNegativeInt

from ..config import cli
from ..config.model import PredictionSettings
from ..config.schema import MAX_PIXELS, CommandSettings, Count
from ..config.trainer import TrainerSettings

TRIAL = ("ckpt_path={checkpoint}", "source={images}")

log = logging.getLogger(__name__)


class PredictSettings(CommandSettings, PredictionSettings):
    ckpt_path: str
    source: str
    batch_size: Count
    num_workers: NonNegativeInt
    pictures: bool
    max_pixels: Count = MAX_PIXELS
    trainer: TrainerSettings


def predict(settings: PredictSettings) -> Path:
    """Writes what programs read, and a picture for each image.

    Returns:
        The folder with the results.

    Raises:
        SystemExit: With status 1, at the end, if files were left out.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from torch.utils.data import DataLoader

    from ..data.images import collate_unlabeled, list_source
    from ..data.sampler import SharedBatches
    from ..model.predictor import Predictor
    from ..results.writer import PredictionWriter
    from ..training.callbacks import WritePredictions, progress_bar
    from ..training.trainer import make_trainer, quiet

    quiet()
    predictor = Predictor.from_checkpoint(settings.ckpt_path, **settings.model_dump(include=set(PredictionSettings.model_fields)))
    source = Path(settings.source).expanduser().absolute()
    paths, others = list_source(source)
    images = predictor.images(paths, settings.pictures, settings.max_pixels, settings.batch_size)
    writer = PredictionWriter(settings.run_dir, predictor.classes, settings.pictures)
    trainer = make_trainer(settings.trainer, [progress_bar(), WritePredictions(writer, result_names(paths, source))])
    size, workers = settings.batch_size, settings.num_workers
    sampler = SharedBatches(images, size, trainer.global_rank, trainer.world_size)
    loader = DataLoader(images, size, sampler=sampler, num_workers=workers, collate_fn=collate_unlabeled)

    with writer if trainer.is_global_zero else contextlib.nullcontext():
        trainer.predict(predictor, dataloaders=loader, return_predictions=False)
        if not trainer.is_global_zero:
            return settings.run_dir
        for path, reason in others.items():
            writer.skip(path, reason)
    left_out = len(paths) + len(others) - writer.count
    log.info("Predicted %d of %d images; results are in %s", writer.count, len(paths), settings.run_dir)
    if left_out:
        log.warning("%d files were left out: %s says why", left_out, settings.run_dir / "skipped.csv")
        sys.exit(1)
    return settings.run_dir


def result_names(paths: list[Path], source: Path) -> dict[str, str]:
    """For each image the name of its results: its path below `source` without the suffix, if that is unique."""
    relative = {path: path.relative_to(source if source.is_dir() else source.parent) for path in paths}
    count = Counter(name.with_suffix("") for name in relative.values())
    return {
        str(path): (name.with_suffix("") if count[name.with_suffix("")] == 1 else name).as_posix()
        for path, name in relative.items()
    }


def main() -> None:
    cli.run(predict)


if __name__ == "__main__":
    main()
