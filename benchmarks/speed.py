"""How fast a generated project loads images, beside a bare loop that decodes and shrinks them, and how fast its models train.

Usage, in the project:
  uv run python <template>/benchmarks/speed.py [overrides of train, such as data.root=~/photos] [--peer=~/peer/bin/python]

Without data.root, it writes photos of 640 by 480 and 1280 by 960 pixels, and images of 64 by 48. A bare loop decodes and
scales each image, and its mask if it has one: the first all of it, as most people write it, and the second no more of a
JPEG than is needed. The loader is that of training, and that of testing, which augments nothing. No image is kept in memory, as the
first ones would be, but in the last row, by data.cache=ram, after an epoch. `--peer` is the Python of an environment that has
ultralytics, whose smallest model of the task then trains on the same images, in the same splits and batches, for comparison.

One core, CPU time: other work on the machine matters little. The best of several rounds is shown.
"""

import importlib
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import hydra
import torch
from omegaconf import OmegaConf
from peer import call_peer, milliseconds
from photos import write_photos
from PIL import Image
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

ROUNDS, IMAGES = 4, 192
OPTION = "--peer="
PEER = next((argument.removeprefix(OPTION) for argument in sys.argv[1:] if argument.startswith(OPTION)), None)
PACKAGE = next(path.parent.name for path in Path("src").glob("*/commands"))


def settings(*overrides: str) -> dict[str, Any]:
    """What `train` would run with."""
    importlib.import_module(f"{PACKAGE}.config.resolvers").register_resolvers()
    with hydra.initialize_config_dir(str(Path("configs").absolute()), version_base="1.3"):
        given = [argument for argument in sys.argv[1:] if not argument.startswith(OPTION)]
        cfg = hydra.compose("train", [*given, *overrides, "model.pretrained=false", "data.num_workers=0", "run_dir=."])
    values: Any = OmegaConf.to_container(cfg, resolve=True)
    return values


def train_once(module: Any, batch: dict[str, Any]) -> None:
    """A step, but for that of the optimizer, which takes next to no time."""
    module.zero_grad()
    module.training_step(batch, 0).backward()


def bare(example: Any, size: tuple[int, int], reduced: bool) -> None:
    """Decodes an image, a JPEG perhaps as small as it may be, and its mask, and scales them."""
    file = str(example.image)
    with Image.open(file) as opened:
        whole = opened.size
        scale = min(size[1] / whole[0], size[0] / whole[1])
        width, height = (max(1, round(length * scale)) for length in whole)
        if reduced:
            opened.draft(None, (width, height))
        # torchvision makes a tensor of the whole faster.
        image = F.pil_to_tensor(opened) if opened.size != whole else decode_image(file, mode=ImageReadMode.RGB)
    F.resize(image, [height, width], antialias=True)
    if hasattr(example, "mask"):
        F.resize(decode_image(str(example.mask), mode=ImageReadMode.GRAY), [height, width], F.InterpolationMode.NEAREST)


def measure_loading(options: dict[str, Any]) -> tuple[dict[str, Any], Any, dict[str, float]]:
    """Prints rows of the table of loading, and returns a batch, the data module, and what the peer took, if one was named."""
    make = importlib.import_module(f"{PACKAGE}.data.datamodule").VisionDataModule
    data = make(**options | {"cache": "ram"}, seed=0)
    data.prepare_data()
    data.setup("fit")
    cache = data.train.cache
    plain = make(**options | {"image_size": data.image_size}, seed=0, test_split="train")
    plain.setup("test")
    images = min(IMAGES, len(data.train))
    examples = data.train.examples[:images]

    def load(batches: Any) -> None:
        seen = 0
        for batch in batches:
            seen += len(batch["image"])
            if seen >= images:
                break

    def load_training(cache: Any) -> None:
        data.train.cache = cache
        load(data.train_dataloader())

    runs = {
        "bare loop": lambda: [bare(example, data.image_size, reduced=False) for example in examples],
        "bare loop, reduced": lambda: [bare(example, data.image_size, reduced=True) for example in examples],
        "loader, testing": lambda: load(plain.test_dataloader()),
        "loader, training": lambda: load_training(None),
        "loader, training, from memory": lambda: load_training(cache),
    }
    rounds = [[milliseconds(run) for run in runs.values()] for _ in range(ROUNDS)]
    best = [min(times) / images for times in zip(*rounds, strict=True)]
    with Image.open(examples[0].image) as first:
        size = f"{first.width}x{first.height}"
    of_peer: dict[str, float] = {}
    if PEER:
        with tempfile.TemporaryDirectory() as folder:
            of_peer = call_peer(PEER, "measure", PACKAGE, options, Path(folder))
    rows = dict(zip(runs, best, strict=True)) | ({"peer, training": of_peer["loader"]} if of_peer else {})
    for name, each in rows.items():
        print(f"| {size} | {name} | {each:.2f} | {best[0] / each:.2f} | {best[1] / each:.2f} |", flush=True)
    on_device = importlib.import_module(f"{PACKAGE}.data.transforms").change_batch
    return on_device(next(iter(data.train_dataloader()))), data, of_peer


def main() -> None:
    torch.set_num_threads(1)
    options = settings()["data"]
    print(f"| images | loading to {options['image_size']} px | ms an image | beside the bare loop | beside the reduced one |")
    print("| --- | --- | --- | --- | --- |")
    if options["root"]:
        batch, data, of_peer = measure_loading(options)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for width, height in ((64, 48), (640, 480), (1280, 960)):
                root = Path(folder, f"{width}")
                write_photos(root, IMAGES, width, height, PACKAGE)
                batch, data, of_peer = measure_loading(options | {"root": str(root), "splits_dir": folder})
    print()
    size = data.image_size
    print(f"| model | million parameters | ms an image, {options['batch_size']} of {size[0]} x {size[1]} px |\n| --- | --- | --- |")
    for name in ("nano", "small", "base"):
        of_model = settings(f"model={name}")["model"]
        module = importlib.import_module(f"{PACKAGE}.model.module").VisionModule(data.classes, size, **of_model)
        module.log = module.log_dict = lambda *args, **kwargs: None
        fastest = min(milliseconds(partial(train_once, module, batch)) for _ in range(ROUNDS)) / len(batch["image"])
        print(f"| {name} | {sum(weight.numel() for weight in module.parameters()) / 1e6:.1f} | {fastest:.1f} |", flush=True)
    if of_peer:
        print(f"| peer, its images square | {of_peer['parameters']:.1f} | {of_peer['step']:.1f} |")


if __name__ == "__main__":
    main()
