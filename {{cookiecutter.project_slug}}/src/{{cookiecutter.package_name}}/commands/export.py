"""Writes the model in a checkpoint as one file that runs without it, and proves on real images that both do the same.

Examples:
  uv run export ckpt_path=outputs/…/checkpoints/best.ckpt             model.onnx, for onnxruntime and many others
  uv run export ckpt_path=best.ckpt format=int8                       also model_int8.onnx, in eight bits: smaller and faster
  uv run export ckpt_path=best.ckpt format=openvino                   model.xml and model.bin, for processors of Intel
  uv run export ckpt_path=best.ckpt format=torch_export               model.pt2, for torch without this code
  uv run export ckpt_path=best.ckpt source=~/photos run_dir=exported  compares on these images, whose truth is not known
  uv run export ckpt_path=best.ckpt image_size=512                    another input than in the training; or two sides, [384,512]
  uv run export ckpt_path=best.ckpt compile=true                      also times torch.compile, which takes minutes
  uv run export ckpt_path=best.ckpt register_as=flowers               also as a model of MLflow

Outputs, predictions, metrics, times and sizes are compared on the CPU, and kept in parity.json; `report run=` shows times, too.
Where outputs or metrics differ by more than `tolerance`, the exit status is 1; of eight bits, where they cost more than that of the
main metric. evaluate and predict take files of ONNX and OpenVINO as ckpt_path. Beside the file lies README.md, a card of the model,
so that the folder can be given to others: hf upload <user>/<name> <run_dir> --exclude "*.log"
"""

import json
import logging
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from ..config import cli
from ..config.data import DataSettings, DataToTest, ImageSize
from ..config.errors import UserError
from ..config.model import ViewSettings
from ..config.runs import run_of
from ..config.schema import CommandSettings
from ..config.trainer import OneDevice

TRIAL = (
    "ckpt_path={checkpoint}",
    "format=torch_export",  # the one that needs no more packages
    "data.batch_size=2",
    "data.num_workers=0",
    "trainer.limit_test_batches=2",
)

TOLERANCE, TOLERANCE_OF_INT8 = 0.001, 0.02

log = logging.getLogger(__name__)


class ExportSettings(CommandSettings):
    ckpt_path: str
    format: Literal["onnx", "int8", "torch_export", "openvino"]
    image_size: ImageSize | None
    source: str | None
    split: Literal["train", "val", "test", "all"]
    tolerance: Annotated[float, Field(gt=0)] | None
    compile: bool
    register_as: str | None
    tracking_uri: str
    data: DataToTest
    trainer: OneDevice


class Written(NamedTuple):
    """What is written.

    Attributes:
        file: The file that was asked for.
        network: What is in it.
        files: All whose sizes are told, that of the checkpoint first.
        runs: The networks whose times are compared, by name; also in other runtimes than the one that the file is for.
    """

    file: Path
    network: Any
    files: list[Path]
    runs: dict[str, Any]


def export(settings: ExportSettings) -> Path:
    """Writes the file, which is returned, and `parity.json`."""
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..model.checkpoints import settings_in
    from ..model.latency import compare_times
    from ..model.predictor import load_module
    from ..model.registry import register
    from ..results.speed import print_measured
    from ..training.proving import prove
    from ..training.trainer import quiet

    _check(settings)
    quiet()
    checkpoint = _checkpoint(settings)
    module, saved = load_module(checkpoint), settings_in(checkpoint)
    options = settings.adopt("data", DataSettings, saved["data"]).model_dump() | {"seed": saved["seed"]}
    loader = _images(settings, module, options)

    written = _write(settings, module, checkpoint, options)
    log.info("Written: %s", written.file)
    proof = prove(module, written.network, loader, settings.trainer, has_truth=not settings.source)
    if not proof.parity.images:
        raise UserError(f"source={settings.source}: none of its images can be read")
    found = {
        "file": written.file.name,
        "format": settings.format,
        "image_size": module.image_size,
        "files": proof.files,
        "images": proof.parity.images,
        "tolerance": settings.tolerance or (TOLERANCE_OF_INT8 if settings.format == "int8" else TOLERANCE),
        "outputs": proof.parity.outputs,
        "agreement": proof.parity.agreement,
        "metrics": proof.metrics,
        "bytes": {each.name: each.stat().st_size for each in written.files if each.exists()},
        "latency": compare_times(written.runs, module.image_size, settings.compile),
    }
    print_measured(found)
    _judge(settings, found, proof.parity.difference)

    _hand_on(settings, found)
    if settings.register_as:
        version = register(written.file, written.network, module.image_size, settings.register_as, settings.tracking_uri)
        log.info("Registered: models:/%s/%d", settings.register_as, version)
    return written.file


def _check(settings: ExportSettings) -> None:
    """Refuses settings that contradict each other."""
    if settings.register_as and settings.format not in ("onnx", "int8"):
        raise UserError(f"register_as={settings.register_as} needs format=onnx or int8, which MLflow runs without this code")
    if settings.format == "int8" and settings.source:
        raise UserError(f"source={settings.source} has no truth, which says what format=int8 costs: leave it out")


