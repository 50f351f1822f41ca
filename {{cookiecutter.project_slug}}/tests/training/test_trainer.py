{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import os
from collections.abc import Callable
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.callbacks import LoggerSettings, Target
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.overrides import CONFIGS
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.training import trainer as trainers
from {{ cookiecutter.package_name }}.training.trainer import (
    check_precision,
    in_words,
    make,
    make_callbacks,
    make_loggers,
    make_trainer,
)

GROUPS = ("experiment", "debug", "model")
EACH_EPOCH = ["callbacks.validation_interval=null"]
RECIPES = [f"{group}={path.stem}" for group in GROUPS for path in sorted((CONFIGS / group).iterdir())]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_gives_a_model_and_a_trainer(recipe: str, compose: Callable[..., Any]) -> None:
    settings = compose(train, recipe, "logger=csv")
    VisionModule(["a", "b"], (64, 64), **settings.model.model_dump(exclude={"allow_restricted_weights"}))
    make_trainer(settings.trainer, make_callbacks(settings.callbacks))


def test_every_weight_is_trained(compose: Callable[..., Any]) -> None:
    few = ["trainer.max_epochs=1", "trainer.limit_train_batches=3", "trainer.limit_val_batches=0"]
    settings = compose(train, *few, "trainer.enable_checkpointing=false", "model.weight_decay=0")
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(**settings.data.model_dump(), seed=settings.seed)
    module = VisionModule(data.classes, [*data.image_size], **settings.model.model_dump(exclude={"allow_restricted_weights"}))
    before = {name: weight.clone() for name, weight in module.named_parameters()}
    make_trainer(settings.trainer).fit(module, datamodule=data)
    assert [name for name, weight in module.named_parameters() if torch.equal(weight, before[name])] == []


def test_an_epoch_of_few_steps_is_logged_once(compose: Callable[..., Any]) -> None:
    for given, batches, expected in ([], 100, 10), ([], 5, 5), (["trainer.accumulate_grad_batches=2"], 5, 3):
        trainer: Any = make_trainer(compose(train, "trainer.log_every_n_steps=10", *given).trainer)
        trainers.fit_intervals(trainer, batches)
        assert trainer.log_every_n_steps == expected
    trainer = make_trainer(compose(train, "trainer.log_every_n_steps=0").trainer)
    trainers.fit_intervals(trainer, 5)
    assert trainer.log_every_n_steps == 0


@pytest.mark.parametrize("flag", ["logger", "enable_checkpointing", "enable_progress_bar"])
def test_what_the_trainer_switches_off_takes_its_callbacks_along(flag: str, compose: Callable[..., Any]) -> None:
    settings = compose(train, f"trainer.{flag}=false")
    make_trainer(settings.trainer, make_callbacks(settings.callbacks))


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ("trainer.accelerator=abacus", "accelerator"),
        ("trainer.accelerator=tpu", "torch_xla"),
        ("trainer.precision=17", "precision"),
        ("trainer.barebones=true", "barebones=true leaves out all results"),
    ],
)
def test_what_lightning_refuses_is_a_message(override: str, word: str, compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=f"trainer.*{word}"):
        make_trainer(compose(train, override).trainer)


def test_gradients_that_pytorch_computes_wrongly_are_refused(compose: Callable[..., Any]) -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 3, stride=2, padding=1))
    mixed = make_trainer(compose(train, "trainer.precision=bf16-mixed").trainer)
    with pytest.raises(UserError, match=r"trainer\.precision=bf16-mixed: on a CPU, .*data\.image_size=2"):
        check_precision(mixed, network, (2, 2))
    check_precision(mixed, network, (4, 4))
    check_precision(make_trainer(compose(train).trainer), network, (2, 2))


def test_an_argument_that_a_class_does_not_know_is_refused_with_the_nearest() -> None:
    target = Target.model_validate({"_target_": "lightning.pytorch.callbacks.EarlyStopping", "monitor": "val/loss", "min_dleta": 1})
    with pytest.raises(UserError, match=r"unknown key callbacks\.mine\.min_dleta; did you mean callbacks\.mine\.min_delta\?"):
        make("callbacks.mine", target)


def test_a_class_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match=r"callbacks\.mine\._target_=nowhere\.Thing cannot be imported"):
        make("callbacks.mine", Target.model_validate({"_target_": "nowhere.Thing"}))


def test_a_bug_in_a_class_keeps_its_own_error() -> None:
    with pytest.raises(ZeroDivisionError):
        make("callbacks.mine", Target.model_validate({"_target_": "fractions.Fraction", "numerator": 1, "denominator": 0}))


class Remote:
    """Stands for a logger of a server."""

    def __init__(self, tracking_uri: str) -> None:
        self.tracking_uri = tracking_uri


