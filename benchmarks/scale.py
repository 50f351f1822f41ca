"""Measures what many images take, in a project: time and memory of all processes until the first batch, and after more of them.

    cd my-vision-project && uv run python …/benchmarks/scale.py FOLDER IMAGES [override of `train` …]

Writes that many small images to FOLDER unless it is there: class folders, or COCO with seven boxes an image. What is remembered of
them lies in FOLDER-splits: the first call is a first start, and each other one a later start. Memory is PSS, in which a page that
processes share counts once. Linux only.
"""

import importlib
import io
import itertools
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from speed import PACKAGE, settings

LATER = 20_000  # images after which memory is measured again
BOXES, CLASSES = 7, 100


def write_images(folder: Path, count: int) -> None:
    """Writes `<class>/<number>.jpg`, each other pixels; for detection with `annotations.json`."""
    rng = np.random.default_rng(0)
    names = [f"class {number % CLASSES:03}/image {number:07}.jpg" for number in range(count)]
    for place in {folder / Path(name).parent for name in names}:
        place.mkdir(parents=True)
    for name in names:
        pixels = Image.fromarray(rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)).resize((32, 24), Image.Resampling.BICUBIC)
        pixels.save(written := io.BytesIO(), "JPEG", quality=50)
        (folder / name).write_bytes(written.getvalue())
    if Path("src", PACKAGE, "data", "coco_file.py").exists():
        corners = rng.uniform(0, 10, (count * BOXES, 2)).round(2).tolist()
        annotations = [
            {"id": n, "image_id": n // BOXES, "category_id": n % CLASSES, "bbox": [*corner, 9.5, 8.5], "area": 80.75, "iscrowd": 0}
            for n, corner in enumerate(corners)
        ]
        images = [{"id": n, "file_name": name, "width": 32, "height": 24} for n, name in enumerate(names)]
        categories = [{"id": n, "name": f"class {n}"} for n in range(CLASSES)]
        (folder / "annotations.json").write_text(
            json.dumps({"images": images, "annotations": annotations, "categories": categories})
        )


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
        write_images(folder, count)
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
