from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import backbones
from {{ cookiecutter.package_name }}.model.network import Network, enlargement, should_pool


@pytest.mark.parametrize(
    ("backbone", "size"),
    [
        ("resnet10t", (64, 64)),
        ("resnet10t", (50, 50)),
        ("mobilenetv3_small_050", (64, 96)),
        ("vit_tiny_patch16_224", (64, 96)),
        ("swin_tiny_patch4_window7_224", (96, 64)),
    ],
)
def test_any_backbone_gives_a_score_for_each_class(backbone: str, size: tuple[int, int]) -> None:
    network = Network(5, size, backbone, pretrained=False).eval()
    assert network(torch.rand(2, 3, *size)).shape == (2, 5)


@pytest.mark.parametrize(
    ("backbone", "mean", "std"),
    [("resnet10t", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), ("vit_tiny_patch16_224", [0.5] * 3, [0.5] * 3)],
)
def test_the_images_are_normalized_as_the_weights_expect(backbone: str, mean: list[float], std: list[float]) -> None:
    network = Network(3, (64, 64), backbone, pretrained=False).eval()
    seen = []
    network.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    images = (torch.tensor(mean) + 2 * torch.tensor(std)).view(1, 3, 1, 1).expand(2, 3, 64, 64)
    network(images)
    assert torch.allclose(seen[0], torch.full_like(images, 2.0), atol=1e-5)


@pytest.mark.parametrize(
    ("backbone", "pretrained", "size", "seen"),
    [
        ("test_resnet", True, (32, 32), (64, 64)),
        ("test_resnet", True, (16, 28), (32, 56)),
        ("test_resnet", True, (40, 40), (40, 40)),
        ("test_resnet", False, (32, 32), (32, 32)),
        ("test_resnet", False, (14, 16), (28, 32)),
        ("test_resnet", False, (40, 40), (40, 40)),
        ("test_efficientnet", False, (32, 32), (64, 64)),
    ],
)
def test_of_small_images_the_last_map_has_several_pixels_also_in_an_export(
    backbone: str, pretrained: bool, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    pool = should_pool(size, backbone, pretrained)
    network = Network(3, size, backbone, False, enlargement(size, pool), pool).eval()
    sizes = []
    network.net.register_forward_pre_hook(lambda net, inputs: sizes.append(inputs[0].shape[2:]))
    images = torch.rand(2, 3, *size)
    scores = network(images)
    assert sizes == [seen]
    net: Any = network.net
    assert max(net.forward_features(torch.rand(2, 3, *seen)).shape[2:]) == 2
    traced = torch.export.export(network, (images,)).module()
    assert torch.allclose(traced(images), scores, atol=1e-5)


def test_the_network_can_be_traced_for_any_number_of_images() -> None:
    network = Network(3, (64, 64), "mobilenetv3_small_050", pretrained=False).eval()
    exported = torch.export.export(network, (torch.rand(2, 3, 64, 64),), dynamic_shapes=({0: torch.export.Dim("images", min=1)},))
    images = torch.rand(5, 3, 64, 64)
    assert torch.allclose(exported.module()(images), network(images), atol=1e-5)


def test_without_pretrained_weights_a_lighter_network_is_the_default(compose: Callable[..., Any]) -> None:
    chosen = [compose(train, f"model.pretrained={pretrained}").model.backbone for pretrained in ("true", "false")]
    assert chosen == ["resnet10t", "test_resnet"]
    assert compose(train, "model.backbone=resnet18").model.backbone == "resnet18"


def test_an_unknown_backbone_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UserError, match="resnet18"):
        Network(3, (64, 64), "resnet118", pretrained=False)


@pytest.mark.parametrize(
    ("backbone", "size", "fits"),
    [
        ("crossvit_tiny_240", (128, 128), (240, 240)),
        ("efficientformer_l1", (192, 256), (224, 224)),
        ("convit_tiny", (192, 256), (256, 256)),
        ("mvitv2_tiny", (96, 64), (96, 96)),
    ],
)
def test_where_an_image_size_does_not_fit_one_that_does_is_named(
    backbone: str, size: tuple[int, int], fits: tuple[int, int]
) -> None:
    height, width = fits
    with pytest.raises(UserError, match=rf"model\.backbone={backbone} does not fit .*: set data\.image_size=\[{height},{width}\]$"):
        Network(3, size, backbone, pretrained=False)
    Network(3, fits, backbone, pretrained=False)


def test_with_pretrained_weights_the_image_size_that_is_named_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.safetensors"
    safetensors.torch.save_file(timm.create_model("levit_128s").state_dict(), file)
    monkeypatch.setattr(backbones, "weights_file", lambda *args: file)
    with pytest.raises(UserError, match=r"data\.image_size=\[192,256\]: set data\.image_size=\[224,224\]$"):
        Network(3, (192, 256), "levit_128s", pretrained=True)
    Network(3, (224, 224), "levit_128s", pretrained=True)


def test_a_training_keeps_what_it_enlarges_and_one_of_earlier_goes_on_without(compose: Callable[..., Any], tmp_path: Path) -> None:
    quick = [*(f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")), "logger=csv", "report=false"]
    new = compose(train, "data.image_size=32", "trainer.max_epochs=1", *quick)
    train(new)
    checkpoint = torch.load(new.run_dir / "checkpoints" / "last.ckpt", weights_only=True)
    assert (checkpoint["hyper_parameters"].pop("enlarge"), checkpoint["hyper_parameters"].pop("pool")) == (1, False)
    torch.save(checkpoint, tmp_path / "old.ckpt")
    resumed = compose(train, f"ckpt_path={tmp_path / 'old.ckpt'}", "trainer.max_epochs=2", *quick)
    train(resumed)
    checkpoint = torch.load(resumed.run_dir / "checkpoints" / "last.ckpt", weights_only=True)
    assert (checkpoint["hyper_parameters"]["enlarge"], checkpoint["hyper_parameters"]["pool"]) == (1, True)