def _checkpoint(settings: ExportSettings) -> dict[str, Any]:
    """The checkpoint, as if it had been trained with the size of the input that is set."""
    from ..data.input_size import resized
    from ..model.backbones import stride_of
    from ..model.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(settings.ckpt_path)
    if size := settings.image_size:
        if isinstance(size, int):
            trained = checkpoint["hyper_parameters"]
            size = [*resized(size, trained["image_size"], stride_of(trained["backbone"]))]
        for part in ("hyper_parameters", "datamodule_hyper_parameters"):
            checkpoint[part] = checkpoint[part] | {"image_size": size}
    return checkpoint


def _images(settings: ExportSettings, module: Any, options: dict[str, Any]) -> Any:
    """The batches on which both networks are compared."""
    from torch.utils.data import DataLoader

    from ..data.images import UnlabeledImages, collate_unlabeled, list_source
    from ..data.views import Views

    if not settings.source:
        return _data(module, options, settings.split).test_dataloader()
    paths, _ = list_source(Path(settings.source).expanduser().absolute())
    views = Views(module.image_size, options["batch_size"], **ViewSettings.among(options))
    images = UnlabeledImages(paths, views, max_pixels=options["max_pixels"])
    return DataLoader(images, options["batch_size"], num_workers=options["num_workers"], collate_fn=collate_unlabeled)


def _data(module: Any, options: dict[str, Any], split: str) -> Any:
    """The data of the training, of which a test would use a split."""
    from ..data.datamodule import VisionDataModule

    data = VisionDataModule(**options, classes=module.classes, test_split=split)
    data.prepare_data()
    data.setup("test")
    return data


def _write(settings: ExportSettings, module: Any, checkpoint: dict[str, Any], options: dict[str, Any]) -> Written:
    """Writes the network in the format that is set."""
    from torch.utils.data import DataLoader, Subset

    from ..data.dataset import collate
    from ..data.views import parts
    from ..model.exportable import Exportable
    from ..model.exported import read_openvino
    from ..model.exporting import WRITERS, describe, trace
    from ..model.quantizing import IMAGES, quantize

    name = "onnx" if settings.format == "int8" else settings.format
    file, exported = WRITERS[name](trace(module), settings.run_dir, describe(module, checkpoint))
    files, runs = [Path(settings.ckpt_path), file, file.with_suffix(".bin")], {"eager": Exportable(module).eval(), name: exported}
    if settings.format == "int8":
        data = _data(module, options, "train")
        every = -(-len(data.test) // IMAGES)
        batches = DataLoader(Subset(data.test, range(0, len(data.test), every)), **data.views.loading(collate))
        file, exported = quantize(file, (next(parts(batch, module.device))["image"] for batch in batches))
        files, runs = [*files, file], runs | {"int8": exported}
    elif name == "onnx" and find_spec("openvino"):
        try:
            runs["openvino"] = read_openvino(file)
        except Exception as error:  # it is asked for its speed only
            log.warning("OpenVINO is not timed, since it cannot read the file: %s", str(error).partition("\n")[0])
    return Written(file, exported, files, runs)


def _judge(settings: ExportSettings, found: dict[str, Any], of_outputs: float) -> None:
    """Writes `parity.json`, and ends the command where a difference is more than tolerable."""
    from ..results.analysis import METRIC

    metrics, tolerance = found["metrics"], found["tolerance"]
    if settings.format == "int8":
        differences = {METRIC: metrics[METRIC]["checkpoint"] - metrics[METRIC]["exported"]}
    else:
        differences = {name: abs(each["checkpoint"] - each["exported"]) for name, each in metrics.items()}
        differences["outputs"] = of_outputs
    far = [name for name, difference in differences.items() if not difference <= tolerance]  # also what is no number
    found["passed"] = not far
    (settings.run_dir / "parity.json").write_text(json.dumps(found, indent=2) + "\n")
    if far and settings.format == "int8":
        ((metric, fall),) = differences.items()
        log.error("Eight bits cost too much: %s falls by %.4f, more than tolerance=%g: use model.onnx", metric, fall, tolerance)
    elif far:
        log.error("The exported network is another one: %s differ by more than tolerance=%g", ", ".join(far), tolerance)
    if far:
        sys.exit(1)


def _hand_on(settings: ExportSettings, found: dict[str, Any]) -> None:
    """Lets the run of the checkpoint know of the file, and writes its card beside it."""
    from ..results.card import CARD, write_readme

    run = run_of(Path(settings.ckpt_path))
    if run:
        try:
            (run / "exported").mkdir(exist_ok=True)
            height, width = found["image_size"]
            shutil.copy(settings.run_dir / "parity.json", run / "exported" / f"{found['file']}-{height}x{width}.json")
        except OSError as error:
            log.warning("The report of the run will not show this: %s cannot be written to (%s)", run, error.strerror)
    if run and (card := run / CARD).exists():
        write_readme(settings.run_dir / "README.md", card, found)
        log.info("The folder is ready for others: hf upload <user>/<name> %s --exclude '*.log'", settings.run_dir)
    else:
        log.warning("There is no README.md: %s, which train and report write, is not in the run of the checkpoint", CARD)
    times = found["latency"]["milliseconds"]
    if settings.format == "int8" and times["int8"]["1"]["median"] >= times["onnx"]["1"]["median"]:
        log.warning("Eight bits are not faster on this machine: use model.onnx")


def main() -> None:
    cli.run(export)


if __name__ == "__main__":
    main()
