from collections.abc import Callable
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.decode import places
from {{ cookiecutter.package_name }}.model.network import Network


@pytest.mark.parametrize(
    ("backbone", "size"),
    [
        ("resnet10t", (64, 64)),
        ("resnet10t", (100, 164)),
        ("mobilenetv3_small_050", (64, 96)),
        ("convnext_atto", (72, 72)),
        ("swin_tiny_patch4_window7_224", (64, 64)),
        ("swin_tiny_patch4_window7_224", (100, 130)),
    ],
)
def test_any_backbone_with_a_pyramid_gives_scores_and_distances_for_every_place(backbone: str, size: tuple[int, int]) -> None:
    outputs = Network(5, size, backbone, pretrained=False).eval()(torch.rand(2, 3, *size))
    at, levels = places(size)
    assert sum(levels) == len(at)
    assert outputs["cls_logits"].shape == (2, len(at), 5)
    assert outputs["bbox_regression"].shape == (2, len(at), 4)
    assert outputs["bbox_ctrness"].shape == (2, len(at), 1)


def test_the_images_are_normalized_as_the_weights_expect() -> None:
    network = Network(3, (64, 64), "mobilenetv3_small_050", pretrained=False).eval()
    seen = []
    network.body.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (mean + 2 * std).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    network(images)
    assert torch.allclose(seen[0], torch.full_like(images, 2.0), atol=1e-5)


def test_the_network_can_be_traced_for_any_number_of_images() -> None:
    network = Network(3, (64, 64), "mobilenetv3_small_050", pretrained=False).eval()
    exported = torch.export.export(network, (torch.rand(2, 3, 64, 64),), dynamic_shapes=({0: torch.export.Dim("images", min=1)},))
    images = torch.rand(5, 3, 64, 64)
    traced, direct = exported.module()(images), network(images)
    assert traced.keys() == direct.keys()
    for name, output in direct.items():
        assert torch.allclose(traced[name], output, atol=1e-5)


@pytest.mark.parametrize(("backbone", "words"), [("resnet118", "resnet18"), ("vit_tiny_patch16_224", "detection needs")])
def test_a_backbone_that_does_not_fit_is_refused(backbone: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Network(3, (64, 64), backbone, pretrained=False)


def test_without_pretrained_weights_a_network_of_plain_convolutions_is_the_default(compose: Callable[..., Any]) -> None:
    chosen = [compose(train, f"model.pretrained={pretrained}").model.backbone for pretrained in ("true", "false")]
    assert chosen == ["mobilenetv3_small_050", "test_resnet"]
