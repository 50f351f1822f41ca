import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import dfine
from {{ cookiecutter.package_name }}.model.decode import decode
from {{ cookiecutter.package_name }}.model.dfine import SIZES, DFine
from {{ cookiecutter.package_name }}.model.exportable import Exportable
from {{ cookiecutter.package_name }}.model.exporting import trace
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import load_trained
from {{ cookiecutter.package_name }}.model.weights import load_local

NONE = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights for 80 classes, as `save_pretrained` keeps them and the hub has them."""
    torch.manual_seed(5)
    DFine(80, (64, 64), "dfine_n", pretrained=False).net.save_pretrained(folder := tmp_path_factory.mktemp("dfine"))
    return folder


def test_weights_of_80_classes_are_taken_but_for_the_head(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = DFine(3, (64, 64), "dfine_n", pretrained=False)
    with caplog.at_level(logging.INFO):
        load_local(network, str(folder))
    assert "Weights: 598 of 607 tensors fit; not: " in caplog.text
    assert "net.class_embed.0.weight" in caplog.text
    before = type(network.net).from_pretrained(folder).state_dict()
    after = network.net.state_dict()
    other = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert other
    assert all("class_embed" in name or "score_head" in name for name in other)


def test_those_of_the_hub_are_taken_where_they_are_wanted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(dfine, "weights_file", lambda *args: asked.append(args) or folder / "model.safetensors")
    network = DFine(2, (64, 64), "dfine_n", pretrained=True)
    assert asked[0][1].hf_hub_id == SIZES["dfine_n"][0]
    name = "model.decoder.layers.0.encoder_attn.sampling_offsets.weight"
    before, after = type(network.net).from_pretrained(folder).state_dict(), network.net.state_dict()
    assert torch.equal(after[name], before[name])


def test_the_sizes_are_those_that_were_published() -> None:
    parameters = [sum(each.numel() for each in DFine(80, (64, 64), size, pretrained=False).parameters()) for size in SIZES]
    assert [round(number / 1e6, 1) for number in parameters] == [3.8, 10.3, 19.6]


@pytest.mark.parametrize("size", [(32, 32), (75, 75), (160, 96), (64, 160)])
def test_inputs_of_any_size_give_boxes_in_their_pixels(size: tuple[int, int]) -> None:
    outputs = DFine(3, size, "dfine_n", pretrained=False).eval()(torch.rand(2, 3, *size))
    assert outputs["objects"].shape[::2] == (2, 4)
    assert outputs["scores"].shape == (2, outputs["objects"].shape[1], 3)
    centers = (outputs["objects"][..., :2] + outputs["objects"][..., 2:]) / 2
    height, width = size
    for sides, most in ((centers[..., 0], width), (centers[..., 1], height)):
        assert 0 <= sides.min() < sides.max() <= most + 31
        assert sides.max() > most / 2


def test_each_query_gives_at_most_one_box_and_none_suppresses_another() -> None:
    objects = torch.tensor([[[10.0, 20, 30, 40], [10, 20, 30, 41], [60, 60, 64, 64]]])
    scores = torch.tensor([[[0.9, 0.1], [0.8, 0.0], [0.0, 0.01]]])
    (found,) = decode({"objects": objects, "scores": scores}, [(64, 128)], (64, 64), score_threshold=0.3)
    torch.testing.assert_close(found["boxes"], torch.tensor([[20.0, 40, 60, 64], [20, 40, 60, 64]]))
    assert found["labels"].tolist() == [0, 0]


@pytest.mark.parametrize("classes", [1, 3])
def test_it_learns_the_class_of_objects_and_images_without_any(classes: int) -> None:
    torch.manual_seed(0)
    network = DFine(classes, (64, 64), "dfine_n", pretrained=False)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    images, label = torch.rand(2, 3, 64, 64), classes - 1
    boxes, labels = [torch.tensor([[8.0, 8, 40, 40]]), NONE[0]], [torch.tensor([label]), NONE[1]]
    losses: list[Tensor] = []
    for _ in range(8):
        losses.append(network(images, boxes, labels)["loss"])
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    scores = network.eval()(images)["scores"]
    assert scores[0].max(dim=0).values.argmax() == label
    assert network(images[:1], [NONE[0]], [NONE[1]])["loss"].isfinite()


def test_without_transformers_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match=r"needs transformers, .*uv sync --extra dfine"):
        VisionModule.prepare("dfine_n", pretrained=False)  # before there are data
    with pytest.raises(UserError, match="needs transformers"):
        DFine(3, (64, 64), "dfine_n", pretrained=False)


def test_a_checkpoint_of_a_training_finds_objects(compose: Callable[..., Any]) -> None:
    few = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]
    settings = compose(train, "model=dfine_n", "model.pretrained=false", *few, "trainer.max_epochs=1", "logger=csv")
    assert train(settings)["test/map"] >= 0
    module, _ = load_trained(settings.run_dir / "checkpoints" / "best.ckpt")
    assert module.predict(torch.rand(1, 3, *module.image_size))[0]["boxes"].shape[1] == 4


@pytest.mark.slow
def test_it_is_exported_for_batches_of_any_size(compose: Callable[..., Any]) -> None:
    settings = compose(train, "model=dfine_n", "model.pretrained=false").model.model_dump(exclude={"allow_restricted_weights"})
    module = VisionModule(classes=["a", "b"], image_size=[64, 64], **settings).eval()
    exported, images = trace(module).module(), torch.rand(3, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(exported(images), Exportable(module)(images))
