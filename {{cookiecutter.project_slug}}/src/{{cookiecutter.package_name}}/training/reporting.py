"""What a report needs of a training and its test, kept while they run."""

import json
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightning as L
import torch

from ..data.processes import gathered
from ..model.licenses import OF_WEIGHTS
from ..results.analysis import Analysis
from .trainer import describe_device

PACKAGES = ("torch", "torchvision", "lightning", "timm")


class Reporting(L.Callback):
    """Collects the predictions of a test, without a second pass, and how and how fast it was trained.

    Attributes:
        analysis: Of the test; None before one.
        environment: Of this process; `environment.json` in the folder keeps that of a training.
        times: Texts by what was measured; empty without a training.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.analysis: Analysis | None = None
        self.environment: dict[str, str] = {}
        self.times: dict[str, str] = {}
        self.started = time.monotonic()
        self.images, self.seconds = 0, 0.0  # trained; before an interruption, too

    def setup(self, trainer: L.Trainer, pl_module: Any, stage: str) -> None:
        if not self.environment:
            self.environment = {**describe_environment(trainer), OF_WEIGHTS: pl_module.hparams["weights_license"]}

    def on_train_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self.started = time.monotonic() - self.seconds

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.images += len(batch["image"]) * trainer.world_size

    def on_train_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        self.seconds = time.monotonic() - self.started
        self.times = {
            "training": f"{self.seconds:.0f} s, with validation and checkpoints",
            "images trained": f"{self.images:,}, or {self.images / self.seconds:.1f} a second",
            "epochs, steps": f"{trainer.current_epoch}, {trainer.global_step}",
        }
        if trainer.strategy.root_device.type == "cuda":
            self.times["memory of the GPU"] = f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB at most"

    def state_dict(self) -> dict[str, Any]:
        return {"images": self.images, "seconds": time.monotonic() - self.started}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.images, self.seconds = state_dict["images"], state_dict["seconds"]

    def on_test_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self.analysis = Analysis(pl_module.classes, pl_module.image_size, **pl_module.decode_options)
        self.analysis.file = trainer.datamodule.test.file  # pyright: ignore[reportAttributeAccessIssue]
        self.started = time.monotonic()

    def on_test_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        assert self.analysis
        self.analysis.update(batch, outputs["predictions"])

    def on_test_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        assert self.analysis
        self.analysis.records = {path: record for part in gathered(self.analysis.records) for path, record in part.items()}
        file = self.folder / "environment.json"
        if self.times:
            kept = {"environment": self.environment, "times": self.times}
            if trainer.is_global_zero:
                file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        elif file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            self.environment, self.times = kept["environment"], kept["times"]
        self.times["test"] = f"{time.monotonic() - self.started:.0f} s"


def describe_environment(trainer: L.Trainer) -> dict[str, str]:
    """What a run depends on beside its settings. Environment variables and addresses are left out: they may hold secrets."""
    commit, changes = _git("rev-parse", "--quiet", "--verify", "HEAD"), _git("status", "--porcelain")
    return {
        "device": f"{trainer.world_size} x {describe_device(trainer.strategy.root_device)}, {trainer.precision}",
        "threads": str(torch.get_num_threads()),
        "platform": platform.platform(),
        "Python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "git commit": f"{commit}, {'with changes that are not committed' if changes else 'unchanged'}" if commit else "none",
    }


def _git(*arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
