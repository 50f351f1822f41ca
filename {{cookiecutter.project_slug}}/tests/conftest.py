import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import hydra
import numpy as np
import pytest
from PIL import Image

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may fetch weights
os.environ["WANDB_MODE"] = "offline"

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config import cli
from {{ cookiecutter.package_name }}.config.overrides import CONFIGS, accepted
from {{ cookiecutter.package_name }}.config.resolvers import register_resolvers
from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.files import find_images

SMALL = [
    "experiment=sample",
    "data.image_size=[64,96]",
    "data.batch_size=4",
    "data.num_workers=0",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of demo images."""
    folder = tmp_path_factory.mktemp("data") / "demo"
    write_demo(folder, images=40)
    return folder


@pytest.fixture(scope="session")
def photos(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Demo images as cameras and programs write them: as they are, gray, turned, large, of 16 bits, and transparent."""
    folder, paths = tmp_path_factory.mktemp("photos"), find_images(root)
    turned = Image.Exif()
    turned[0x0112] = 6
    images = [Image.open(path).convert("RGB") for path in paths[:3]]
    images[0].convert("L").save(folder / "gray.jpg")
    images[1].save(folder / "turned.jpg", exif=turned)
    images[2].resize((1536, 1024)).save(folder / "large.jpg")  # of which a fourth or an eighth is decoded
    Image.fromarray(np.asarray(images[0].convert("L")).astype(np.uint16) * 257).save(folder / "16-bits.png")
    images[1].convert("RGBA").rotate(20).save(folder / "transparent.webp", lossless=True)
    return [*paths[:5], *sorted(folder.iterdir())]


@pytest.fixture(scope="session")
def compose(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Gives the settings of a command, after overrides, for a fresh run folder; those of `train` also for the small data set."""
    register_resolvers()

    def composed(command: Callable[[Any], Any], *overrides: str, folder: Path | None = None) -> Any:
        folder = folder or tmp_path_factory.mktemp("run")
        name, kind = command.__name__, get_type_hints(command)["settings"]
        of_train = [*SMALL, f"data.root='{root}'", f"data.splits_dir='{folder / 'splits'}'"]
        mine = of_train if command is train else ["trainer.accelerator=cpu"] if "trainer" in kind.model_fields else []
        given = accepted(overrides, name, kind)
        with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
            cfg = hydra.compose(name, [*accepted([*mine, f"run_dir='{folder}'"], name, kind), *given])
        return cli.settings_of(kind, cfg, given, folder)

    return composed


@pytest.fixture(scope="session")
def run(compose: Callable[..., Any]) -> Path:
    """The folder of a short training."""
    settings = compose(train, "trainer.max_epochs=2", "trainer.limit_train_batches=2", "logger=csv")
    train(settings)
    return settings.run_dir


@pytest.fixture(scope="session")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network of that training as an ONNX file."""
    from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
    from {{ cookiecutter.package_name }}.model.exporting import describe, trace, write_onnx
    from {{ cookiecutter.package_name }}.model.predictor import load_module

    checkpoint = load_checkpoint(run / "checkpoints" / "best.ckpt")
    module = load_module(checkpoint)
    file, _ = write_onnx(trace(module), tmp_path_factory.mktemp("exported"), describe(module, checkpoint))
    return file
