"""Measures what many images take, in a project: time and memory of all processes until the first batch, and after more of them.

    cd my-vision-project && uv run python …/benchmarks/scale.py FOLDER IMAGES [override of `train` …]

Writes that many small images to FOLDER unless it is there, as `photos.py` does. What is remembered of them lies in FOLDER-splits:
the first call is a first start, and each other one a later start. Memory is PSS, in which a page that processes share counts once.
Linux only.
"""

import importlib
import itertools
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from photos import write_photos
from speed import PACKAGE, settings

LATER = 20_000  # images after which memory is measured again


def memory(process: int) -> int:
    """PSS in MiB."""
    return int(re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)[0]) // 1024


def show(what: str, start: tuple[float, float]) -> None:
    """Prints a row: what was done, seconds, CPU seconds of all processes that ended, memory of this process and of each other."""
    took = time.monotonic() - start[0], sum(os.times()[:4]) - start[1]
    workers = [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    each = [memory(worker) for worker in workers]
    mine = memory(os.getpid())
    print(f"| {what} | {took[0]:.1f} | {took[1]:.1f} | {mine} | {' '.join(map(str, each))} | {mine + sum(each)} |", flush=True)


def main() -> None:
    folder, count = Path(sys.argv.pop(1)).absolute(), int(sys.argv.pop(1))
    if not folder.exists():
        write_photos(folder, count, 32, 24, PACKAGE)
    options: dict[str, Any] = settings()["data"] | {"root": str(folder), "splits_dir": f"{folder}-splits", "num_workers": 4}
    Path(options["splits_dir"]).mkdir(exist_ok=True)
    data = importlib.import_module(f"{PACKAGE}.data.datamodule").VisionDataModule(**options, seed=0)
    print("| | s | CPU s | main MiB | workers MiB | all MiB |\n| --- | --- | --- | --- | --- | --- |")
    start = time.monotonic(), sum(os.times()[:4])
    show("imported", start)
    data.setup("fit")
    show("set up", start)
    batches = iter(data.train_dataloader())
    next(batches)
    show("first batch", start)
    for _ in itertools.islice(batches, LATER // options["batch_size"]):
        pass
    show(f"{LATER:,} images later", start)


if __name__ == "__main__":
    main()
