import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import wandb

from {{ cookiecutter.package_name }}.commands.train import train


def records(log: Path, name: str) -> int:
    """How often a value of this name was recorded: protocol buffers write a name behind its length, printed lines do not."""
    return log.read_bytes().count(bytes([len(name)]) + name.encode())


def test_curves_and_pictures_are_in_the_offline_run(compose: Callable[..., Any]) -> None:
    short = ["trainer.max_epochs=2", "trainer.limit_train_batches=1", "callbacks.validation_interval=null"]
    settings = compose(train, "logger=wandb", *short, "log_files=true")
    train(settings)
    wandb.teardown()  # ends the process that writes the record, which may take half a minute
    (log,) = (settings.run_dir / "wandb").glob("offline-run-*/*.wandb")
    deadline = time.monotonic() + 120
    while not records(log, "model_card.md") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert records(log, "train/loss") >= 2
    assert records(log, "val/loss") >= 2
    assert len(list(log.parent.rglob("*.png"))) == 2
    assert records(log, "report.html")
    assert records(log, "best.ckpt")
    assert (settings.run_dir / "metrics.csv").exists()
