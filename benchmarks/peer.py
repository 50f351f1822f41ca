"""Ultralytics' smallest models on the images of a generated project, for `learn.py` and `speed.py`, which call this.

They are a peer to compare with, in an environment of its own (AGPL): nothing of a project depends on them.
"""

import importlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

MODELS = {"classification": "yolo11n-cls.yaml", "detection": "yolo11n.yaml", "segmentation": "yolo26n-sem.yaml"}
METRICS = {
    "metrics/accuracy_top1": "test/acc",
    "metrics/mAP50(B)": "test/map_50",
    "metrics/mAP50-95(B)": "test/map",
    "metrics/mIoU": "test/miou",
}
ROUNDS = 4


def call_peer(
    python: str, what: str, package: str, data: dict[str, Any], folder: Path, seconds: int = 1, seed: int = 0
) -> dict[str, float]:
    """What the peer answers about the images of a project. Runs in the environment of the project, and in its folder.

    Args:
        python: Of the environment of the peer.
        what: `train` or `measure`.
        package: Name of the project's.
        data: Arguments of its data module.
        folder: Where the images are written.
        seconds: CPU time of a training.
        seed: Of a training.
    """
    task = json.loads(Path(".cookiecutter.json").read_text())["cookiecutter"]["task"]
    write_set(package, task, data, folder / "set")
    script, output = Path(__file__), folder / "peer.json"
    size = data["image_size"]
    numbers = map(str, (seconds, seed, max(size) if isinstance(size, list) else size, data["batch_size"]))
    command = [str(Path(python).expanduser()), str(script), what, task, str(folder / "set"), *numbers, str(output)]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
    return json.loads(output.read_text())


def write_set(package: str, task: str, options: dict[str, Any], folder: Path) -> None:
    """Writes the splits of a project as Ultralytics reads them. Runs in the environment of the project."""
    data = importlib.import_module(f"{package}.data.datamodule").VisionDataModule(**options, seed=0)
    data.prepare_data()
    for split, examples in data.collection.readable.items():
        for number, example in enumerate(examples):
            part = Path(split, data.classes[example.labels[0]]) if task == "classification" else Path("images", split)
            image = folder / part / f"{number}{example.image.suffix}"
            image.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(example.image, image)
            look = data.collection.look_at([example.image])[0][example.image]
            if task == "detection":
                lines = [_line(*each, look.width, look.height) for each in zip(example.labels, example.boxes, strict=True)]
                _beside(image, "labels", ".txt").write_text("\n".join(lines))
            elif task == "segmentation":
                classes = importlib.import_module(f"{package}.data.masks").read_classes(example, look.height, look.width)
                importlib.import_module("PIL.Image").fromarray(classes).save(_beside(image, "masks", ".png"))
    splits = {split: f"images/{split}" for split in data.collection.readable}
    about = {"path": str(folder), **splits, "masks_dir": "masks", "names": dict(enumerate(data.classes))}
    (folder / "data.yaml").write_text(json.dumps(about))  # which is YAML, too


def _line(label: int, box: tuple[float, float, float, float], width: int, height: int) -> str:
    left, right = (min(max(x / width, 0), 1) for x in box[::2])
    top, bottom = (min(max(y / height, 0), 1) for y in box[1::2])
    return f"{label} {(left + right) / 2} {(top + bottom) / 2} {right - left} {bottom - top}"


def _beside(image: Path, kind: str, suffix: str) -> Path:
    file = image.parents[2] / kind / image.parent.name / f"{image.stem}{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def run(what: str, task: str, folder: Path, seconds: int, seed: int, image_size: int, batch_size: int, output: Path) -> None:
    """Writes the numbers of the test after so much CPU time of training; or of its speed. Runs in the environment of the peer."""
    import torch
    import ultralytics
    from ultralytics.engine import trainer

    torch.set_num_threads(1)
    trainer.time = SimpleNamespace(time=time.process_time)  # so that other work on the machine takes nothing away
    random.seed(seed)
    shared = {"imgsz": image_size, "batch": batch_size, "device": "cpu", "workers": 0, "plots": False, "verbose": False}
    data = str(folder if task == "classification" else folder / "data.yaml")
    model = ultralytics.YOLO(MODELS[task])
    if what == "measure":
        model.add_callback("on_train_start", partial(measure, output))
    model.train(data=data, time=seconds / 3600, seed=seed, project=str(folder), name="run", exist_ok=True, **shared)
    found = ultralytics.YOLO(folder / "run" / "weights" / "best.pt").val(data=data, split="test", **shared).results_dict
    output.write_text(json.dumps({METRICS[name]: float(value) for name, value in found.items() if name in METRICS}))


def measure(output: Path, trainer: Any) -> NoReturn:
    """Writes the milliseconds of CPU time that an image takes to load, and in a step, the best of several rounds."""

    def load() -> None:
        for _ in trainer.train_loader:
            pass

    def step() -> None:
        trainer.model.zero_grad()
        trainer.model(batch)[0].sum().backward()

    loader = min(milliseconds(load) for _ in range(ROUNDS)) / len(trainer.train_loader.dataset)
    batch = trainer.preprocess_batch(next(iter(trainer.train_loader)))
    fastest = min(milliseconds(step) for _ in range(ROUNDS)) / len(batch["img"])
    parameters = sum(weight.numel() for weight in trainer.model.parameters()) / 1e6
    output.write_text(json.dumps({"loader": loader, "step": fastest, "parameters": parameters}))
    sys.exit()


def milliseconds(run: Callable[[], object]) -> float:
    """CPU time."""
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    what, task, folder, *numbers, output = sys.argv[1:]
    run(what, task, Path(folder), *map(int, numbers), Path(output))
