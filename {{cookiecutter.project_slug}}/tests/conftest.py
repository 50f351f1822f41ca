import os
from collections.abc import Callable
from pathlib import Path

import hydra
import pytest
from omegaconf import DictConfig

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may fetch weights
os.environ["WANDB_MODE"] = "offline"

from {{ cookiecutter.package_name }}.config import cli
from {{ cookiecutter.package_name }}.data.demo import write_demo

SMALL = [
    "experiment=sample",
    "data.image_size=64",
    "data.batch_size=4",
    "data.num_workers=0",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few demo images."""
    folder = tmp_path_factory.mktemp("data") / "demo"
    write_demo(folder, images=40)
    return folder


@pytest.fixture(scope="session")
def compose(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DictConfig]:
    """Composes the configuration of a command for a fresh run folder, that of `train` also for the small data set."""
    cli.register()

    def composed(*overrides: str, command: str = "train") -> DictConfig:
        folder = tmp_path_factory.mktemp("run")
        of_train = [*SMALL, f"data.root={root}", f"data.splits_dir={folder / 'splits'}"]
        mine = of_train if command == "train" else ["trainer.accelerator=cpu"]
        with hydra.initialize_config_dir(str(cli.CONFIGS), version_base="1.3"):
            return hydra.compose(command, [*mine, f"run_dir={folder}", *overrides])

    return composed
