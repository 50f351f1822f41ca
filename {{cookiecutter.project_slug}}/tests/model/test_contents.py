import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint, load_weights
from {{ cookiecutter.package_name }}.model.predictor import load_module

FIT = "loops.fit_loop"
MALFORMED: list[tuple[str, Any]] = [
    ("loops", {}),
    (FIT, 5),
    ("optimizer_states", [5]),
    ("optimizer_states", []),
    ("optimizer_states", [{"state": 5, "param_groups": [{}]}]),
    ("lr_schedulers", [7]),
    ("lr_schedulers", []),
    ("loggers", 5),
    ("loggers", {"Curves": 7}),
    ("loggers", {"Curves": {"rows": -3}}),
    ("callbacks", {"AverageWeights": 7}),
    ("current_model_state", 5),
    ("hyper_parameters.classes", []),
    ("datamodule_hyper_parameters.seed", -1),
    ("datamodule_hyper_parameters.seed", 2**70),
    ("pytorch-lightning_version", None),
    ("pytorch-lightning_version", "x.y"),
    ("global_step", -5),
]
UNLIKE: list[tuple[str, Any]] = [
    (f"{FIT}.epoch_progress", {}),
    (f"{FIT}.epoch_loop+batch_progress.current.ready", "x"),
    ("callbacks.AverageWeights", {}),
    ("global_step", 10**6),
    ("epoch", 10**9),
    ("current_model_state", {}),
]


def malformed(run: Path, file: Path, place: str, value: Any) -> Path:
    """The last checkpoint of a run, but for one part."""
    checkpoint = part = copy.deepcopy(torch.load(run / "checkpoints" / "last.ckpt", weights_only=True))
    *above, key = (each.replace("+", ".") for each in place.split("."))
    for each in above:
        part = part[each]
    part[key] = value
    torch.save(checkpoint, file)
    return file


@pytest.mark.parametrize(("place", "value"), MALFORMED)
def test_a_checkpoint_with_a_part_that_is_something_else_is_refused(place: str, value: Any, run: Path, tmp_path: Path) -> None:
    file = malformed(run, tmp_path / "x.ckpt", place, value)
    with pytest.raises(UserError, match=rf"x\.ckpt is damaged, or no checkpoint written by train \({place.partition('.')[0]}"):
        load_checkpoint(file, resume=True)


@pytest.mark.parametrize(("place", "value"), UNLIKE)
def test_a_training_does_not_go_on_from_progress_and_callbacks_unlike_its_own(
    place: str, value: Any, run: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    file = malformed(run, tmp_path / "x.ckpt", place, value)
    with pytest.raises(UserError, match=rf"x\.ckpt is damaged, or .*\({place.partition('.')[0]}"):
        train(compose(train, f"ckpt_path={file}", "trainer.max_epochs=3", "logger=csv"))


def test_a_moment_of_the_optimizer_that_is_no_number_is_refused(run: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(run / "checkpoints" / "last.ckpt")
    next(iter(checkpoint["optimizer_states"][0]["state"].values()))["exp_avg"] *= torch.nan
    torch.save(checkpoint, tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="exp_avg holds what is no number"):
        load_checkpoint(tmp_path / "x.ckpt", resume=True)


def test_weights_of_another_network_are_named(run: Path) -> None:
    checkpoint = load_checkpoint(run / "checkpoints" / "best.ckpt")
    name = next(iter(checkpoint["state_dict"]))
    with pytest.raises(UserError, match=rf'fit this model \(Missing key\(s\) in state_dict: "{name}"'):
        load_weights(load_module(checkpoint), {"state_dict": {}})
