from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.training.averaging import AverageWeights

STEPS = 8  # of an epoch


class Counter(L.LightningModule):
    """Its weight is the number of steps it was trained for."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.fails = fails
        self.validated: list[float] = []

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        return -self.weight.sum()

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.validated.append(self.weight.item())
        if self.fails:
            raise ZeroDivisionError

    def test_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("test/weight", self.weight.item())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1)


def fit(module: Counter, folder: Path, epochs: int, ckpt_path: Path | None = None, **options: Any) -> L.Trainer:
    saver = ModelCheckpoint(folder, "last", save_on_exception=True, enable_version_counter=False)
    quiet: dict[str, Any] = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False, "num_sanity_val_steps": 0}
    quiet |= options
    trainer = L.Trainer(callbacks=[AverageWeights(decay=0.9), saver], max_epochs=epochs, **quiet)
    trainer.fit(module, DataLoader(range(STEPS)), DataLoader([0]), ckpt_path=ckpt_path)  # pyright: ignore[reportArgumentType]
    return trainer


def weights_in(file: Path) -> tuple[float, float]:
    """The average, and the weight of the last step."""
    checkpoint = torch.load(file, weights_only=True)
    return checkpoint["state_dict"]["weight"].item(), checkpoint["current_model_state"]["weight"].item()


def test_the_average_of_the_last_steps_is_validated_kept_and_tested(tmp_path: Path) -> None:
    module = Counter()
    trainer = fit(module, tmp_path, epochs=1)
    average, last = weights_in(tmp_path / "last.ckpt")
    assert last == STEPS
    assert STEPS / 2 < average < STEPS - 0.1  # the random weights of the start are forgotten soon
    assert module.validated == [average]
    assert module.weight.item() == average
    (result,) = trainer.test(module, DataLoader([0]), ckpt_path=tmp_path / "last.ckpt", verbose=False)  # pyright: ignore[reportArgumentType]
    assert result["test/weight"] == pytest.approx(average)


def test_training_goes_on_with_both_sets_of_weights(tmp_path: Path) -> None:
    fit(Counter(), tmp_path / "whole", epochs=2)
    fit(Counter(), tmp_path / "half", epochs=1)
    fit(Counter(), tmp_path / "other half", epochs=2, ckpt_path=tmp_path / "half" / "last.ckpt")
    assert weights_in(tmp_path / "other half" / "last.ckpt") == weights_in(tmp_path / "whole" / "last.ckpt")


def test_a_training_in_half_precision_has_an_average_of_more_digits_and_goes_on(tmp_path: Path) -> None:
    fit(Counter(), tmp_path, epochs=1, precision="bf16-true")
    fit(Counter(), tmp_path, epochs=2, ckpt_path=tmp_path / "last.ckpt", precision="bf16-true")
    state = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert (state["state_dict"]["weight"].dtype, state["current_model_state"]["weight"].dtype) == (torch.float32, torch.bfloat16)
    average, last = weights_in(tmp_path / "last.ckpt")
    assert last == 2 * STEPS
    assert STEPS < average < last


def test_an_average_of_too_coarse_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="use 16-mixed or bf16-true"):
        fit(Counter(), tmp_path, epochs=1, precision="16-true")


def test_what_a_failing_validation_leaves_has_each_set_in_its_place(tmp_path: Path) -> None:
    fit(Counter(), tmp_path / "whole", epochs=1)
    with pytest.raises(ZeroDivisionError):
        fit(Counter(fails=True), tmp_path / "failed", epochs=1)
    assert weights_in(tmp_path / "failed" / "last.ckpt") == weights_in(tmp_path / "whole" / "last.ckpt")
