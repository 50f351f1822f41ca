from pathlib import Path

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.data import VisionDataModule
from {{ cookiecutter.package_name }}.errors import UserError
from {{ cookiecutter.package_name }}.model import VisionModel

SETTINGS = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0, "label_smoothing": 0.0}


def make_model(backbone: str = "resnet10t", image_size: int = 64, classes: int = 3) -> VisionModel:
    return VisionModel(classes=[f"class {index}" for index in range(classes)], image_size=image_size, backbone=backbone, **SETTINGS)


@pytest.mark.parametrize(("backbone", "size"), [("resnet10t", 64), ("mobilenetv3_small_050", 96), ("vit_tiny_patch16_224", 64)])
def test_any_backbone_gives_a_score_for_each_class(backbone: str, size: int) -> None:
    model = make_model(backbone, size).eval()
    images = torch.rand(2, 3, size, size)
    assert model(images).shape == (2, 3)
    for prediction in model.predict(images):
        assert prediction["probabilities"].shape == (3,)
        assert prediction["probabilities"].sum().item() == pytest.approx(1)


def test_the_images_are_normalised_as_the_weights_expect() -> None:
    model = make_model("vit_tiny_patch16_224")
    seen = []
    model.net = torch.nn.Module()
    model.net.forward = lambda images: seen.append(images)  # pyright: ignore[reportAttributeAccessIssue]
    model(torch.ones(1, 3, 64, 64))
    assert torch.allclose(seen[0], torch.ones(1, 3, 64, 64))  # (1 - 0.5) / 0.5


def test_the_loss_prefers_the_true_class() -> None:
    model = make_model()
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    model.forward = lambda images: torch.tensor([[9.0, 0.0, 0.0]])
    images = torch.rand(1, 3, 64, 64)
    right, wrong = (model.training_step({"image": images, "label": torch.tensor([label])}, 0) for label in (0, 2))
    assert right < 0.1 < wrong


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
    monkeypatch.setattr("{{ cookiecutter.package_name }}.backbones._hub_answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"model\.pretrained=false"):
        VisionModel(classes=["a", "b"], image_size=64, backbone="resnet10t", **SETTINGS | {"pretrained": True})
