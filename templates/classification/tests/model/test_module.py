from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.module import VisionModel

SETTINGS = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0, "label_smoothing": 0.0}


def make_model(backbone: str = "resnet10t", image_size: int = 64, classes: int = 3) -> VisionModel:
    return VisionModel(classes=[f"class {index}" for index in range(classes)], image_size=image_size, backbone=backbone, **SETTINGS)


@pytest.mark.parametrize(("backbone", "size"), [("resnet10t", 64), ("mobilenetv3_small_050", 96), ("vit_tiny_patch16_224", 64)])
def test_any_backbone_gives_a_score_for_each_class(backbone: str, size: int) -> None:
    model = make_model(backbone, size, classes=5).eval()
    images = torch.rand(2, 3, size, size)
    assert model(images).shape == (2, 5)
    for prediction in model.predict(images):
        assert prediction["probabilities"].shape == (5,)
        assert prediction["probabilities"].sum().item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("backbone", "mean", "std"),
    [("resnet10t", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), ("vit_tiny_patch16_224", [0.5] * 3, [0.5] * 3)],
)
def test_the_images_are_normalized_as_the_weights_expect(backbone: str, mean: list[float], std: list[float]) -> None:
    model = make_model(backbone)
    model.log = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    seen = []
    model.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    images = (torch.tensor(mean) + 2 * torch.tensor(std)).view(1, 3, 1, 1).expand(2, 3, 64, 64)
    model.training_step({"image": images, "label": torch.tensor([0, 1])}, 0)
    model.predict_step({"image": images, "path": ["a.jpg", "b.jpg"]}, 0)
    assert len(seen) == 2
    for normalized in seen:
        assert torch.allclose(normalized, torch.full_like(images, 2.0), atol=1e-5)


def test_the_loss_prefers_the_true_class() -> None:
    model = make_model()
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    model.forward = lambda images: torch.tensor([[9.0, 0.0, 0.0]] * 2)
    images = torch.rand(2, 3, 64, 64)
    right, wrong = (model.training_step({"image": images, "label": torch.tensor([label] * 2)}, 0) for label in (0, 2))
    assert right == pytest.approx(0, abs=0.01)
    assert wrong == pytest.approx(9, abs=0.01)  # of one image, not of the batch


def test_labels_are_smoothed_in_training_alone() -> None:
    settings: dict[str, Any] = SETTINGS | {"label_smoothing": 0.3}
    model = VisionModel(classes=["a", "b", "c"], image_size=64, backbone="resnet10t", **settings)
    model.forward = lambda images: torch.tensor([[9.0, 0.0, 0.0]])
    logged: dict[str, Any] = {}
    model.log = lambda name, value, **kwargs: logged.update({name: value})  # pyright: ignore[reportAttributeAccessIssue]
    model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    batch = {"image": torch.rand(1, 3, 64, 64), "label": torch.tensor([0])}
    model.training_step(batch, 0)
    model.validation_step(batch, 0)
    assert logged["train/loss"] > 1
    assert logged["val/loss"] < 0.1


def test_metrics_are_computed_over_the_whole_set() -> None:
    model = make_model()
    model.forward = lambda images: torch.nn.functional.one_hot(
        images[:, 0, 0, 0].long(), 3
    ).float()  # the first pixel is the answer
    answers, labels = [0, 1, 2, 0, 1], [0, 1, 1, 0, 0]
    items = [{"image": torch.full((3, 8, 8), float(answer)), "label": label} for answer, label in zip(answers, labels, strict=True)]
    loader = torch.utils.data.DataLoader(items, batch_size=4)  # pyright: ignore[reportArgumentType]
    (result,) = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).test(model, loader, verbose=False)
    assert result["test/acc"] == pytest.approx(3 / 5)  # the mean over batches would be 3/4 and 0
    assert result["test/f1"] == pytest.approx((4 / 5 + 1 / 2 + 0) / 3)  # each class counts as much as another


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 8, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    (batch,) = (batch for batch, _ in zip(data.val_dataloader(), range(1), strict=False))
    model = make_model(classes=len(data.classes))
    optimizer = torch.optim.AdamW(model.parameters(), 0.003)
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(25):
        loss = model.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predicted = [int(prediction["probabilities"].argmax()) for prediction in model.predict(batch["image"])]
    assert predicted == batch["label"].tolist()


def test_an_unknown_backbone_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UserError, match="resnet18"):
        make_model("resnet118")


def test_weights_that_cannot_be_fetched_are_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.backbones._hub_answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"model\.pretrained=false"):
        VisionModel(classes=["a", "b"], image_size=64, backbone="resnet10t", **SETTINGS | {"pretrained": True})
