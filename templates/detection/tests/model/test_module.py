from pathlib import Path

import lightning as L
import pytest
import torch

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.dataset import collate
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.data.transforms import boxes_on_image

SETTINGS = {"pretrained": False, "learning_rate": 0.003, "weight_decay": 0.0, "score_threshold": 0.3}


def make_model(backbone: str = "mobilenetv3_small_050", image_size: int = 64, classes: int = 3) -> VisionModel:
    return VisionModel(classes=[f"class {index}" for index in range(classes)], image_size=image_size, backbone=backbone, **SETTINGS)


@pytest.mark.parametrize(
    ("backbone", "size"),
    [("resnet10t", 64), ("mobilenetv3_small_050", 96), ("convnext_atto", 64), ("swin_tiny_patch4_window7_224", 64)],
)
def test_any_backbone_with_a_pyramid_gives_scores_and_boxes_for_every_place(backbone: str, size: int) -> None:
    outputs, anchors, levels = make_model(backbone, size, classes=5).eval()(torch.rand(2, 3, size, size))
    places = sum((-(-size // stride)) ** 2 for stride in (8, 16, 32, 64, 128))
    assert sum(levels) == places
    assert outputs["cls_logits"].shape == (2, places, 5)
    assert outputs["bbox_regression"].shape == (2, places, 4)
    assert [len(found) for found in anchors] == [places, places]


def test_the_images_are_normalized_as_the_weights_expect() -> None:
    model = make_model().eval()
    seen = []
    model.net.backbone.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (mean + 2 * std).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    model.predict(images)
    assert torch.allclose(seen[0], torch.full_like(images, 2.0), atol=1e-5)


def test_predictions_are_filtered_sorted_and_inside_the_image() -> None:
    model = make_model().eval()
    model.load_state_dict({"net.head.classification_head.cls_logits.bias": torch.full((3,), 2.0)}, strict=False)
    (found,) = model.predict(torch.rand(1, 3, 64, 64))
    assert len(found["boxes"]) > 0
    assert (found["scores"] >= 0.3).all()
    assert (found["scores"].diff() <= 0).all()
    assert ((found["boxes"] >= 0) & (found["boxes"] <= 64)).all()
    assert ((found["labels"] >= 0) & (found["labels"] < 3)).all()


def test_predicted_boxes_are_in_pixels_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    found = {"boxes": torch.tensor([[0.0, 0.0, 64.0, 32.0]]), "scores": torch.ones(1), "labels": torch.zeros(1, dtype=torch.int64)}
    monkeypatch.setattr(model, "predict", lambda images: [found])
    (moved,) = model.predict_step({"image": torch.rand(1, 3, 64, 64), "size": [(100, 200)], "path": ["x.jpg"]}, 0)
    assert moved["boxes"].tolist() == [[0, 0, 200, 100]]


def test_a_few_images_are_learned_by_heart(root: Path, tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path / "splits"), seed=0)
    data.setup("fit")
    items = [item for item in data.val if len(item["boxes"])][:3]  # pyright: ignore[reportGeneralTypeIssues]
    batch = collate(items)
    model = make_model("resnet10t", classes=len(data.classes))
    optimizer = torch.optim.AdamW(model.parameters(), 0.001)
    model.log = model.log_dict = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(40):
        loss = model.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.val_map.reset()
    model.validation_step(batch, 0)  # still in training mode: batch statistics of these very images
    assert model.val_map.compute()["map_50"] > 0.5


def test_the_metric_counts_every_image_and_every_class(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    model.log = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    logged: dict[str, torch.Tensor] = {}
    monkeypatch.setattr(model, "log_dict", lambda values, **kwargs: logged.update(values))
    box, label = torch.tensor([[8.0, 8.0, 40.0, 40.0]]), torch.zeros(1, dtype=torch.int64)
    hit = {"boxes": box, "scores": torch.tensor([0.2]), "labels": label}  # too low a score to be shown
    none = {name: values[:0] for name, values in hit.items()}
    for answers, part in (((hit, hit, none), 2 / 3), ((none, none, hit), 1 / 3)):  # two epochs of three batches with an object
        for answer in answers:
            monkeypatch.setattr(model, "_decode", lambda *args, answer=answer: [answer])
            model.test_step({"image": torch.rand(1, 3, 64, 64), "boxes": [box], "labels": [label]}, 0)
        model.on_test_epoch_end()
        assert logged["test/map_50"].item() == pytest.approx(part, abs=0.01)


def test_the_first_class_is_an_object_and_not_the_background() -> None:
    model = make_model().train()
    model.log = lambda *args, **kwargs: None  # pyright: ignore[reportAttributeAccessIssue]
    images, box = torch.rand(1, 3, 64, 64), torch.tensor([[8.0, 8.0, 40.0, 40.0]])
    outputs, anchors, levels = model(images)
    losses = model.net.compute_loss([{"boxes": box, "labels": torch.tensor([0])}], outputs, anchors, levels)
    assert losses["bbox_regression"] > 0


def test_boxes_are_scaled_back_by_the_content_and_not_the_square() -> None:
    assert boxes_on_image(torch.tensor([[16.0, 8.0, 32.0, 16.0]]), 64, 200, 400).tolist() == [[100, 50, 200, 100]]


@pytest.mark.parametrize(("backbone", "words"), [("resnet118", "resnet18"), ("vit_tiny_patch16_224", "detection needs")])
def test_a_backbone_that_does_not_fit_is_refused(backbone: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        make_model(backbone)


def test_weights_that_cannot_be_fetched_are_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.backbones._hub_answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"model\.pretrained=false"):
        VisionModel(classes=["a", "b"], image_size=64, backbone="resnet10t", **SETTINGS | {"pretrained": True})
