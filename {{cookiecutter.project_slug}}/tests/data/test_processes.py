"""What two processes, started by torchrun, make of images is what one does."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.config.resolvers import RUN_ID
from {{ cookiecutter.package_name }}.data.files import find_images

evaluate = pytest.importorskip("{{ cookiecutter.package_name }}.commands.evaluate").evaluate
predict = pytest.importorskip("{{ cookiecutter.package_name }}.commands.predict").predict
pytestmark = pytest.mark.slow

SCRIPT = """
import json, sys
from {{ cookiecutter.package_name }}.commands import evaluate, predict, train
for name, *arguments in json.loads(sys.argv[1]):
    sys.argv = [name, "trainer.accelerator=cpu", *arguments]
    {"train": train, "evaluate": evaluate, "predict": predict}[name].main()
"""


@pytest.fixture(scope="module")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of two processes. Their batches are 8 images: a part of the validation images is for the first one only."""
    folder = tmp_path_factory.mktemp("two")
    few = ["data.image_size=64", "data.batch_size=8", "data.num_workers=0", "trainer.max_epochs=2", "logger=csv"]
    commands = [
        ["train", "experiment=sample", *few, f"data.root={root}"],
        ["evaluate", "ckpt_path=best", "split=all", "data.num_workers=0", "run_dir=all"],
        ["predict", "ckpt_path=best", f"source={find_images(root)[0].parent}", "run_dir=predicted"],
        ["predict", "ckpt_path=best", f"source={find_images(root)[0]}", "run_dir=one"],
{%- if cookiecutter.task != "classification" %}
        ["evaluate", "ckpt_path=best", "split=val", "data.tile=64", "data.num_workers=0", "run_dir=tested-in-tiles"],
        ["predict", "ckpt_path=best", f"source={find_images(root)[0].parent}", "tile=64", "run_dir=tiles"],
{%- endif %}
    ]
    (folder / "commands.py").write_text(SCRIPT)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", folder / "commands.py", json.dumps(commands)]
    environment = {name: value for name, value in os.environ.items() if name != RUN_ID}
    environment["OMP_NUM_THREADS"] = str(torch.get_num_threads())  # by which last digits differ
    done = subprocess.run(torchrun, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (folder / "outputs").iterdir()  # both processes agree on one
    assert "6 images were tested" in (run / "report.html").read_text()
    run.rename(folder / "run")
    return folder


def numbers(folder: Path) -> dict[str, float]:
    return json.loads((folder / "metrics.json").read_text())


def test_their_numbers_are_those_of_one(folder: Path, compose: Callable[..., Any]) -> None:
    best = f"ckpt_path={folder / 'run'}"
    alone = {split: evaluate(compose(evaluate, best, f"split={split}", "data.num_workers=0")) for split in ("val", "test", "all")}
    assert numbers(folder / "all") == pytest.approx(alone["all"], abs=1e-6)
    assert numbers(folder / "run") == pytest.approx(alone["test"], abs=1e-6)
    with (folder / "run" / "metrics.csv").open() as file:
        losses = [float(row["val/loss"]) for row in csv.DictReader(file) if row["val/loss"]]
    assert any(loss == pytest.approx(alone["val"]["test/loss"], abs=1e-6) for loss in losses)  # when best.ckpt was written


{% if cookiecutter.task != "classification" -%}
def test_their_numbers_of_images_in_tiles_are_those_of_one(folder: Path, compose: Callable[..., Any]) -> None:
    tiles = ("split=val", "data.tile=64", "data.num_workers=0")
    assert numbers(folder / "tested-in-tiles") == pytest.approx(evaluate(compose(evaluate, f"ckpt_path={folder / 'run'}", *tiles)))


@pytest.mark.parametrize("name", ["predicted", "one", "tiles"])
{%- else -%}
@pytest.mark.parametrize("name", ["predicted", "one"])
{%- endif %}
def test_their_files_are_those_of_one(name: str, folder: Path, root: Path, compose: Callable[..., Any]) -> None:
    image = find_images(root)[0]
    source = image if name == "one" else image.parent
    options = ["tile=64"] if name == "tiles" else []
    alone = predict(compose(predict, f"ckpt_path={folder / 'run'}", f"source={source}", *options))
    files, expected = (
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file() and path.suffix != ".log"}
        for place in (folder / name, alone)
    )
    assert files == expected
