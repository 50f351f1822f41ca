"""Kills trainings of the project in whose folder and environment it runs, and compares how they end. Prints a line for each.

    python interrupted.py SEED COUNT [override of train …]

A process that has loaded the project forks one for each training, which kills itself at the so-many-th event: a hook of Lightning,
or something that it does to a file in its folder. Half of the kills are aimed at the files, whose window is small.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

import csv
import os
import random
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
sys.path.insert(0, "src")

import my_vision_project.data.datamodule
import my_vision_project.model.module
import my_vision_project.training.trainer  # noqa: F401 (loaded once, before the forks)
import torch
from lightning.pytorch.trainer import call
from my_vision_project.commands import train

SMALL = [
    "experiment=sample", "model.backbone=mobilenetv3_small_050", "data.image_size=64", "data.batch_size=4", "trainer.max_epochs=3",
    "trainer.limit_train_batches=5", "trainer.limit_val_batches=2", "trainer.limit_test_batches=2", "trainer.log_every_n_steps=1",
    "trainer.accelerator=cpu", "callbacks.last_checkpoint.every_n_steps=2", "logger=csv",
]  # fmt: skip
OUTPUT = Path("outputs") / "interrupted"
LIVES = 3  # a run is killed at most so often


class Victim:
    """A training that counts its events, and dies at one of them."""

    def __init__(self, dies_at: int) -> None:
        self.process = os.getpid()
        self.dies_at = dies_at
        self.events: list[str] = []

    def count(self, event: str) -> None:
        if os.getpid() == self.process:  # and not in one of its workers
            self.events.append(event)
            if len(self.events) == self.dies_at:
                os.kill(self.process, signal.SIGKILL)

    def run(self, arguments: list[str]) -> int:
        hooks, fsync = call._call_callback_hooks, os.fsync

        def counted_hooks(trainer: Any, name: str, *more: Any, **others: Any) -> Any:
            self.count(name)
            return hooks(trainer, name, *more, **others)

        def counted_fsync(file: int) -> None:
            self.count("file: before its content is flushed")
            fsync(file)
            self.count("file: after its content is flushed")

        def audit(name: str, details: tuple[Any, ...]) -> None:
            if name in ("open", "os.rename") and str(OUTPUT) in str(details[0]):
                self.count(f"file: {name} {details[0]}")

        call._call_callback_hooks, os.fsync = counted_hooks, counted_fsync
        sys.addaudithook(audit)
        sys.argv = ["train", *arguments]
        try:
            train.main()
        except SystemExit as ended:
            return int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
            return 1
        return 0


def life(arguments: list[str], dies_at: int = 0) -> int:
    """Runs a training in a process of its own. Returns its exit status."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    log = os.open(OUTPUT / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    victim = Victim(dies_at)
    status = victim.run(arguments)
    (OUTPUT / "events.txt").write_text("\n".join(victim.events))
    sys.stdout.flush()
    os._exit(status)


def end(run: Path) -> tuple[Any, ...]:
    """What must be the same."""
    files = [torch.load(run / "checkpoints" / name, weights_only=True) for name in ("last.ckpt", "best.ckpt")]
    parts = [file[part] for file in files for part in ("state_dict", "current_model_state")]  # the average; those of the last step
    weights = [[weight.numpy().tobytes() for weight in part.values()] for part in parts]
    rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
    return weights, rows, (run / "metrics.json").read_text()


def main() -> None:
    chance, count, given = random.Random(int(sys.argv[1])), int(sys.argv[2]), [*SMALL, *sys.argv[3:]]
    torch.set_num_threads(1)
    OUTPUT.mkdir(parents=True)
    assert life([*given, f"run_dir={OUTPUT / 'whole'}"]) == 0, (OUTPUT / "log.txt").read_text()
    events = (OUTPUT / "events.txt").read_text().splitlines()
    whole, differing = end(OUTPUT / "whole"), 0
    writes = [number for number, event in enumerate(events, 1) if event.startswith("file")]
    for number in range(count):
        run, deaths, status = OUTPUT / str(number), [], -signal.SIGKILL
        while status == -signal.SIGKILL:
            dies_at = chance.choice(writes if number % 2 else range(1, len(events) + 1)) if len(deaths) < LIVES else 0
            new = not list(run.glob("checkpoints/*.ckpt"))
            status = life([*given, f"run_dir={run}", "overwrite=true"] if new else [f"ckpt_path={run}"], dies_at)
            deaths += [dies_at] * (status != 0)
        same = status == 0 and end(run) == whole
        differing += not same
        killed = [f"{death} {events[death - 1]}" for death in deaths if death]
        print("same" if same else f"differs, status {status}", killed, flush=True)
    sys.exit(differing)


if __name__ == "__main__":
    main()
