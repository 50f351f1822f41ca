from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.dataset import collate
from {{ cookiecutter.package_name }}.data.transforms import change_batch
from {{ cookiecutter.package_name }}.model import module as of_module
from {{ cookiecutter.package_name }}.model.module import VisionModule

SETTINGS = {"pretrained": False, "pyramid_channels": 64, "learning_rate": 0.003, "weight_decay": 0.0, "score_threshold": 0.3}
QUIET: dict[str, Any] = {
    "accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False
}  # fmt: skip


def make_module(backbone: str = "mobilenetv3_small_050", image_size: tuple[int, int] = (64, 64), classes: int = 3) -> VisionModule:
    names = [f"class {index}" for index in range(classes)]
    return VisionModule(classes=names, image_size=image_size, backbone=backbone, **SETTINGS)


def see_everywhere(module: VisionModule, logit: float) -> None:
    """Lets every place have about this logit for every class."""
    module.load_state_dict({"network.head.classification_head.cls_logits.bias": torch.full((3,), logit)}, strict=False)


def test_predictions_for_pictures_are_those_above_the_threshold_in_pixels_of_the_input() -> None:
    module = make_module().eval()
    see_everywhere(module, 2.0)
    (found,) = module.predict(torch.rand(1, 3, 64, 64))
    assert len(found["boxes"]) > 0
    assert (found["scores"] > 0.3).all()
    assert ((found["boxes"] >= 0) & (found["boxes"] <= 64)).all()


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    items = [item for item in data.val if len(item["boxes"])][:3]  # pyright: ignore[reportGeneralTypeIssues]
    batch = change_batch(collate(items))
    module = make_module("resnet10t", classes=len(data.classes))
    optimizer = torch.optim.AdamW(module.parameters(), 0.001)
    module.log = module.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(40):
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    module.val_map.reset()
    module.validation_step(batch, 0)  # still in training mode: batch statistics of these very images
    assert module.val_map.compute()["map_50"] > 0.5


def test_the_metric_counts_every_image_below_the_threshold_too(monkeypatch: pytest.MonkeyPatch) -> None:
    module = make_module()
    box, label = torch.tensor([[80.0, 80.0, 400.0, 400.0]]), torch.zeros(1, dtype=torch.int64)
    truth = {"boxes": box, "labels": label, "iscrowd": torch.zeros(1, dtype=torch.int64), "area": torch.full((1,), 1e5)}
    hit = {"boxes": box, "scores": torch.tensor([0.2]), "labels": label}  # too low a score to be shown
    none = {name: values[:0] for name, values in hit.items()}
    batch: dict[str, Any] = {"image": torch.rand(1, 3, 64, 64), "boxes": [box / 10], "labels": [label], "truth": [truth]}
    batch |= {"size": [(640, 640)], "counted": 1}
    loader = torch.utils.data.DataLoader([batch] * 3, batch_size=None)  # pyright: ignore[reportArgumentType]
    for answers, part in (((hit, hit, none), 2 / 3), ((none, none, hit), 1 / 3)):  # two tests of three batches with an object
        left = list(answers)
        monkeypatch.setattr(of_module, "decode", lambda *args, left=left, **options: [left.pop(0)])
        (result,) = L.Trainer(**QUIET).test(module, loader, verbose=False)
        assert result["test/map_50"] == pytest.approx(part, abs=0.01)
        assert result["test/map_large"] == pytest.approx(part, abs=0.01)
        assert result["test/map_small"] == -1  # there is no small object


def test_a_set_without_any_object_can_be_tested() -> None:
    truth = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    truth |= {"iscrowd": torch.zeros(0, dtype=torch.int64), "area": torch.zeros(0)}
    batch: dict[str, Any] = {"image": torch.rand(1, 3, 64, 64), "truth": [truth], "size": [(64, 64)]}
    batch |= {"boxes": [truth["boxes"]], "labels": [truth["labels"]], "counted": 1}
    loader = torch.utils.data.DataLoader([batch], batch_size=None)  # pyright: ignore[reportArgumentType]
    module = make_module()
    see_everywhere(module, -99.0)
    (result,) = L.Trainer(**QUIET).test(module, loader, verbose=False)
    assert result["test/map"] == -1
    assert result["test/loss"] >= 0


def test_a_precision_that_rounds_the_corners_of_boxes_is_refused(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    with pytest.raises(UserError, match="bf16-mixed"):
        L.Trainer(precision="bf16-true", max_epochs=1, **QUIET).fit(make_module(classes=len(data.classes)), datamodule=data)


def test_training_in_mixed_precision_has_a_loss_and_metrics(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 4, 0, 96, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    module = make_module(classes=len(data.classes), image_size=(96, 96))
    trainer = L.Trainer(precision="bf16-mixed", max_epochs=1, limit_train_batches=2, **QUIET)
    trainer.fit(module, datamodule=data)
    (result,) = trainer.test(module, datamodule=data, verbose=False)
    assert 0 < result["test/loss"] < 10
    assert 0 <= result["test/map"] <= 1


def test_a_module_without_fetched_weights_says_that_the_first_training_had_them() -> None:
    settings: dict[str, Any] = SETTINGS | {"pretrained": True}
    module = VisionModule(classes=["a", "b"], image_size=(64, 64), backbone="resnet10t", **settings, fetch_weights=False)
    assert module.hparams["pretrained"]
    assert "fetch_weights" not in module.hparams
