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
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from rich.console import Console
from rich.table import Table

from ..config import cli
from ..config.data import DataSettings, DataToTest, ImageSize
from ..config.errors import UserError
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


def export(settings: ExportSettings) -> Path:
    """Writes the file, which is returned, and `parity.json`."""
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    import torch
    from torch.utils.data import DataLoader, Subset

    from ..data.datamodule import VisionDataModule
    from ..data.dataset import collate
    from ..data.images import collate_unlabeled, list_source
    from ..data.input_size import resized
    from ..model.backbones import stride_of
    from ..model.checkpoints import load_checkpoint, settings_in
    from ..model.exportable import Exportable
    from ..model.exported import read_openvino
    from ..model.exporting import WRITERS, describe, trace
    from ..model.latency import compiled, latencies
    from ..model.module import VisionModule
    from ..model.parity import Parity
    from ..model.predictor import Predictor, load_module
    from ..model.quantizing import IMAGES, quantize
    from ..model.registry import register
{%- if cookiecutter.task != "classification" %}
    from ..model.tiling import parts
{%- endif %}
    from ..results.analysis import METRIC
    from ..results.card import CARD, write_readme
    from ..training.callbacks import progress_bar
    from ..training.trainer import final_numbers, make_trainer, quiet

    int8, tolerance = settings.format == "int8", settings.tolerance or TOLERANCE
    if settings.register_as and settings.format not in ("onnx", "int8"):
        raise UserError(f"register_as={settings.register_as} needs format=onnx or int8, which MLflow runs without this code")
    if int8 and settings.source:
        raise UserError(f"source={settings.source} has no truth, which says what format=int8 costs: leave it out")
    quiet()
    checkpoint = load_checkpoint(settings.ckpt_path)
    if settings.image_size:
        size = settings.image_size
        if isinstance(size, int):
            trained = checkpoint["hyper_parameters"]
            size = [*resized(size, trained["image_size"], stride_of(trained["backbone"]))]
        for part in ("hyper_parameters", "datamodule_hyper_parameters"):
            checkpoint[part] = checkpoint[part] | {"image_size": size}
    module = load_module(checkpoint)
    saved = settings_in(checkpoint)
    options = settings.adopt("data", DataSettings, saved["data"]).model_dump()
    if settings.source:
        paths, _ = list_source(Path(settings.source).expanduser().absolute())
{%- if cookiecutter.task == "classification" %}
        predictor = Predictor(module)
{%- else %}
        predictor = Predictor(module, options["tile"])
{%- endif %}
        images = predictor.images(paths, False, options["max_pixels"], options["batch_size"])
        loader = DataLoader(images, options["batch_size"], num_workers=options["num_workers"], collate_fn=collate_unlabeled)
    else:
        data = VisionDataModule(**options, seed=saved["seed"], classes=module.classes, test_split=settings.split)
        data.prepare_data()
        data.setup("test")
        loader = data.test_dataloader()

    network = Exportable(module).eval()
    written = "onnx" if int8 else settings.format
    file, exported = WRITERS[written](trace(module), settings.run_dir, describe(module, checkpoint))
    files, runs = [Path(settings.ckpt_path), file, file.with_suffix(".bin")], {"eager": network, written: exported}
    if int8:
        tolerance = settings.tolerance or TOLERANCE_OF_INT8
        data = VisionDataModule(**options, seed=saved["seed"], classes=module.classes, test_split="train")
        data.setup("test")
        every = -(-len(data.test) // IMAGES)
        batches = DataLoader(Subset(data.test, range(0, len(data.test), every)), options["batch_size"], collate_fn=collate)
{%- if cookiecutter.task == "classification" %}
        file, exported = quantize(file, (batch["image"] for batch in batches))
{%- else %}
        file, exported = quantize(file, (next(parts(batch, module.device))["image"] for batch in batches))
{%- endif %}
        files, runs = [*files, file], runs | {"int8": exported}
    log.info("Written: %s", file)

    tests: list[dict[str, float]] = []
    batches = len(loader)
    for each in () if settings.source else (module, VisionModule(**checkpoint["hyper_parameters"], network=exported)):
        trainer = make_trainer(settings.trainer, [progress_bar()])
        trainer.test(each, loader, verbose=False)
        tests.append(final_numbers(trainer.callback_metrics))
        batches = int(trainer.num_test_batches[0])
    parity = Parity(module, exported)
    for batch in islice(loader, batches):
{%- if cookiecutter.task == "classification" %}
        if batch["path"]:
            parity.update(batch["image"], batch["size"])
{%- else %}
        for part in parts(batch, module.device) if batch["path"] else ():
            parity.update(part["image"], part["size"])
{%- endif %}
        for _, reason in batch.get("skipped", ()):
            log.warning("Left out: %s", reason)
    if not parity.images:
        raise UserError(f"source={settings.source}: none of its images can be read")
    if settings.format == "onnx" and find_spec("openvino"):
        try:
            runs["openvino"] = read_openvino(file)
        except Exception as error:  # it is asked for its speed only
            log.warning("OpenVINO is not timed, since it cannot read the file: %s", str(error).partition("\n")[0])
    compiling = "was not timed (compile=true)"
    if settings.compile:
        quick, compiling = compiled(network, module.image_size)
        runs |= {"torch.compile": quick} if quick else {}

    metrics = {name: {"checkpoint": tests[0][name], "exported": tests[1][name]} for name in (tests[1] if tests else ())}
    found: dict[str, Any] = {
        "file": file.name,
        "images": parity.images,
        "tolerance": tolerance,
        "outputs": parity.outputs,
        "agreement": parity.agreement,
        "metrics": metrics,
        "bytes": {each.name: each.stat().st_size for each in files if each.exists()},
        "latency": {
            "threads": torch.get_num_threads(),
            "image_size": module.image_size,
            "milliseconds": latencies(runs, module.image_size),
            "torch.compile": compiling,
        },
    }
    if int8:
        differences = {METRIC: metrics[METRIC]["checkpoint"] - metrics[METRIC]["exported"]}
    else:
        differences = {name: abs(each["checkpoint"] - each["exported"]) for name, each in metrics.items()}
        differences["outputs"] = parity.difference
    far = [name for name, difference in differences.items() if not difference <= tolerance]  # also what is no number
    report(found)
    kept = json.dumps(found | {"passed": not far}, indent=2) + "\n"
    (settings.run_dir / "parity.json").write_text(kept)
    if far and int8:
        fall = differences[METRIC]
        log.error("Eight bits cost too much: %s falls by %.4f, more than tolerance=%g: use model.onnx", METRIC, fall, tolerance)
    elif far:
        log.error("The exported network is another one: %s differ by more than tolerance=%g", ", ".join(far), tolerance)
    if far:
        sys.exit(1)
    run = run_of(Path(settings.ckpt_path))
    if run:
        try:
            (run / "exported").mkdir(exist_ok=True)
            (run / "exported" / f"{file.name}.json").write_text(kept)
        except OSError as error:
            log.warning("The report of the run will not show this: %s cannot be written to (%s)", run, error.strerror)
    if run and (card := run / CARD).exists():
        write_readme(settings.run_dir / "README.md", card, found)
        log.info("The folder is ready for others: hf upload <user>/<name> %s --exclude '*.log'", settings.run_dir)
    else:
        log.warning("There is no README.md: %s, which train and report write, is not in the run of the checkpoint", CARD)
    times = found["latency"]["milliseconds"]
    if int8 and times["int8"]["1"]["median"] >= times["onnx"]["1"]["median"]:
        log.warning("Eight bits are not faster on this machine: use model.onnx")
    if settings.register_as:
        version = register(file, exported, module.image_size, settings.register_as, settings.tracking_uri)
        log.info("Registered: models:/%s/%d", settings.register_as, version)
    return file


def report(found: dict[str, Any]) -> None:
    """Prints what is in `parity.json`."""
    from ..results.speed import speed_notes, speed_table

    table = Table(title=f"{found['file']}, {found['images']} images")
    for column in ("", "checkpoint", "exported"):
        table.add_column(column, justify="right" if column else "left")
    for name, each in found["outputs"].items():
        table.add_row(f"largest value of {name}, difference", f"{each['largest']:.4g}", f"{each['difference']:.2g}")
    table.add_row("predictions that agree", "", f"{100 * found['agreement']:.2f} %")
    for name, each in found["metrics"].items():
        table.add_row(name, f"{each['checkpoint']:.4f}", f"{each['exported']:.4f}")
    speed = speed_table(found)
    times = Table(title=speed.title, caption=" ".join(speed_notes(found)))
    for column in speed.columns:
        times.add_column(column, justify="right" if column else "left")
    for row in speed.rows:
        times.add_row(*row)
    for each in (table, times):
        Console().print(each)


def main() -> None:
    cli.run(export)


if __name__ == "__main__":
    main()
