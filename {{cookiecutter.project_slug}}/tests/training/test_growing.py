import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch import Tensor, nn

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.training.growing import GrowingImages, _takes

STEPS = ["trainer.max_epochs=2", "trainer.limit_train_batches=2", "trainer.limit_val_batches=1", "trainer.limit_test_batches=1"]
SHORT = [*STEPS, "data.image_size=[128,192]", "callbacks.validation_interval=null", "report=false", "logger=csv"]
GROWING = [(128, 192), (96, 128), (128, 160), (128, 192)]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[bool, list[tuple[int, ...]]]:
    """The sizes of the images of each batch, those of training by True."""
    sizes: dict[bool, list[tuple[int, ...]]] = {True: [], False: []}

    def remember(module: VisionModule, batch: dict[str, Any], *_: Any) -> None:
        sizes[module.training].append(tuple(batch["image"].shape[2:]))

    for stage in ("train", "validation", "test"):
        monkeypatch.setattr(VisionModule, f"on_{stage}_batch_start", remember)
    return sizes


def test_images_of_a_training_grow_after_a_whole_first_batch_and_those_of_validation_and_test_are_whole(
    compose: Callable[..., Any], seen: dict[bool, list[tuple[int, ...]]]
) -> None:
    train(compose(train, *SHORT, "callbacks.growing_images.until=0.75"))
    assert seen == {True: GROWING, False: [(128, 192)] * len(seen[False])}


def test_a_training_that_goes_on_has_images_of_the_sizes_that_it_would_have_had(
    compose: Callable[..., Any], seen: dict[bool, list[tuple[int, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = compose(train, *SHORT, "callbacks.growing_images.until=0.75", "callbacks.last_checkpoint.every_n_steps=1")
    step = GrowingImages.on_train_batch_end

    def interrupt(callback: GrowingImages, trainer: Any, *others: Any) -> None:
        step(callback, trainer, *others)
        if trainer.global_step == 2:  # the checkpoint is that of the step before
            raise RuntimeError("the power was cut")

    with monkeypatch.context() as patch:
        patch.setattr(GrowingImages, "on_train_batch_end", interrupt)
        with pytest.raises(RuntimeError, match="power"):
            train(settings)
    last = settings.run_dir / "checkpoints" / "last.ckpt"
    assert load_checkpoint(last)["global_step"] == 1
    seen[True].clear()
    train(compose(train, f"ckpt_path='{last}'", folder=settings.run_dir))
    assert seen[True] == GROWING[1:]


@pytest.mark.parametrize("override", ["recipe=finetune", "callbacks.growing_images=null"])
def test_without_random_weights_or_the_callback_all_images_are_whole(
    override: str, compose: Callable[..., Any], seen: dict[bool, list[tuple[int, ...]]]
) -> None:
    train(compose(train, *SHORT, override))
    assert seen[True] == [(128, 192)] * 4


def test_networks_that_take_one_size_only_keep_it() -> None:
    class Fixed(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.reshape(2, 3, 64, 64)

    assert _takes(Fixed(), (64, 64))
    assert not _takes(Fixed(), (96, 64))
    assert _takes(nn.Conv2d(3, 4, 3), (96, 64))


def test_where_no_end_is_known_images_are_whole(run: Path) -> None:
    options = load_checkpoint(run / "checkpoints" / "last.ckpt")["hyper_parameters"]
    module = VisionModule(**options | {"image_size": [128, 128]})
    data = SimpleNamespace(training_size=(32, 32))
    trainer: Any = SimpleNamespace(estimated_stepping_batches=math.inf, global_step=5, callbacks=[], datamodule=data)
    GrowingImages(first=0.5, until=0.9).on_train_start(trainer, module)
    assert data.training_size is None
