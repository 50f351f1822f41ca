from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import Timer
from lightning.pytorch.strategies import FSDPStrategy
from torch import Tensor, nn
from torch.optim import AdamW
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.muon import Muon
from {{ cookiecutter.package_name }}.model.recipe import optimizer_with_cosine, part_of_time, rate

QUIET: dict[str, Any] = {
    "accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False
}  # fmt: skip


class Rated(L.LightningModule):
    """Keeps the learning rate of each step."""

    def __init__(self, recipe: str = "scratch") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 2))
        self.recipe = recipe
        self.rates: list[float] = []

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        self.rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        return self.weight.sum()

    def configure_optimizers(self) -> Any:
        return optimizer_with_cosine(self, learning_rate=1.0, weight_decay=0, recipe=self.recipe)


def rates(**options: Any) -> list[float]:
    module = Rated()
    L.Trainer(**QUIET, **options).fit(module, DataLoader(range(8)))  # pyright: ignore[reportArgumentType]
    return module.rates


@pytest.mark.parametrize(("recipe", "optimizer"), [("scratch", Muon), ("frozen", AdamW)])
def test_random_weights_are_learned_by_muon_and_those_that_are_good_already_by_adamw(recipe: str, optimizer: type) -> None:
    trainer = L.Trainer(**QUIET, fast_dev_run=True)
    trainer.fit(Rated(recipe), DataLoader(range(8)))  # pyright: ignore[reportArgumentType]
    assert type(trainer.optimizers[0]) is optimizer


def test_weights_that_a_strategy_divides_are_no_matrices_for_muon() -> None:
    module, trainer = Rated("scratch"), SimpleNamespace(strategy=FSDPStrategy())
    module.trainer = trainer  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UserError, match=r"trainer\.strategy divides the weights, which recipe=scratch has to see whole"):
        module.configure_optimizers()


def test_the_rate_rises_to_the_highest_and_falls_to_zero() -> None:
    assert rate(0) < rate(0.02) < rate(0.05) == 1
    assert 1 > rate(0.3) > rate(0.9) > rate(1) == pytest.approx(0)


def test_it_falls_with_the_steps() -> None:
    assert rates(max_epochs=5) == pytest.approx([rate((step + 0.5) / 40) for step in range(40)])


def test_it_falls_with_the_time_where_that_ends_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(Timer, "time_elapsed", lambda self, stage="train": next(clock) / 2)
    seen = rates(max_epochs=1000, max_time={"seconds": 60})
    assert 10 < len(seen) < 60
    assert max(seen) > 0.99
    assert seen[-1] < 0.1


def test_without_an_end_it_stays() -> None:
    assert set(rates(max_epochs=-1, max_steps=-1, limit_train_batches=5, callbacks=[StopAfter(3)])) == {1.0}


class StopAfter(L.Callback):
    """Ends a training after some epochs, which the trainer does not know."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        trainer.should_stop = trainer.current_epoch + 1 == self.epochs


def test_the_time_before_an_interruption_counts() -> None:
    timer = Timer(duration={"seconds": 100})
    timer.load_state_dict({"time_elapsed": {"train": 25.0}})
    assert part_of_time(timer) == pytest.approx(0.25)
