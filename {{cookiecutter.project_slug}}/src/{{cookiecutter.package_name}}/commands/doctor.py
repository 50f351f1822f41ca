"""Checks data, machine and settings before a training, and says what to do about what is found.

Examples:
  uv run doctor                                             the configured data
  uv run doctor data.root=~/photos                          other data
  uv run doctor data.root=~/photos data.image_size=640      what is lost at another size
  uv run doctor data.augmentation=strong                    how training would change the images
  uv run doctor ckpt_path=outputs/…/checkpoints/best.ckpt   its data, and labels that the model contradicts

doctor.html shows what was found, and doctor.json is for programs. The status is 1 where training would stop at an error. Of shards,
doctor.json alone says what they hold.
"""

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ..config import cli
from ..config.data import DataSettings
from ..config.errors import UserError
from ..config.model import ModelSettings, ViewSettings
from ..config.schema import CommandSettings
from ..config.trainer import OneDevice

if TYPE_CHECKING:
    from ..data.examination import Examination

TRIAL = ("ckpt_path={checkpoint}", "data.batch_size=2", "data.num_workers=0", "trainer.limit_predict_batches=2")
SEVERITIES = ("error", "warning", "info")

log = logging.getLogger(__name__)


class DoctorSettings(CommandSettings):
    data: DataSettings
    model: ModelSettings
    trainer: OneDevice
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    ckpt_path: str | None


def doctor(settings: DoctorSettings) -> None:
    """Writes `doctor.json` and `doctor.html`, and exits with 1 if there are errors."""
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from torch.utils.data import DataLoader

    from ..data.collection import Collection
    from ..data.datamodule import VisionDataModule
    from ..data.dataset import AnnotatedImages, collate
    from ..data.examination import Examination, examine
    from ..data.findings import Finding
    from ..data.transforms import eval_transform
    from ..data.views import Views
    from ..model.backbones import Normalize, stride_of
    from ..model.checkpoints import load_checkpoint, settings_in
    from ..model.predictor import Predictor, load_module
    from ..results.doctor_page import print_summary, write_page
    from ..training.callbacks import progress_bar
    from ..training.doubts import CollectDoubts
    from ..training.environment import environment_findings
    from ..training.trainer import make_trainer, quiet

    quiet()
    options, seed, predictor, backbone = settings.data, settings.seed, None, settings.model.backbone
    if settings.ckpt_path:
        checkpoint = load_checkpoint(settings.ckpt_path)
        saved, module = settings_in(checkpoint), load_module(checkpoint)
        options, seed = settings.adopt("data", DataSettings, saved["data"]), saved["seed"]
        predictor, backbone = Predictor(module), saved["model"]["backbone"]
    data = VisionDataModule(**options.model_dump(), seed=seed, classes=predictor.classes if predictor else None)
    data.prepare_data()
    if not isinstance(data.collection, Collection):
        source = data.collection.source
        splits = {split: [each.image for each in members] for split, members in source.splits.items()}
        remedy = "doctor looks at folders, and all images were looked at when the shards were written."
        said = Finding("shards", "info", sum(map(len, splits.values())), (), remedy)
        _write(settings.run_dir, Examination(source.format, source.classes, splits, findings=[said]), {})
        log.warning("%s holds shards: %s", options.root, remedy)
        return
    root = data.collection.root
    if not root.is_dir():
        raise UserError(f"data.root={root} is not an existing folder: give the folder that holds the images")
    data.collection.remember()
    colors = Normalize(backbone)
    collected = CollectDoubts()
    trainer = make_trainer(settings.trainer, [progress_bar(), collected])

    mean, deviation = (values.flatten().tolist() for values in (colors.mean, colors.std))
    views = ViewSettings.among(options.model_dump())
    found = examine(data.collection, options.image_size, stride_of(backbone), mean, deviation, **views)
    if predictor and found.examples:
        seen = Views(predictor.image_size, options.batch_size, **views)
        plain = seen.transform(eval_transform(predictor.image_size), collate)
        images = AnnotatedImages([*found.examples.values()], found.classes, plain, seen.detail(), options.max_pixels)
        loader = DataLoader(images, num_workers=options.num_workers, **seen.loading(collate))
        trainer.predict(predictor, dataloaders=loader, return_predictions=False)
        found.findings += collected.findings()
    device = trainer.strategy.root_device
    found.findings += environment_findings(device, settings.run_dir, options.num_workers, options.batch_size, found.image_size)
    found.findings.sort(key=lambda each: SEVERITIES.index(each.severity))

    _write(settings.run_dir, found, found.objects)
    page = settings.run_dir / "doctor.html"
    write_page(page, found, root, options.max_pixels, options.augmentation)
    print_summary(found)
    log.info("Pictures and more: %s", page)
    if any(each.severity == "error" for each in found.findings):
        sys.exit(1)


def _write(folder: Path, found: "Examination", objects: dict[str, int]) -> None:
    """Writes `doctor.json`."""
    report = {
        "format": found.format,
        "classes": found.classes,
        "splits": {split: len(images) for split, images in found.splits.items()},
        "objects": objects,
        "findings": [vars(each) | {"files": [str(path) for path in each.files]} for each in found.findings],
    }
    (folder / "doctor.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    cli.run(doctor)


if __name__ == "__main__":
    main()
