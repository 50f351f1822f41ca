from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.training import probing
from {{ cookiecutter.package_name }}.training.probing import RisingRate, best_rate

RATES = [1e-6 * 10 ** (number / 16) for number in range(96)]


@pytest.mark.parametrize("seed", range(3))
def test_the_rate_is_one_at_which_the_loss_still_falls_whatever_the_noise_at_low_rates(seed: int) -> None:
    falling = np.interp(np.log10(RATES), [-6, -4, -2, -1, 0], [2, 2, 0.5, 0.5, 5])
    losses = falling + np.random.default_rng(seed).normal(0, 0.1, len(RATES))
    assert 1e-3 < (best_rate(RATES, losses.tolist()) or 0) < 1e-2


def test_a_loss_that_explodes_hides_nothing_of_what_was_before() -> None:
    falling = np.interp(np.log10(RATES), [-6, -4, -2], [2, 2, 0.5])
    assert 1e-3 < (best_rate(RATES, [*falling[:70], 1e3, 1e6]) or 0) < 1e-2


@pytest.mark.parametrize("losses", [[], [1.0], [1.0] * 9, [1.0, 2, 3]])
def test_where_no_loss_falls_there_is_no_rate(losses: list[float]) -> None:
    assert best_rate(RATES, losses) is None


def test_layers_keep_the_ratio_of_their_rates(compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[float]] = []
    raise_rates = RisingRate.on_train_batch_start

    def keep(self: RisingRate, trainer: Any, *args: Any) -> None:
        raise_rates(self, trainer, *args)
        seen.append({round(group["lr"] / self.rates[-1], 6) for group in trainer.optimizers[0].param_groups})

    monkeypatch.setattr(probing, "RATES", 2)
    monkeypatch.setattr(probing, "best_rate", lambda rates, losses: 1.0)
    monkeypatch.setattr(RisingRate, "on_train_batch_start", keep)
    train(compose(train, "find=lr", "recipe=finetune", "model.learning_rate=0.07", "logger=csv"))
    assert seen == [{1, 1 / 2, 1 / 4, 1 / 8, 1 / 16}] * 2


@pytest.mark.slow
def test_for_the_demo_images_it_is_near_the_default(compose: Callable[..., Any]) -> None:
    settings = compose(train, "experiment=sample", "find=lr", "trainer.accelerator=cpu", "logger=csv")
    assert 0.1 < train(settings)["model.learning_rate"] / settings.model.learning_rate < 10
