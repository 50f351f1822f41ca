"""How fast a generated project loads images, beside a bare loop that decodes and shrinks them, and how fast its models train.

Usage, in the project: uv run python <template>/benchmarks/speed.py [overrides of train, such as data.root=~/photos]

One core, CPU time: other work on the machine matters little. The best of several rounds is shown.
"""

import importlib
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import hydra
import torch
from omegaconf import OmegaConf
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

ROUNDS, IMAGES = 4, 256
PACKAGE = next(path.parent.name for path in Path("src").glob("*/commands"))


def milliseconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


def settings(*overrides: str) -> dict[str, Any]:
    """What `train` would run with."""
    importlib.import_module(f"{PACKAGE}.config.resolvers").register_resolvers()
    with hydra.initialize_config_dir(str(Path("configs").absolute()), version_base="1.3"):
        cfg = hydra.compose("train", [*sys.argv[1:], *overrides, "model.pretrained=false", "data.num_workers=0", "run_dir=."])
    values: Any = OmegaConf.to_container(cfg, resolve=True)
    return values


def train_once(module: Any, batch: dict[str, Any]) -> None:
    """A step, but for that of the optimizer, which takes next to no time."""
    module.zero_grad()
    module.training_step(batch, 0).backward()


def main() -> None:
    torch.set_num_threads(1)
    options = settings()["data"]
    data = importlib.import_module(f"{PACKAGE}.data.datamodule").VisionDataModule(**options, seed=0)
    data.prepare_data()
    data.setup("fit")
    files, size = [str(example.image) for example in data.train.examples][:IMAGES], data.image_size

    def bare() -> None:
        for file in files:
            image = decode_image(file, mode=ImageReadMode.RGB)
            scale = min(side / length for side, length in zip(size, image.shape[1:], strict=True))
            F.resize(image, [max(1, round(length * scale)) for length in image.shape[1:]], antialias=True)

    def loader() -> None:
        seen = 0
        for batch in data.train_dataloader():
            seen += len(batch["image"])
            if seen >= len(files):
                break

    rounds = [(milliseconds(bare), milliseconds(loader)) for _ in range(ROUNDS)]
    alone, ours = (min(times) / len(files) for times in zip(*rounds, strict=True))
    print("| loading | ms an image |\n| --- | --- |")
    print(f"| bare loop | {alone:.2f} |\n| loader | {ours:.2f} ({alone / ours:.2f} of its speed) |\n")
    print(f"| model | million parameters | ms an image, {options['batch_size']} of {size[0]} x {size[1]} px |\n| --- | --- | --- |")
    batch = next(iter(data.train_dataloader()))
    for name in ("nano", "small", "base"):
        of_model = settings(f"model={name}")["model"]
        module = importlib.import_module(f"{PACKAGE}.model.module").VisionModule(data.classes, size, **of_model)
        module.log = module.log_dict = lambda *args, **kwargs: None
        fastest = min(milliseconds(partial(train_once, module, batch)) for _ in range(ROUNDS)) / len(batch["image"])
        print(f"| {name} | {sum(weight.numel() for weight in module.parameters()) / 1e6:.1f} | {fastest:.1f} |", flush=True)


if __name__ == "__main__":
    main()