def test_a_logger_gets_the_address_of_a_server_without_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr("lightning.pytorch.loggers.Remote", Remote, raising=False)
    remote = {"_target_": "lightning.pytorch.loggers.Remote", "tracking_uri": "http://me:secret@host"}
    loggers: list[Any] = [*make_loggers(LoggerSettings.model_validate({"remote": remote}))]
    assert [logger.tracking_uri for logger in loggers] == ["http://host"]
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "secret"


def test_several_loggers_write_side_by_side(compose: Callable[..., Any]) -> None:
    pytest.importorskip("tensorboard")
    settings = compose(train, "logger=[csv,tensorboard]")
    loggers = make_loggers(settings.logger)
    assert sorted(type(logger).__name__ for logger in loggers) == ["Curves", "TensorBoardLogger"]
    for logger in loggers:
        logger.log_metrics({"train/loss": 0.5}, 0)
        logger.finalize("success")
    assert "0.5" in (settings.run_dir / "metrics.csv").read_text()
    assert len([*settings.run_dir.glob("events.out.tfevents.*")]) == 1


class Scored(L.LightningModule):
    """Learns nothing; its validations give the metric these values."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self.values = values
        self.validated, self.saved = list[int](), list[int]()  # epochs
        self.weight = nn.Parameter(torch.zeros(1))

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        return self.weight.sum()

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.validated.append(self.current_epoch)
        self.log("{{ task.monitor }}", self.values[self.current_epoch])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.saved.append(self.current_epoch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters())


def fit(values: list[float], compose: Callable[..., Any], *overrides: str, batches: int = 1) -> tuple[L.Trainer, Any]:
    settings = compose(train, "callbacks.prediction_pictures=null", "trainer.enable_progress_bar=false", *overrides)
    trainer = make_trainer(settings.trainer, make_callbacks(settings.callbacks))
    several, one = (DataLoader([0] * number) for number in (batches, 1))  # pyright: ignore[reportArgumentType]
    trainer.fit(Scored(values), several, one)
    return trainer, settings


def test_validation_takes_a_share_of_the_time_and_is_never_missing_at_the_end(compose: Callable[..., Any]) -> None:
    often = ["callbacks.validation_interval.share=0.1", "callbacks.early_stopping=null"]  # as many images validate as train
    trainer, _ = fit([0.1] * 8, compose, "trainer.max_epochs=8", *often)
    assert trainer.lightning_module.validated == [4, 7]
    trainer, _ = fit([0.1] * 30, compose, "trainer.max_time={milliseconds:1}", *often)
    validated: Any = trainer.lightning_module.validated
    assert validated[-1] == trainer.current_epoch - 1
    trainer, _ = fit([0.1] * 2, compose, "trainer.max_steps=5", *often, batches=3)
    assert trainer.lightning_module.validated == [1]
    trainer, _ = fit([0.1] * 4, compose, "trainer.max_epochs=4", "trainer.check_val_every_n_epoch=2", *often)
    assert trainer.lightning_module.validated == [1, 3]


def test_validation_may_follow_the_clock(compose: Callable[..., Any]) -> None:
    trainer, _ = fit([0.1] * 3, compose, "trainer.val_check_interval={milliseconds:1}", "trainer.max_steps=3", batches=3)
    trainers.fit_intervals(trainer, 3)
    assert trainer.lightning_module.validated


def test_short_epochs_are_written_now_and_then_and_the_last_one_always(compose: Callable[..., Any]) -> None:
    seldom = ["trainer.max_epochs=4", "callbacks.best_checkpoint=null", "callbacks.last_checkpoint.share=0.000001"]
    trainer, _ = fit([0.1] * 4, compose, *EACH_EPOCH, *seldom)
    assert trainer.lightning_module.saved == [0, 3]


def test_the_highest_metric_is_kept_and_training_stops_once_it_no_longer_rises(compose: Callable[..., Any]) -> None:
    trainer, settings = fit([0.1, 0.5, 0.4, 0.3, 0.2], compose, *EACH_EPOCH, "callbacks.early_stopping.patience=2")
    assert torch.load(settings.run_dir / "checkpoints" / "best.ckpt", weights_only=True)["epoch"] == 1
    assert trainer.current_epoch == 4


def test_patience_counts_validations_and_not_the_epochs_between_them(compose: Callable[..., Any]) -> None:
    seldom = ["callbacks.validation_interval.share=0.1", "trainer.max_epochs=30", "callbacks.early_stopping.patience=2"]
    trainer, _ = fit([0.1] * 30, compose, *seldom)
    assert trainer.lightning_module.validated == [4, 9, 14]
    assert trainer.current_epoch == 15


def test_a_metric_that_is_not_finite_ends_the_training(compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"{{ task.monitor }} is .* at step 2 \(epoch 1\)"):
        fit([0.1, float("nan")], compose, *EACH_EPOCH)


def test_a_number_of_nothing_is_not_said() -> None:
    assert in_words({"test/a": -0.5, "test/b": -1, "test/c": 0.25}) == "test/a -0.5000, test/c 0.2500"
    assert in_words({}) == "none"
