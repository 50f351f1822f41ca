"""What a generated project learns in equal CPU time: settings against each other and a peer, on several seeds.

Usage, in the project:
  uv run python <template>/benchmarks/learn.py 300 data.root=~/photos -- model=nano -- model=small
  uv run python <template>/benchmarks/learn.py 300 data.root=~/photos data.image_size=320 --seeds=1 --peer=~/peer/bin/python

The first number is the CPU time of each training in seconds, as one core would need; the overrides before the first `--` hold for
all. `--peer` is the Python of an environment that has ultralytics, whose smallest model of the task then learns the same images, in
the same splits, size, batches and time. Trainings are interleaved by seed. Prints a Markdown table of the final numbers.
"""

import importlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from peer import call_peer

SEEDS = 3
PEER = "peer"
OPTION = re.compile(r"--\w+=")
PACKAGE = next(path.parent.name for path in Path("src").glob("*/commands"))
# Lightning's timer reads the clock of the process, so that other work on the machine takes nothing away.
TRAIN = f"""
import time, types
import torch
from lightning.pytorch.callbacks import timer
from {PACKAGE}.commands import train
torch.set_num_threads(1)
timer.time = types.SimpleNamespace(monotonic=time.process_time)
train.main()
"""


def split(arguments: list[str]) -> list[list[str]]:
    """The arguments between each `--`."""
    parts: list[list[str]] = [[]]
    for argument in arguments:
        if argument == "--":
            parts.append([])
        else:
            parts[-1].append(argument)
    return parts


def learn(overrides: list[str], folder: Path) -> dict[str, float]:
    """The final numbers of a training of this project."""
    command = [sys.executable, "-c", TRAIN, *overrides, f"run_dir={folder}"]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
    return json.loads((folder / "metrics.json").read_text())


def main() -> None:
    seconds, *arguments = sys.argv[1:]
    options = dict(argument[2:].split("=", 1) for argument in arguments if OPTION.match(argument))
    common, *candidates = split([argument for argument in arguments if not OPTION.match(argument)])
    fixed = [f"++trainer.max_time={{seconds:{seconds}}}", "data.num_workers=0", "trainer.accelerator=cpu", "model.pretrained=false"]
    scores: dict[str, dict[str, list[float]]] = {}
    for seed in range(int(options.get("seeds", SEEDS))):
        with tempfile.TemporaryDirectory() as temporary:
            found: dict[str, dict[str, float]] = {}
            for number, candidate in enumerate(candidates or [[]]):
                folder = Path(temporary, str(number))
                found[f"`{' '.join(candidate) or 'default'}`"] = learn([*common, *candidate, *fixed, f"seed={seed}"], folder)
            if "peer" in options:
                first = Path(temporary, "0")
                data = importlib.import_module("yaml").safe_load((first / "config.yaml").read_text())["data"]
                found[PEER] = call_peer(options["peer"], "train", PACKAGE, data, first, int(seconds), seed)
        for name, numbers in found.items():
            for metric, value in numbers.items():
                scores.setdefault(name, {}).setdefault(metric, []).append(value)
    peer = scores.get(PEER, {})
    metrics = sorted(peer or next(iter(scores.values())))
    print("| settings |", " | ".join(metrics), "|\n|", " | ".join(["---"] * (len(metrics) + 1)), "|")
    for name, values in scores.items():
        print(f"| {name} |", " | ".join(cell(values[metric], peer.get(metric)) for metric in metrics), "|")


def cell(values: list[float], of_peer: list[float] | None) -> str:
    """Mean and range, and the mean as a multiple of the peer's."""
    mean = statistics.mean(values)
    ratio = f", {mean / statistics.mean(of_peer):.2f} times" if of_peer and any(of_peer) else ""
    return f"{mean:.3f} ({min(values):.3f} to {max(values):.3f}){ratio}"


if __name__ == "__main__":
    main()
