"""Writes the model in a checkpoint as one file that runs without it, and proves on real images that both do the same.

Examples:
  uv run export ckpt_path=outputs/…/checkpoints/best.ckpt             model.onnx, for onnxruntime and many others
  uv run export ckpt_path=best.ckpt format=openvino                   model.xml and model.bin, for processors of Intel
  uv run export ckpt_path=best.ckpt format=torch_export               model.pt2, for torch without this code
  uv run export ckpt_path=best.ckpt source=~/photos run_dir=exported  compares on these images, whose truth is not known
  uv run export ckpt_path=best.ckpt image_size=512                    for squares of another size than those of the training
  uv run export ckpt_path=best.ckpt compile=true                      also times torch.compile, which takes minutes
  uv run export ckpt_path=best.ckpt register_as=flowers               also as a model of MLflow

Outputs, predictions, metrics, times and sizes are compared on the CPU, and kept in parity.json; `report run=` shows times, too.
Where outputs or metrics differ by more than `tolerance`, the exit status is 1. evaluate and predict take files of ONNX and OpenVINO
as ckpt_path. Beside the file lies the card of the model, README.md, so that the folder can be given to others:
hf upload <user>/<name> <run_dir> --exclude "*.log"
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
from ..config.data import DataSettings, DataToTest
from ..config.errors import UserError
from ..config.runs import run_of
from ..config.schema import CommandSettings
from ..config.trainer import TrainerSettings

TRIAL = (
    "ckpt_path={checkpoint}",
    "format=torch_export",  # the one that needs no more packages
    "data.batch_size=2",
    "data.num_workers=0",
    "trainer.limit_test_batches=2",
)

log = logging.getLogger(__name__)


class ExportSettings(CommandSettings):
    ckpt_path: str
    format: Literal["onnx", "torch_export", "openvino"]
    image_size: Annotated[int, Field(ge=32)] | None
    source: str | None
    split: Literal["train", "val", "test", "all"]
    tolerance: Annotated[float, Field(gt=0)]
    compile: bool
    register_as: str | None
    tracking_uri: str
    data: DataToTest
    trainer: TrainerSettings


def export(settings: ExportSettings) -> Path:
    """Writes the file, which is returned, and `parity.json`."""
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    import torch
    from torch.utils.data import DataLoader

    from ..data.datamodule import VisionDataModule
    from ..data.images import UnlabeledImages, collate_unlabeled, list_source
    from ..data.letterbox import image_transform
    from ..model.checkpoints import load_checkpoint, settings_in
    from ..model.exportable import Exportable
    from ..model.exported import read_openvino
    from ..model.exporting import WRITERS, describe, trace
    from ..model.latency import compiled, latencies
    from ..model.module import VisionModule
    from ..model.parity import Parity
    from ..model.predictor import load_module
    from ..model.registry import register
    from ..results.card import CARD, write_readme
    from ..training.callbacks import progress_bar
    from ..training.trainer import final_numbers, make_trainer, quiet

    if settings.register_as and settings.format != "onnx":
        raise UserError(f"register_as={settings.register_as} needs format=onnx, which MLflow runs without this code")
    quiet()
    checkpoint = load_checkpoint(settings.ckpt_path)
    if settings.image_size:
        for part in ("hyper_parameters", "datamodule_hyper_parameters"):
            checkpoint[part] = checkpoint[part] | {"image_size": settings.image_size}
    module = load_module(checkpoint)
    saved = settings_in(checkpoint)
    options = settings.adopt("data", DataSettings, saved["data"]).model_dump()
    if settings.source:
        paths, _ = list_source(Path(settings.source).expanduser().absolute())
        images = UnlabeledImages(paths, image_transform(module.image_size), max_pixels=options["max_pixels"])
        loader = DataLoader(images, options["batch_size"], num_workers=options["num_workers"], collate_fn=collate_unlabeled)
    else:
        data = VisionDataModule(**options, seed=saved["seed"], classes=module.classes, test_split=settings.split)
        data.prepare_data()
        data.setup("test")
        loader = data.test_dataloader()

    file, exported = WRITERS[settings.format](trace(module), settings.run_dir, describe(module, checkpoint))
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
        if batch["path"]:
            parity.update(batch["image"], batch["size"])
        for _, reason in batch.get("skipped", ()):
            log.warning("Left out: %s", reason)
    if not parity.images:
        raise UserError(f"source={settings.source}: none of its images can be read")
    network = Exportable(module).eval()
    runs: dict[str, Any] = {"eager": network, settings.format: exported}
    if settings.format == "onnx" and find_spec("openvino"):
        runs["openvino"] = read_openvino(file)
    compiling = "was not timed (compile=true)"
    if settings.compile:
        faster, compiling = compiled(network, module.image_size)
        runs |= {"torch.compile": faster} if faster else {}

    metrics = {name: {"checkpoint": tests[0][name], "exported": tests[1][name]} for name in (tests[1] if tests else ())}
    written = (Path(settings.ckpt_path), file, file.with_suffix(".bin"))
    found: dict[str, Any] = {
        "file": file.name,
        "images": parity.images,
        "tolerance": settings.tolerance,
        "outputs": parity.outputs,
        "agreement": parity.agreement,
        "metrics": metrics,
        "bytes": {each.name: each.stat().st_size for each in written if each.exists()},
        "latency": {
            "threads": torch.get_num_threads(),
            "image_size": module.image_size,
            "milliseconds": latencies(runs, module.image_size),
            "torch.compile": compiling,
        },
    }
    differences = {"outputs": parity.difference}
    differences |= {name: abs(each["checkpoint"] - each["exported"]) for name, each in metrics.items()}
    far = [name for name, difference in differences.items() if not difference <= settings.tolerance]  # also what is no number
    report(found)
    kept = json.dumps(found | {"passed": not far}, indent=2) + "\n"
    (settings.run_dir / "parity.json").write_text(kept)
    if far:
        log.error("The exported network is another one: %s differ by more than tolerance=%g", ", ".join(far), settings.tolerance)
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
