"""Predicts on an image or a folder of images with the model in a checkpoint."""

import logging
from collections import Counter
from pathlib import Path

from omegaconf import DictConfig

from ..config import cli

log = logging.getLogger(__name__)


def predict(cfg: DictConfig) -> Path:
    """Writes a machine-readable file and a picture for each image.

    Args:
        cfg: As `config.PredictConfig`, checked.

    Returns:
        The folder with the results.
    """
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from torch.utils.data import DataLoader

    from ..training.callbacks import WritePredictions, progress_bar
    from ..model.checkpoints import load_checkpoint, load_model
    from ..data.images import UnlabeledImages, collate_unlabeled, list_source
    from ..data.letterbox import image_transform
    from ..training.trainer import make_trainer, quiet
    from ..results.writer import PredictionFiles

    quiet()
    model = load_model(load_checkpoint(cfg.ckpt_path))
    source = Path(cfg.source).expanduser().absolute()
    paths = list_source(source)
    images = UnlabeledImages(paths, image_transform(model.hparams["image_size"]))
    loader = DataLoader(images, batch_size=cfg.batch_size, num_workers=cfg.num_workers, collate_fn=collate_unlabeled)

    folder = Path(cfg.run_dir)
    names = result_names(paths, source)
    with PredictionFiles(folder, model.classes) as files:
        trainer = make_trainer(cfg.trainer, [progress_bar(), WritePredictions(files, names)])
        trainer.predict(model, dataloaders=loader, return_predictions=False)
    log.info("Predicted %d of %d images; results are in %s", files.count, len(paths), folder)
    return folder


def result_names(paths: list[Path], source: Path) -> dict[str, str]:
    """For each image the name of its results: its path below `source` without the suffix, if that is unique."""
    relative = {path: path.relative_to(source if source.is_dir() else source.parent) for path in paths}
    count = Counter(name.with_suffix("") for name in relative.values())
    return {
        str(path): (name.with_suffix("") if count[name.with_suffix("")] == 1 else name).as_posix()
        for path, name in relative.items()
    }


def main() -> None:
    cli.run(predict, "predict")


if __name__ == "__main__":
    main()
