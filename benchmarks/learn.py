"""What a generated project learns in equal CPU time: settings against each other, on several seeds.

Usage, in the project:
  uv run python <template>/benchmarks/learn.py 300 data.root=~/photos -- model=nano -- model=small

The first number is the CPU time of each training in seconds, as one core would need; the overrides before the first `--` hold for
all. Trainings are interleaved by seed. Prints a Markdown table of the final numbers.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SEEDS = 3
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


def main() -> None:
    seconds, *arguments = sys.argv[1:]
    common, *candidates = split(arguments)
    fixed = [f"++trainer.max_time={{seconds:{seconds}}}", "data.num_workers=0", "trainer.accelerator=cpu", "model.pretrained=false"]
    scores: dict[str, dict[str, list[float]]] = {" ".join(candidate) or "default": {} for candidate in candidates or [[]]}
    for seed in range(SEEDS):
        for name, candidate in zip(scores, candidates or [[]], strict=True):
            with tempfile.TemporaryDirectory() as folder:
                run = [sys.executable, "-c", TRAIN, *common, *candidate, *fixed, f"seed={seed}", f"run_dir={folder}"]
                subprocess.run(run, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
                for metric, value in json.loads(Path(folder, "metrics.json").read_text()).items():
                    scores[name].setdefault(metric, []).append(value)
    metrics = sorted(next(iter(scores.values())))
    print("| settings |", " | ".join(metrics), "|\n|", " | ".join(["---"] * (len(metrics) + 1)), "|")
    for name, values in scores.items():
        of = [values[metric] for metric in metrics]
        cells = [f"{statistics.mean(each):.3f} ({min(each):.3f} to {max(each):.3f})" for each in of]
        print(f"| `{name}` |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
