import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import distributed
from torch.multiprocessing.spawn import start_processes
from torch.nn import functional

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.transforms import change_batch
from {{ cookiecutter.package_name }}.model.checkpoints import settings_in
from {{ cookiecutter.package_name }}.model.labeling import labeling
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import load_module

SETTINGS: dict[str, Any] = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0, "label_smoothing": 0.0}


def make_module(classes: int = 3, **settings: Any) -> VisionModule:
    names = [f"class {index}" for index in range(classes)]
    options: dict[str, Any] = {"image_size": (64, 64), **SETTINGS, **settings}
    return VisionModule(classes=names, backbone="resnet10t", **options)


def batch_of(images: torch.Tensor, labels: list[list[int]]) -> dict[str, Any]:
    """A batch whose images have these of three labels."""
    truth = torch.zeros(len(labels), 3)
    for row, its in zip(truth, labels, strict=True):
        row[its] = 1
    count = len(labels)
    return {"image": images, "label": truth, "size": [(64, 64)] * count, "path": ["a.jpg"] * count, "counted": count}


def answer_with(module: VisionModule, logits: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Lets the network give these logits for images."""
    module.network.forward = logits  # pyright: ignore[reportAttributeAccessIssue]


def test_the_loss_prefers_the_true_class() -> None:
    module = make_module()
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    answer_with(module, lambda images: torch.tensor([[9.0, 0.0, 0.0]] * 2))
    right, wrong = (module.training_step(batch_of(torch.rand(2, 3, 64, 64), [[label]] * 2), 0) for label in (0, 2))
    assert right == pytest.approx(0, abs=0.01)
    assert wrong == pytest.approx(9, abs=0.01)  # of one image, not of the batch


def test_the_loss_of_several_labels_asks_for_each_of_them() -> None:
    module = make_module(multi_label=True)
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    answer_with(module, lambda images: torch.tensor([[9.0, 9.0, -9.0]]))
    losses = [module.training_step(batch_of(torch.rand(1, 3, 64, 64), [labels]), 0).item() for labels in ([0, 1], [0], [])]
    assert losses == pytest.approx([0, 3, 6], abs=0.01)


@pytest.mark.parametrize("multi_label", [False, True])
def test_labels_are_smoothed_in_training_alone(multi_label: bool) -> None:
    module = make_module(label_smoothing=0.3, multi_label=multi_label)
    answer_with(module, lambda images: torch.tensor([[9.0, -9.0, -9.0]]))
    logged: dict[str, Any] = {}
    module.log = lambda name, value, **kwargs: logged.update({name: value})  # pyright: ignore[reportAttributeAccessIssue]
    module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    batch = batch_of(torch.rand(1, 3, 64, 64), [[0]])
    module.training_step(batch, 0)
    module.validation_step(batch, 0)
    assert logged["train/loss"] > 1
    assert logged["val/loss"] < 0.1


def test_metrics_are_computed_over_the_whole_set() -> None:
    module = make_module()
    answer_with(module, lambda images: functional.one_hot(images[:, 0, 0, 0].long(), 3).float())  # the first pixel is the answer
    images = torch.tensor([0.0, 1, 2, 0, 1]).view(5, 1, 1, 1).expand(5, 3, 8, 8)
    batches = [batch_of(images[:4], [[0], [1], [1], [0]]), batch_of(images[4:], [[0]])]
    loader = torch.utils.data.DataLoader(batches, batch_size=None)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(module, loader, verbose=False)
    assert result["test/acc"] == pytest.approx(3 / 5)  # the mean over batches would be 3/4 and 0
    assert result["test/f1"] == pytest.approx((4 / 5 + 1 / 2 + 0) / 3)  # each class counts as much as another


def test_several_labels_are_right_if_all_of_an_image_are() -> None:
    module = make_module(multi_label=True)
    answer_with(module, lambda images: images[:, :, 0, 0])  # the first pixel is the answer
    images = torch.tensor([[9.0, -9.0, -9.0], [8.0, -8.0, -9.0], [-9.0, 9.0, -9.0]])[:, :, None, None].expand(3, 3, 8, 8)
    loader = torch.utils.data.DataLoader([batch_of(images, [[0], [1], [1]])], batch_size=None)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(module, loader, verbose=False)
    assert result["test/acc"] == pytest.approx(2 / 3)
    assert result["test/f1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert result["test/map"] == pytest.approx((1 + 1 + 0) / 3)  # no image has the third


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    (batch,) = (change_batch(batch) for batch, _ in zip(data.val_dataloader(), range(1), strict=False))
    module = make_module(classes=len(data.classes))
    optimizer = torch.optim.AdamW(module.parameters(), 0.003)
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(25):
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predicted = [prediction["labels"].tolist() for prediction in module.predict(batch["image"])]
    assert predicted == batch["label"].bool().tolist()


def test_training_in_low_precision_has_a_loss_and_metrics(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    module = make_module(classes=len(data.classes))
    quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(accelerator="cpu", precision="bf16-true", max_epochs=1, limit_train_batches=2, **quiet)
    trainer.fit(module, datamodule=data)
    (result,) = trainer.test(module, datamodule=data, verbose=False)
    assert 0 < result["test/loss"] < 10
    assert 0 <= result["test/acc"] <= 1


def test_data_with_several_labels_are_refused_by_a_model_that_gives_one() -> None:
    collection = SimpleNamespace(root="photos", source=SimpleNamespace(facts={"multi_label": True}))
    for multi_label in (True, False):
        module = make_module(multi_label=multi_label)
        parts = {"datamodule": SimpleNamespace(collection=collection), "callbacks": []}
        module.trainer = SimpleNamespace(**parts)  # pyright: ignore[reportAttributeAccessIssue]
        with nullcontext() if multi_label else pytest.raises(UserError, match="photos has images with several labels or none"):
            module.setup("test")


def test_the_mean_average_precision_is_monitored_only_where_there_are_several_labels() -> None:
    for multi_label in (True, False):
        module = make_module(multi_label=multi_label)
        module.trainer = L.Trainer(accelerator="cpu", logger=False, callbacks=[ModelCheckpoint(monitor="val/map", mode="max")])
        with nullcontext() if multi_label else pytest.raises(UserError, match="monitor val/f1 or val/acc"):
            module.setup("fit")


def test_a_module_without_fetched_weights_says_that_the_first_training_had_them() -> None:
    settings: dict[str, Any] = SETTINGS | {"pretrained": True}
    module = VisionModule(classes=["a", "b"], image_size=(64, 64), backbone="resnet10t", **settings, fetch_weights=False)
    assert module.hparams["pretrained"]
    assert "fetch_weights" not in module.hparams


def score_in_two_processes(rank: int, store: str) -> None:
    """The second process has no image that counts."""
    distributed.init_process_group("gloo", f"file://{store}", rank=rank, world_size=2)
    metrics = labeling(multi_label=True).metrics(2)
    if rank == 0:
        metrics.update(torch.tensor([[0.9, 0.2], [0.1, 0.8]]), torch.tensor([[1, 0], [0, 1]]))
    assert {name: float(value) for name, value in metrics.compute().items()} == {"acc": 1, "f1": 1, "map": 1}


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")
def test_a_process_without_an_image_keeps_no_other_waiting(tmp_path: Path) -> None:
    start_processes(score_in_two_processes, (str(tmp_path / "store"),), 2, start_method="fork")


def test_a_checkpoint_says_how_much_its_network_enlarges_and_one_of_earlier_not_at_all() -> None:
    new = make_module(image_size=[32, 32], enlarge=None)
    checkpoint = {"hyper_parameters": dict(new.hparams), "state_dict": new.state_dict(), "datamodule_hyper_parameters": {"seed": 1}}
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        scores, enlarged = new.eval().network(images), functional.interpolate(images, scale_factor=2, mode="bilinear")
        torch.testing.assert_close(load_module(checkpoint).network(images), scores)
        assert settings_in(checkpoint)["model"]["enlarge"] == 2
        checkpoint["hyper_parameters"].pop("enlarge")
        torch.testing.assert_close(load_module(checkpoint).network(enlarged), scores, atol=1e-5, rtol=1e-4)
        assert settings_in(checkpoint)["model"]["enlarge"] == 1
