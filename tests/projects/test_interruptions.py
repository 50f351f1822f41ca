"""Trainings that are killed anywhere, and go on, end like one that was never interrupted: bit for bit, and row for row."""

import os
from pathlib import Path

import pytest

from support.generated import generate
from support.helpers import TASKS

DRIVER = Path(__file__).parents[1] / "support" / "interrupted.py"
# What a training is interrupted in, beside its epochs.
RECIPES = {
    "plain": ["data.num_workers=0"],
    "workers and accumulation": ["data.num_workers=2", "trainer.accumulate_grad_batches=2"],
    "validation within epochs": ["data.num_workers=0", "trainer.val_check_interval=2", "trainer.max_steps=8"],
    "early stopping": ["data.num_workers=0", "trainer.max_epochs=9", "callbacks.early_stopping.patience=1"],
}
KILLS = 10


@pytest.mark.exhaustive
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")
@pytest.mark.parametrize("task", TASKS)
def test_killed_trainings_that_go_on_end_like_one_that_was_not(task: str, tmp_path: Path) -> None:
    project = generate(tmp_path, task=task, logger="csv", validate="skip")
    project.check("uv", "sync")
    for seed, (name, recipe) in enumerate(RECIPES.items()):
        said = project.run("python", str(DRIVER), str(seed), str(KILLS), *recipe)
        assert said.returncode == 0, f"{name}: {said.stdout[-3000:]}"
        (project.folder / "outputs" / "interrupted").rename(project.folder / "outputs" / f"interrupted {seed}")
