import csv
import json
import multiprocessing
import os
import shutil
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.training.checkpointing import LastCheckpoint
from {{ cookiecutter.package_name }}.training.stopping import StopOnSignal, Stopped

SHORT = [
    "model.backbone=mobilenetv3_small_050",
    "recipe=finetune",  # has more to go on with than the others,
    "data.augmentation=strong",  # and so has this
    "trainer.max_epochs=2",
    "trainer.limit_train_batches=5",
    "trainer.limit_val_batches=2",
    "trainer.limit_test_batches=1",
    "trainer.accumulate_grad_batches=2",
    "callbacks.last_checkpoint.every_n_steps=1",
    "callbacks.validation_interval=null",
    "callbacks.prediction_pictures=null",
    "logger=csv",
]
# The last moment before a run is killed, as a hook and how often it was called.
MOMENTS = {"in the second step after a checkpoint": ("on_train_batch_end", 9), "in validation": ("on_validation_batch_start", 2)}

ONE_STEP = ["trainer.limit_train_batches=2", "trainer.max_epochs=4", "trainer.check_val_every_n_epoch=2"]
# When a signal comes: the run that it does not interrupt, its settings, a hook and how often it was called, the steps done by then.
SIGNALLED: dict[str, tuple[str, list[str], str, int, int]] = {
    "within a step": ("whole", [], "on_train_batch_end", 1, 1),
    "in the last step of an epoch": ("whole", [], "on_train_batch_end", 5, 3),
    "in validation": ("whole", [], "on_validation_batch_start", 2, 3),
    "as validation ends": ("whole", [], "on_validation_epoch_end", 1, 3),
    "in the last validation": ("whole", [], "on_validation_batch_start", 3, 6),
    "in an epoch of one step": ("short_epochs", ONE_STEP, "on_train_batch_start", 5, 3),
    "in validation after an epoch of one step": ("short_epochs", ONE_STEP, "on_validation_batch_start", 1, 2),
}


@pytest.fixture(scope="module")
def whole(compose: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Path]]:
    """A run that nothing interrupts, and what a kill would have left on the disk at each of the moments."""
    settings = compose(train, *SHORT)
    left = {name: tmp_path_factory.mktemp("killed") / "run" for name in MOMENTS}
    with pytest.MonkeyPatch.context() as patch:
        for name, (hook, count) in MOMENTS.items():
            patch.setattr(VisionModule, hook, at(count, lambda name=name: shutil.copytree(settings.run_dir, left[name])))
        train(settings)
    return settings.run_dir, left


def at(count: int, act: Callable[[], Any], own: Callable[..., Any] = lambda *_, **__: None) -> Callable[..., None]:
    """A hook that does something the so-many-th time, before what it does at any time."""
    calls = iter(range(1, 1000))

    def hook(*arguments: Any, **options: Any) -> None:
        if next(calls) == count:
            act()
        own(*arguments, **options)

    return hook


def assert_same(one: Path, other: Path) -> None:
    for name in ("last.ckpt", "best.ckpt"):
        weights, expected = (load_checkpoint(run / "checkpoints" / name)["state_dict"] for run in (one, other))
        assert all(torch.equal(weights[key], expected[key]) for key in expected)
    rows, expected = (list(csv.DictReader((run / "metrics.csv").read_text().splitlines())) for run in (one, other))
    assert rows == expected
    assert json.loads((one / "metrics.json").read_text()) == json.loads((other / "metrics.json").read_text())


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_that_goes_on_ends_like_one_that_was_never_interrupted(
    moment: str, whole: tuple[Path, dict[str, Path]], compose: Callable[..., Any], tmp_path: Path
) -> None:
    run, left = whole
    folder = shutil.copytree(left[moment], tmp_path / "run")
    last = folder / "checkpoints" / "last.ckpt"
    assert load_checkpoint(last)["global_step"] < 6
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The dirpath has changed")
        train(compose(train, f"ckpt_path={last}", folder=folder))  # with nothing else: the settings are those of the run
    assert_same(folder, run)


