from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch.nn import functional

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.model.module import VisionModule

SETTINGS = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0, "label_smoothing": 0.0}


def make_module(backbone: str = "resnet10t", image_size: int = 64, classes: int = 3) -> VisionModule:
    names = [f"class {index}" for index in range(classes)]
    return VisionModule(classes=names, image_size=image_size, backbone=backbone, **SETTINGS)


def batch_of(images: torch.Tensor, labels: list[int]) -> dict[str, Any]:
    return {"image": images, "label": torch.tensor(labels), "size": [(64, 64)] * len(labels), "path": ["a.jpg"] * len(labels)}


def answer_with(module: VisionModule, logits: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Lets the network give these logits for images."""
    module.network.forward = logits  # pyright: ignore[reportAttributeAccessIssue]


def test_the_loss_prefers_the_true_class() -> None:
    module = make_module()
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    answer_with(module, lambda images: torch.tensor([[9.0, 0.0, 0.0]] * 2))
    right, wrong = (module.training_step(batch_of(torch.rand(2, 3, 64, 64), [label] * 2), 0) for label in (0, 2))
    assert right == pytest.approx(0, abs=0.01)
    assert wrong == pytest.approx(9, abs=0.01)  # of one image, not of the batch


def test_labels_are_smoothed_in_training_alone() -> None:
    settings: dict[str, Any] = SETTINGS | {"label_smoothing": 0.3}
    module = VisionModule(classes=["a", "b", "c"], image_size=64, backbone="resnet10t", **settings)
    answer_with(module, lambda images: torch.tensor([[9.0, 0.0, 0.0]]))
    logged: dict[str, Any] = {}
    module.log = lambda name, value, **kwargs: logged.update({name: value})  # pyright: ignore[reportAttributeAccessIssue]
    module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    batch = batch_of(torch.rand(1, 3, 64, 64), [0])
    module.training_step(batch, 0)
    module.validation_step(batch, 0)
    assert logged["train/loss"] > 1
    assert logged["val/loss"] < 0.1


def test_metrics_are_computed_over_the_whole_set() -> None:
    module = make_module()
    answer_with(module, lambda images: functional.one_hot(images[:, 0, 0, 0].long(), 3).float())  # the first pixel is the answer
    images = torch.tensor([0.0, 1, 2, 0, 1]).view(5, 1, 1, 1).expand(5, 3, 8, 8)
    batches = [batch_of(images[:4], [0, 1, 1, 0]), batch_of(images[4:], [0])]
    loader = torch.utils.data.DataLoader(batches, batch_size=None)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(module, loader, verbose=False)
    assert result["test/acc"] == pytest.approx(3 / 5)  # the mean over batches would be 3/4 and 0
    assert result["test/f1"] == pytest.approx((4 / 5 + 1 / 2 + 0) / 3)  # each class counts as much as another


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    (batch,) = (batch for batch, _ in zip(data.val_dataloader(), range(1), strict=False))
    module = make_module(classes=len(data.classes))
    optimizer = torch.optim.AdamW(module.parameters(), 0.003)
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(25):
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predicted = [int(prediction["probabilities"].argmax()) for prediction in module.predict(batch["image"])]
    assert predicted == batch["label"].tolist()


def test_training_in_low_precision_has_a_loss_and_metrics(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    module = make_module(classes=len(data.classes))
    quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(accelerator="cpu", precision="bf16-true", max_epochs=1, limit_train_batches=2, **quiet)
    trainer.fit(module, datamodule=data)
    (result,) = trainer.test(module, datamodule=data, verbose=False)
    assert 0 < result["test/loss"] < 10
    assert 0 <= result["test/acc"] <= 1


def test_a_module_without_fetched_weights_says_that_the_first_training_had_them() -> None:
    settings: dict[str, Any] = SETTINGS | {"pretrained": True}
    module = VisionModule(classes=["a", "b"], image_size=64, backbone="resnet10t", **settings, fetch_weights=False)
    assert module.hparams["pretrained"]
    assert "fetch_weights" not in module.hparams
