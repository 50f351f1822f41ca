"""Proves on this machine, in about a minute, that the project runs from its data to its predictions.

Usage:
    uv run validate                                  with the configured data and model
    uv run validate data.root=~/photos               any override of `train` may follow
    uv run validate trainer.accelerator=cpu

Each step is a command of this project in a process of its own: a fast_dev_run through training, validation and test
on the best device; a few real steps that write a checkpoint; then evaluation and prediction, which are given only
that checkpoint. No network is needed, no weights are fetched. All output goes to outputs/validate/validate.log.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from ..data.readers import read_source

FOLDER = Path("outputs") / "validate"
SMALL = ["data.batch_size=2", "data.num_workers=0", "model.pretrained=false"]
FEW_BATCHES = ["trainer.limit_train_batches=3", "trainer.limit_val_batches=2", "trainer.limit_test_batches=2"]
PREDICTED_IMAGES = 3
OFFLINE = {"HF_HUB_OFFLINE": "1", "WANDB_MODE": "offline"}


@dataclass(frozen=True)
class Outcome:
    """How a step ended: the device as the command named it, the output, and the exit status."""

    step: str
    device: str
    seconds: float
    output: str
    status: int


def main() -> None:
    overrides = sys.argv[1:]
    if {"--help", "-h"} & set(overrides):
        print(__doc__)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a step does not outlive this process
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    console = Console()
    with (FOLDER / "validate.log").open("w", encoding="utf-8") as log:
        try:
            sys.exit(0 if validate(overrides, console, log) else 1)
        except KeyboardInterrupt:
            console.print(f"Validation was interrupted. Log: {log.name}", soft_wrap=True)
            sys.exit(130)


def validate(overrides: list[str], console: Console, log: TextIO) -> bool:
    """Runs the steps until one fails, and prints the table. Returns whether all passed."""
    checkpoint = FOLDER / "train" / "checkpoints" / "best.ckpt"
    trial = [*SMALL, *overrides, "trainer.fast_dev_run=true", f"run_dir={FOLDER / 'fast_dev_run'}"]
    outcomes = [run_step("fast_dev_run", "train", trial, console, log)]
    advice = None
    if outcomes[0].status and outcomes[0].device != "cpu":
        on_cpu = run_step("fast_dev_run on the CPU", "train", [*trial, "trainer.accelerator=cpu"], console, log)
        outcomes.append(on_cpu)
        overrides = [*overrides, "trainer.accelerator=cpu"]
        advice = (
            f"The project is at fault, not the accelerator ({outcomes[0].device}): the same step fails on the CPU."
            if on_cpu.status
            else f"The accelerator ({outcomes[0].device}) is at fault, not the project: the same step passes on the CPU."
        )
    device = [override for override in overrides if override.startswith("trainer.accelerator=")]
    if not outcomes[-1].status:
        real = [*SMALL, *FEW_BATCHES, "trainer.max_epochs=1", *overrides, f"run_dir={FOLDER / 'train'}"]
        outcomes.append(run_step("train, checkpoint", "train", real, console, log))
    if not outcomes[-1].status:
        small = ["data.batch_size=2", "data.num_workers=0", "trainer.limit_test_batches=2", *device]
        arguments = [f"ckpt_path={checkpoint}", *small, f"run_dir={FOLDER / 'evaluate'}"]
        outcomes.append(run_step("evaluate from the checkpoint", "evaluate", arguments, console, log))
    if not outcomes[-1].status:
        arguments = [f"ckpt_path={checkpoint}", f"source={some_images()}", *device, f"run_dir={FOLDER / 'predict'}"]
        outcomes.append(run_step("predict from the checkpoint", "predict", arguments, console, log))

    report(outcomes, console)
    if outcomes[-1].status:
        console.print("\n".join(outcomes[-1].output.splitlines()[-25:]), markup=False, highlight=False)
    if advice:
        console.print(advice, soft_wrap=True)
    console.print("Log:", log.name, soft_wrap=True)
    return outcomes[-1].status == 0


def run_step(name: str, command: str, arguments: list[str], console: Console, log: TextIO) -> Outcome:
    """Runs a command in a new process, which ends with this one, and shows its last line while it works."""
    start = time.monotonic()
    argv = [sys.executable, "-m", f"{__package__}.{command}", *arguments]
    print(f"$ {command} {' '.join(arguments)}", file=log, flush=True)
    lines = []
    with (
        console.status(name) as status,
        subprocess.Popen(
            argv,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | OFFLINE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line)
                log.write(line)
                status.update(f"{name}  [dim]{line.strip()[:80].replace('[', '(')}")
        except BaseException:
            process.terminate()
            raise
    seconds = time.monotonic() - start
    output = "".join(lines)
    device = re.search(r"Device: (.+)", output)
    outcome = Outcome(name, device[1] if device else "none", seconds, output, process.returncode)
    console.print(f"{'failed' if outcome.status else 'passed'}  {name}  ({seconds:.0f} s)", highlight=False)
    return outcome


def some_images() -> Path:
    """A folder with copies of a few images that the training has read."""
    folder = FOLDER / "images"
    folder.mkdir()
    root = Path(OmegaConf.load(FOLDER / "train" / "config.yaml").data.root).expanduser()
    samples = [sample for split in read_source(root).splits.values() for sample in split]
    for number, sample in enumerate(samples[:: max(1, len(samples) // PREDICTED_IMAGES)][:PREDICTED_IMAGES]):
        shutil.copy(sample.image, folder / f"{number}{sample.image.suffix}")
    return folder


def report(outcomes: list[Outcome], console: Console) -> None:
    table = Table(title="Validation")
    for column in ("step", "device", "seconds", "result"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for outcome in outcomes:
        table.add_row(outcome.step, outcome.device, f"{outcome.seconds:.1f}", "failed" if outcome.status else "passed")
    console.print(table)


if __name__ == "__main__":
    main()