def test_a_changed_rate_and_decay_take_effect_in_the_schedule_of_before(
    whole: tuple[Path, dict[str, Path]], compose: Callable[..., Any], tmp_path: Path
) -> None:
    run, left = whole
    folder = shutil.copytree(left["in validation"], tmp_path / "run")
    last = folder / "checkpoints" / "last.ckpt"
    before = load_checkpoint(last)
    rate = 10 * before["hyper_parameters"]["learning_rate"]
    train(compose(train, f"ckpt_path={last}", f"model.learning_rate={rate}", "model.weight_decay=0.7", folder=folder))
    after = load_checkpoint(last)
    assert after["global_step"] > before["global_step"]
    assert {group["weight_decay"] for group in after["optimizer_states"][0]["param_groups"]} == {0.0, 0.7}
    assert after["lr_schedulers"][0]["base_lrs"] == pytest.approx([10 * each for each in before["lr_schedulers"][0]["base_lrs"]])
    for rows, expected in zip(rates(folder), rates(run), strict=True):
        factor = 10 if rows[0] >= before["global_step"] else 1
        assert rows[1:] == pytest.approx([factor * each for each in expected[1:]])


def test_a_run_under_another_name_of_its_folder_goes_on_and_is_not_replaced(
    whole: tuple[Path, dict[str, Path]], compose: Callable[..., Any], tmp_path: Path
) -> None:
    run, left = whole
    folder = shutil.copytree(left["in validation"], tmp_path / "run")
    (tmp_path / "link").symlink_to(folder)
    last = folder / "checkpoints" / "last.ckpt"
    train(compose(train, f"ckpt_path={last}", "overwrite=true", folder=tmp_path / "link"))
    assert_same(folder, run)


def rates(run: Path) -> list[list[float]]:
    """The number of each step, and the learning rates in it."""
    rows = csv.DictReader((run / "metrics.csv").read_text().splitlines())
    columns = [name for name in rows.fieldnames or [] if name.startswith("lr-")]
    return [[float(row[name]) for name in ("step", *columns)] for row in rows if row[columns[0]]]


@pytest.fixture(scope="module")
def short_epochs(compose: Callable[..., Any]) -> Path:
    """A run with epochs of one step, every second of which is validated."""
    train(settings := compose(train, *SHORT, *ONE_STEP))
    return settings.run_dir


@pytest.mark.parametrize("moment", SIGNALLED)
def test_a_signal_ends_a_run_with_its_status_and_loses_no_step(
    moment: str, compose: Callable[..., Any], request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    fixture, overrides, hook, count, step = SIGNALLED[moment]
    uninterrupted = request.getfixturevalue(fixture)
    settings = compose(train, *SHORT, *overrides, "callbacks.last_checkpoint.every_n_steps=null")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LastCheckpoint, "_is_worth_it", lambda *_: False)  # as where writing takes long
        patch.setattr(VisionModule, hook, at(count, lambda: os.kill(os.getpid(), signal.SIGTERM), getattr(VisionModule, hook)))
        with pytest.raises(Stopped) as stopped:
            train(settings)
    assert stopped.value.code == 143
    assert f"Stopped. Go on with: train ckpt_path={settings.run_dir}" in caplog.text
    last = settings.run_dir / "checkpoints" / "last.ckpt"
    assert load_checkpoint(last)["global_step"] == step
    train(compose(train, f"ckpt_path={last}", folder=settings.run_dir))
    assert_same(settings.run_dir, uninterrupted[0] if fixture == "whole" else uninterrupted)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_the_second_signal_ends_a_run_at_once() -> None:
    def step() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets jobs in the background ignore it
        with StopOnSignal() as stop:
            stop.fitting = True
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    process = multiprocessing.get_context("fork").Process(target=step)  # pyright: ignore[reportAttributeAccessIssue]
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGINT


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGUSR1", 138)])
def test_outside_of_steps_a_signal_ends_at_once(name: str, status: int) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.default_int_handler)  # it may be ignored, as in the background
    try:
        with pytest.raises(Stopped) as stopped, StopOnSignal():
            os.kill(os.getpid(), number)
        assert stopped.value.code == status
    finally:
        signal.signal(number, before)
