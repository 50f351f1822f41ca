from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.transforms import change_batch
from {{ cookiecutter.package_name }}.model.module import VisionModule

SETTINGS = {"pretrained": False, "decoder_channels": 32, "learning_rate": 0.003, "weight_decay": 0.0}


def make_module(architecture: str = "fpn", backbone: str = "mobilenetv3_small_050", classes: int = 3) -> VisionModule:
    names = [f"class {index}" for index in range(classes)]
    return VisionModule(classes=names, image_size=(64, 64), architecture=architecture, backbone=backbone, **SETTINGS)


def batch_of(images: torch.Tensor, masks: torch.Tensor) -> dict[str, Any]:
    """A batch whose images are as large as their files."""
    size = (images.shape[2], images.shape[3])
    count = len(masks)
    files = {"size": [size] * count, "path": ["a"] * count, "counted": count}
    return {"image": images, "mask": masks, "truth": list(masks.byte()), **files}


def answer_with(module: VisionModule, logits: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Lets the network give these logits for images."""
    module.network.forward = logits  # pyright: ignore[reportAttributeAccessIssue]


def test_the_loss_prefers_the_true_class_and_ignores_255() -> None:
    module = make_module()
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    truth = torch.zeros(1, 8, 8, dtype=torch.int64)
    truth[:, :4] = 2
    answer_with(module, lambda images: torch.nn.functional.one_hot(truth, 3).permute(0, 3, 1, 2) * 9.0)
    images = torch.rand(1, 3, 8, 8)
    right = module.training_step(batch_of(images, truth), 0)
    wrong = module.training_step(batch_of(images, 2 - truth), 0)
    ignored = torch.where(truth == 2, 255, 0)
    assert right == pytest.approx(0, abs=0.01)
    assert wrong == pytest.approx(9 + 2 / 3, abs=0.01)  # cross-entropy, and Dice of which two of three classes are wrong
    assert module.training_step(batch_of(images, ignored), 0) < 0.2


def test_a_batch_of_ignored_pixels_alone_has_a_loss_of_nothing() -> None:
    module = make_module()
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    loss = module.training_step(batch_of(torch.rand(2, 3, 64, 64), torch.full((2, 64, 64), 255)), 0)
    assert loss.isfinite()


def test_metrics_are_computed_over_the_pixels_of_the_whole_set() -> None:
    module = make_module(classes=2)
    module.image_size = (4, 4)
    answer_with(module, lambda images: torch.stack([1 - images[:, 0], images[:, 0]], dim=1))  # the red channel is the answer
    answers = torch.zeros(3, 4, 4)
    masks = torch.zeros(3, 4, 4, dtype=torch.int64)
    answers[0, :, :], masks[0, :, :] = 1, 1
    answers[1, 0, 0] = 1
    masks[2, :2] = 255
    batches = [batch_of(answer.expand(1, 3, 4, 4), mask[None]) for answer, mask in zip(answers, masks, strict=True)]
    loader = torch.utils.data.DataLoader(batches, batch_size=None)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(module, loader, verbose=False)
    background, foreground = (15 + 8) / (16 + 8), 16 / 17
    assert result["test/miou"] == pytest.approx((background + foreground) / 2, abs=1e-4)
    assert result["test/dice"] == pytest.approx((46 / 47 + 32 / 33) / 2, abs=1e-4)


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    (batch,) = (change_batch(batch) for batch, _ in zip(data.val_dataloader(), range(1), strict=False))
    module = make_module(backbone="resnet10t", classes=len(data.classes))
    optimizer = torch.optim.AdamW(module.parameters(), 0.003)
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(60):
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    module.val_metrics.reset()
    module.validation_step(batch, 0)  # still in training mode: batch statistics of these very images
    assert module.val_metrics.compute()["val/miou"] > 0.7


def test_a_test_counts_the_pixels_of_the_files_and_a_validation_those_of_the_input() -> None:
    module = make_module(classes=2)
    module.image_size = (4, 4)
    answer_with(module, lambda images: torch.stack([1 - images[:, 0], images[:, 0]], dim=1))
    images, mask = torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), 255)
    images[:, :, :2, :2], images[:, :, :2, 2:] = 1, 0
    mask[:, :2] = torch.tensor([1, 1, 0, 0])
    truth = torch.zeros(100, 200, dtype=torch.uint8)
    truth[:, :90] = 1
    batch = {"image": images, "mask": mask, "truth": [truth], "size": [(100, 200)], "path": ["a.jpg"], "counted": 1}
    loader = torch.utils.data.DataLoader([batch], batch_size=None)  # pyright: ignore[reportArgumentType]
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False)
    (validated,), (tested,) = trainer.validate(module, loader, verbose=False), trainer.test(module, loader, verbose=False)
    assert validated["val/miou"] == pytest.approx(1)
    assert tested["test/miou"] == pytest.approx((90 / 100 + 100 / 110) / 2, abs=1e-4)


def test_training_in_low_precision_has_a_loss_and_metrics(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    module = make_module(classes=len(data.classes))
    quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(accelerator="cpu", precision="bf16-true", max_epochs=1, limit_train_batches=2, **quiet)
    trainer.fit(module, datamodule=data)
    (result,) = trainer.test(module, datamodule=data, verbose=False)
    assert 0 < result["test/loss"] < 10
    assert 0 <= result["test/miou"] <= 1


def test_a_module_without_fetched_weights_says_that_the_first_training_had_them() -> None:
    settings: dict[str, Any] = SETTINGS | {"pretrained": True, "architecture": "fpn", "backbone": "mobilenetv3_small_050"}
    module = VisionModule(classes=["a", "b"], image_size=(64, 64), **settings, fetch_weights=False)
    assert module.hparams["pretrained"]
    assert "fetch_weights" not in module.hparams


def test_an_unknown_architecture_is_refused_before_there_are_data() -> None:
    with pytest.raises(UserError, match=r"model\.architecture=unett: expected one of"):
        VisionModule.prepare("unett", "resnet10t", pretrained=False)
