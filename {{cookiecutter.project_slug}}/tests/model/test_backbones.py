import time
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import backbones
from {{ cookiecutter.package_name }}.model.backbones import Normalize, check_backbone, create_options, run_on_shapes

CACHED = "models--timm--resnet10t.c3_in1k"  # of the weights that the name resnet10t stands for


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a hub that does not answer."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(backbones, "_hub_answers", lambda: False)
    return tmp_path


def fill(cache: Path) -> dict[str, Tensor]:
    """Puts random weights into the cache, as the hub's client keeps them."""
    weights = timm.create_model("resnet10t").state_dict()
    (cache / CACHED / "refs").mkdir(parents=True)
    (cache / CACHED / "refs" / "main").write_text("0123")
    (cache / CACHED / "snapshots" / "0123").mkdir(parents=True)
    safetensors.torch.save_file(weights, cache / CACHED / "snapshots" / "0123" / "model.safetensors")
    return weights


def test_weights_in_the_cache_are_used_without_asking_the_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = fill(cache)
    monkeypatch.setattr(backbones, "_fetch", lambda config: pytest.fail("asked the hub"))
    model = timm.create_model("resnet10t", pretrained=True, num_classes=3, **create_options("resnet10t", (64, 64), pretrained=True))
    assert torch.equal(model.state_dict()["conv1.0.weight"], weights["conv1.0.weight"])


def test_weights_that_cannot_be_fetched_are_a_message_at_once(cache: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UserError, match=r"resnet10t .*model\.pretrained=false"):
        create_options("resnet10t", (64, 64), pretrained=True)
    assert time.monotonic() - start < 10  # the client of the hub tries for 45 seconds


def test_whatever_goes_wrong_while_fetching_is_a_message(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> str:
        raise TimeoutError("too slow")

    monkeypatch.setattr(backbones, "_hub_answers", lambda: True)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", fail)
    with pytest.raises(UserError, match="too slow"):
        create_options("resnet10t", (64, 64), pretrained=True)


@pytest.mark.parametrize(
    ("name", "stride"),
    [("resnet18", 32), ("swin_tiny_patch4_window7_224", 32), ("vit_tiny_patch16_224", 32), ("vit_small_patch14_dinov2", 14)],
)
def test_patches_that_do_not_divide_the_usual_stride_are_one(name: str, stride: int) -> None:
    assert backbones.stride_of(name) == stride


def test_constants_of_the_hub_stay_as_they_are(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(UserError):
        create_options("resnet10t", (64, 64), pretrained=True)
    assert not backbones.huggingface_hub.constants.HF_HUB_OFFLINE


def test_a_backbone_without_pretrained_weights_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(UserError, match=r"coatnet_0_224 has no pretrained weights"):
        create_options("coatnet_0_224", (64, 64), pretrained=True)
    assert "pretrained_cfg_overlay" not in create_options("coatnet_0_224", (64, 64), pretrained=False)


@pytest.mark.parametrize(
    ("name", "words"),
    [("resnet118", "did you mean .*resnet18"), ("###", "lists names"), ("resnet18.nonsense", r"resnet18, .*resnet18\.a1_in1k")],
)
def test_an_unknown_name_is_refused(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_backbone(name)


@pytest.mark.parametrize("name", ["resnet18", "resnet18.a1_in1k", "coatnet_0_224"])
def test_a_name_may_have_the_tag_of_its_weights(name: str) -> None:
    check_backbone(name)


def test_running_on_shapes_shows_a_misfit_and_changes_nothing() -> None:
    network = timm.create_model("resnet10t")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    run_on_shapes(network, (64, 64))
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    with pytest.raises((RuntimeError, AssertionError)):
        run_on_shapes(timm.create_model("vit_tiny_patch16_224", img_size=64), (96, 96))


def test_bytes_are_no_input_of_a_network() -> None:
    normalize = Normalize("resnet10t")
    assert normalize(torch.rand(1, 3, 8, 8)).shape == (1, 3, 8, 8)
    with pytest.raises(TypeError, match=r"images of torch\.uint8"):
        normalize(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
