from pathlib import Path

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.module import VisionModel

SETTINGS = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0}


def make_model(architecture: str = "fpn", backbone: str = "mobilenetv3_small_050", classes: int = 3) -> VisionModel:
    names = [f"class {index}" for index in range(classes)]
    return VisionModel(classes=names, image_size=64, architecture=architecture, backbone=backbone, **SETTINGS)


@pytest.mark.parametrize(
    ("architecture", "backbone"),
    [("unet", "resnet10t"), ("FPN", "mobilenetv3_small_050"), ("deeplabv3plus", "convnext_atto"), ("segformer", "resnet10t")],
)
def test_architectures_and_backbones_give_a_class_for_each_pixel(architecture: str, backbone: str) -> None:
    model = make_model(architecture, backbone, classes=5).eval()
    images = torch.rand(2, 3, 64, 64)
    assert model(images).shape == (2, 5, 64, 64)
    for prediction in model.predict(images):
        assert prediction["mask"].shape == (64, 64)
        assert prediction["mask"].max() < 5


def test_the_images_are_normalized_as_the_weights_expect() -> None:
    model = make_model().eval()
    seen = []
    model.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (mean + 2 * std).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    model.predict(images)
    model.predict_step({"image": images, "size": [(64, 64)], "path": ["a.jpg"]}, 0)
    assert len(seen) == 2
    for normalized in seen:
        assert torch.allclose(normalized, torch.full_like(images, 2.0), atol=1e-5)


def test_the_loss_prefers_the_true_class_and_ignores_255() -> None:
    model = make_model()
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    truth = torch.zeros(1, 8, 8, dtype=torch.int64)
    truth[:, :4] = 2
    model.forward = lambda images: torch.nn.functional.one_hot(truth, 3).permute(0, 3, 1, 2) * 9.0
    images = torch.rand(1, 3, 8, 8)
    right = model.training_step({"image": images, "mask": truth}, 0)
    wrong = model.training_step({"image": images, "mask": 2 - truth}, 0)
    ignored = torch.where(truth == 2, 255, 0)
    assert right == pytest.approx(0, abs=0.01)
    assert wrong == pytest.approx(9 + 2 / 3, abs=0.01)  # cross-entropy, and Dice of which two of three classes are wrong
    assert model.training_step({"image": images, "mask": ignored}, 0) < 0.2


def test_a_batch_of_ignored_pixels_alone_has_a_loss_of_nothing() -> None:
    model = make_model()
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    loss = model.training_step({"image": torch.rand(2, 3, 64, 64), "mask": torch.full((2, 64, 64), 255)}, 0)
    assert loss.isfinite()


def test_metrics_are_computed_over_the_pixels_of_the_whole_set() -> None:
    model = make_model(classes=2)
    model.forward = lambda images: torch.stack([1 - images[:, 0], images[:, 0]], dim=1)  # the red channel is the answer
    answers = torch.zeros(3, 4, 4)
    masks = torch.zeros(3, 4, 4, dtype=torch.int64)
    answers[0, :, :], masks[0, :, :] = 1, 1
    answers[1, 0, 0] = 1
    masks[2, :2] = 255
    items = [{"image": answer.expand(3, 4, 4), "mask": mask} for answer, mask in zip(answers, masks, strict=True)]
    loader = torch.utils.data.DataLoader(items, batch_size=1)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(model, loader, verbose=False)
    background, foreground = (15 + 8) / (16 + 8), 16 / 17
    assert result["test/miou"] == pytest.approx((background + foreground) / 2, abs=1e-4)
    assert result["test/dice"] == pytest.approx((46 / 47 + 32 / 33) / 2, abs=1e-4)


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    (batch,) = (batch for batch, _ in zip(data.val_dataloader(), range(1), strict=False))
    model = make_model(backbone="resnet10t", classes=len(data.classes))
    optimizer = torch.optim.AdamW(model.parameters(), 0.003)
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(60):
        loss = model.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.val_metrics.reset()
    model.validation_step(batch, 0)  # still in training mode: batch statistics of these very images
    assert model.val_metrics.compute()["val/miou"] > 0.7


def test_predicted_masks_have_the_size_of_the_files() -> None:
    model = make_model().eval()
    masks = model.predict_step({"image": torch.rand(2, 3, 64, 64), "size": [(100, 30), (7, 200)], "path": ["a.jpg", "b.jpg"]}, 0)
    assert [tuple(found["mask"].shape) for found in masks] == [(100, 30), (7, 200)]


@pytest.mark.parametrize(
    ("architecture", "backbone", "words"), [("unett", "resnet18", "expected one of unet"), ("unet", "resnet118", "resnet18")]
)
def test_what_does_not_exist_is_refused(architecture: str, backbone: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        make_model(architecture, backbone)


def test_weights_that_cannot_be_fetched_are_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.backbones._hub_answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    settings = SETTINGS | {"pretrained": True}
    with pytest.raises(UserError, match=r"model\.pretrained=false"):
        VisionModel(classes=["a", "b"], image_size=64, architecture="unet", backbone="resnet10t", **settings)
