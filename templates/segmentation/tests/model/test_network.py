from collections.abc import Callable
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.network import Network


@pytest.mark.parametrize(
    ("architecture", "backbone"),
    [
        ("unet", "resnet10t"),
        ("FPN", "mobilenetv3_small_050"),
        ("deeplabv3plus", "convnext_atto"),
        ("segformer", "swin_tiny_patch4_window7_224"),
        ("linear", "test_vit"),
    ],
)
def test_architectures_and_backbones_give_scores_for_each_pixel(architecture: str, backbone: str) -> None:
    network = Network(5, (64, 64), architecture, backbone, pretrained=False).eval()
    assert network(torch.rand(2, 3, 64, 64)).shape == (2, 5, 64, 64)


def test_the_images_are_normalized_as_the_weights_expect() -> None:
    network = Network(3, (64, 64), "fpn", "mobilenetv3_small_050", pretrained=False).eval()
    seen = []
    network.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (mean + 2 * std).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    network(images)
    assert torch.allclose(seen[0], torch.full_like(images, 2.0), atol=1e-5)


def test_the_network_can_be_traced_for_any_number_of_images() -> None:
    network = Network(3, (64, 64), "fpn", "mobilenetv3_small_050", pretrained=False).eval()
    exported = torch.export.export(network, (torch.rand(2, 3, 64, 64),), dynamic_shapes=({0: torch.export.Dim("images", min=1)},))
    images = torch.rand(5, 3, 64, 64)
    assert torch.allclose(exported.module()(images), network(images), atol=1e-5)


@pytest.mark.parametrize(
    ("architecture", "backbone", "size", "words"),
    [
        ("unett", "resnet18", (64, 64), "expected one of unet"),
        ("unet", "resnet118", (64, 64), "resnet18"),
        ("linear", "resnet10t", (64, 64), r"linear takes a plain vision transformer, .*resnet10t is none"),
        ("unet", "vit_tiny_patch16_224", (64, 64), r"does not fit .*: try model\.architecture=linear"),
        ("fpn", "crossvit_9_240", (192, 256), r"does not fit .*: try model\.backbone=resnet18"),
        ("fpn", "resnet10t", (100, 100), r"data\.image_size=100: set data\.image_size=\[128,128\]"),
        ("fpn", "resnet10t", (64, 100), r"data\.image_size=\[64,100\]: set data\.image_size=\[64,128\]"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(architecture: str, backbone: str, size: tuple[int, int], words: str) -> None:
    with pytest.raises(UserError, match=words):
        Network(3, size, architecture, backbone, pretrained=False)


def test_without_pretrained_weights_a_lighter_network_of_plain_convolutions_is_the_default(compose: Callable[..., Any]) -> None:
    pretrained, scratch = (compose(train, f"model.pretrained={each}").model for each in ("true", "false"))
    assert (pretrained.backbone, pretrained.decoder_channels) == ("mobilenetv3_small_050", 64)
    assert (scratch.backbone, scratch.decoder_channels) == ("test_resnet", 32)
