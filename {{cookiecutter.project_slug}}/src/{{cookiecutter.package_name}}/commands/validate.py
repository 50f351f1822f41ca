"""Proves on this machine, in a little over a minute, that the project runs from its data to its predictions.

Examples:
  uv run validate                                  with the configured data and model
  uv run validate data.root=~/photos               any override of `train` may follow
  uv run validate trainer.accelerator=cpu

Each step is a command of this project in a process of its own: a fast_dev_run through training, validation and test
on the best device; a few real steps that write a checkpoint; then each other command that has a TRIAL, which is given
only that checkpoint and some images. No network is needed, no weights are fetched. All output goes to
outputs/validate/validate.log.
"""

import importlib
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from ..config.model import LabelSettings
from ..data.files import DEMO_ROOT, absolute
from ..data.readers import read_source
from ..data.shards import ShardedCollection, is_sharded

FOLDER = Path("outputs") / "validate"
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
    trials = find_trials()
    small = [*trials.pop("train"), *overrides]
    quick = [*small, "trainer.fast_dev_run=true", f"run_dir={FOLDER / 'fast_dev_run'}"]
    outcomes = [run_step("fast_dev_run", "train", quick, console, log)]
    advice = None
    if outcomes[0].status and outcomes[0].device != "cpu":
        on_cpu = run_step("fast_dev_run on the CPU", "train", [*quick, "trainer.accelerator=cpu"], console, log)
        outcomes.append(on_cpu)
        small.append("trainer.accelerator=cpu")
        advice = (
            f"The project is at fault, not the accelerator ({outcomes[0].device}): the same step fails on the CPU."
            if on_cpu.status
            else f"The accelerator ({outcomes[0].device}) is at fault, not the project: the same step passes on the CPU."
        )
    if not outcomes[-1].status:
        outcomes.append(run_step("train, checkpoint", "train", [*small, f"run_dir={FOLDER / 'train'}"], console, log))
    device = [override for override in small if override.startswith("trainer.accelerator=")]
    for command, trial in trials.items():
        if outcomes[-1].status:
            break
        run = FOLDER / "train"
        given = [part.format(run=run, checkpoint=run / "checkpoints" / "best.ckpt", images=some_images()) for part in trial]
        arguments = [*given, *device, f"run_dir={FOLDER / command}"]
        outcomes.append(run_step(f"{command} from the checkpoint", command, arguments, console, log))

    report(outcomes, console)
    if outcomes[-1].status:
        console.print("\n".join(outcomes[-1].output.splitlines()[-25:]), markup=False, highlight=False)
    if advice:
        console.print(advice, soft_wrap=True)
    console.print("Log:", log.name, soft_wrap=True)
    return outcomes[-1].status == 0


def find_trials() -> dict[str, tuple[str, ...]]:
    """The arguments with which each command that has a TRIAL is tried, by its name."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = {name: importlib.import_module(f".{name}", __package__) for name in names if name != "validate"}
    return {name: module.TRIAL for name, module in modules.items() if hasattr(module, "TRIAL")}


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
    if not folder.exists():
        folder.mkdir()
        data = OmegaConf.load(FOLDER / "train" / "config.yaml").data
        for number, image in enumerate(images_of(data)):
            (folder / f"{number}{image.suffix}").write_bytes(image.read_bytes())
    return folder


def images_of(data: Any) -> list[Path]:
    """A few images of the data, which are anywhere."""
    if is_sharded(root := absolute(str(data.root or DEMO_ROOT))):
        stored = ShardedCollection(root, None)
        files, some = stored.files("all"), stored.of_split("all")[:PREDICTED_IMAGES]
        examples = [files.of(example, number) for number, example in enumerate(some)]
    else:
        source = read_source(Path(root), format=data.format, **LabelSettings.among(data))
        all_examples = [each for split in source.splits.values() for each in split]
        examples = all_examples[:: max(1, len(all_examples) // PREDICTED_IMAGES)][:PREDICTED_IMAGES]
    return [example.image for example in examples]


def report(outcomes: list[Outcome], console: Console) -> None:
    table = Table(title="Validation")
    for column in ("step", "device", "seconds", "result"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for outcome in outcomes:
        table.add_row(outcome.step, outcome.device, f"{outcome.seconds:.1f}", "failed" if outcome.status else "passed")
    console.print(table)


if __name__ == "__main__":
    main()
