import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch
from torch import Tensor
from torch.nn import functional as F

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.exporting import trace, write_onnx
from {{ cookiecutter.package_name }}.model.finetuning import layer_groups
from {{ cookiecutter.package_name }}.model.licenses import check_license
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.network import Network
from {{ cookiecutter.package_name }}.model.patches import BLOCKS
from {{ cookiecutter.package_name }}.model.predictor import load_trained
from {{ cookiecutter.package_name }}.model.weights import load_local

TINY = "test_vit"  # its patches have 16 pixels, its weights see 160


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a vision transformer, as timm keeps them."""
    torch.manual_seed(5)
    file = tmp_path_factory.mktemp("weights") / "model.safetensors"
    safetensors.torch.save_file(timm.create_model(TINY).state_dict(), file)
    return file


def tiny(size: tuple[int, int], classes: int = 3) -> Network:
    return Network(classes, size, "linear", TINY, pretrained=False).eval()


def test_local_weights_fit_an_input_of_another_size_and_see_patches_as_timm_does(
    weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network: Any = tiny((64, 96))
    with caplog.at_level(logging.INFO):
        load_local(network, str(weights))
    tensors = len(network.backbone.state_dict())
    assert f"Weights: {tensors} of {tensors} tensors fit" in caplog.messages
    own: Any = timm.create_model(TINY).eval()
    own.load_state_dict(safetensors.torch.load_file(weights))
    seen: list[Tensor] = []
    network.net.head.register_forward_pre_hook(lambda head, inputs: seen.append(inputs[0]))
    images = torch.rand(2, 3, 160, 160)
    network(images)
    expected = own.get_intermediate_layers(network.normalize(images), BLOCKS, norm=True, reshape=True)
    torch.testing.assert_close(seen[0], torch.cat(expected, dim=1))


@pytest.mark.parametrize("size", [(32, 32), (75, 75), (100, 64)])
def test_inputs_of_any_size_give_the_scores_of_the_same_pixels_in_whole_patches(size: tuple[int, int]) -> None:
    network = tiny(size)
    images = torch.rand(2, 3, *size)
    scores = network(images)
    assert scores.shape == (2, 3, *size)
    height, width = size
    padded = F.pad(images - network.normalize.mean, [0, -width % 16, 0, -height % 16]) + network.normalize.mean
    torch.testing.assert_close(network(padded)[..., :height, :width], scores)


def test_the_weights_that_are_fetched_are_permissive_and_of_a_network_that_learns_late(compose: Callable[..., Any]) -> None:
    model = compose(train, "model=dinov2", "model.pretrained=true").model
    assert check_license(model.backbone, allow_restricted=False) == "apache-2.0"
    options = model.model_dump(exclude={"allow_restricted_weights"}) | {"backbone": TINY, "pretrained": False}
    module: Any = VisionModule(**options, classes=["a", "b"], image_size=[64, 64])
    rate_of = {parameter: group["lr"] for group in layer_groups(module, 1.0, 0.1) for parameter in group["params"]}
    of_blocks = [max(rate_of[parameter] for parameter in block.parameters()) for block in module.network.backbone.blocks]
    assert of_blocks == sorted(of_blocks)
    assert of_blocks[0] < of_blocks[-1] < rate_of[module.network.net.head[1].weight] == 1
    assert rate_of[module.network.backbone.pos_embed] == min(rate_of.values())


def test_few_steps_on_frozen_patches_change_the_head_only_go_on_and_are_exported(
    weights: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    short = ["trainer.limit_train_batches=2", "trainer.limit_val_batches=1", "trainer.limit_test_batches=1", "report=false"]
    frozen = ["model=dinov2", f"model.backbone={TINY}", "model.pretrained=false", f"model.weights='{weights}'", "recipe=frozen"]
    train(compose(train, *frozen, *short, "trainer.max_epochs=1", "logger=csv", folder=tmp_path))
    train(compose(train, f"ckpt_path={tmp_path}", "trainer.max_epochs=2", folder=tmp_path))
    last = tmp_path / "checkpoints" / "last.ckpt"
    checkpoint = load_checkpoint(last)
    assert checkpoint["global_step"] == 4
    before, start = safetensors.torch.load_file(weights), "network.net.backbone."
    after = {name.removeprefix(start): each for name, each in checkpoint["state_dict"].items() if name.startswith(start)}
    assert after.keys() == before.keys() - {"head.weight", "head.bias"}
    assert all(torch.equal(tensor, before[name]) for name, tensor in after.items())
    module, _ = load_trained(last)
    _, exported = write_onnx(trace(module), tmp_path, {})
    images = torch.rand(3, 3, *module.image_size)
    torch.testing.assert_close(exported(images), module.network(images), atol=1e-4, rtol=1e-4)
