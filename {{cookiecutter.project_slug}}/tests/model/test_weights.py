import logging
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.model import ModelSettings
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.renaming import in_timm
from {{ cookiecutter.package_name }}.model.weights import load_local, matches

CLASSES = ["a", "b", "c"]


@pytest.fixture
def network(compose: Callable[..., Any]) -> Any:
    """A network with random weights, of another seed than all others here."""
    torch.manual_seed(17)
    return module(compose).network


def module(compose: Callable[..., Any], **options: Any) -> VisionModule:
    settings: ModelSettings = compose(train, "model.backbone=resnet10t").model
    chosen = settings.model_dump(exclude={"allow_restricted_weights"})
    return VisionModule(**(chosen | {"classes": CLASSES, "image_size": [64, 64]} | options))


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_timm_get_into_the_backbone_and_what_is_left_is_named(
    suffix: str, network: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights, file = timm.create_model("resnet10t").state_dict(), tmp_path / f"weights{suffix}"
    safetensors.torch.save_file(weights, file) if suffix == ".safetensors" else torch.save({"state_dict": weights}, file)
    with caplog.at_level(logging.INFO):
        load_local(network, str(file))
    own = network.backbone.state_dict()
    same = [torch.equal(own[name], weights[name]) for name in own if name in weights and own[name].shape == weights[name].shape]
    assert len(same) > 60
    assert all(same)
    left = [name for name, _ in network.backbone.named_parameters() if weights[name].shape != own[name].shape]
    assert ("; not: " in caplog.text) == bool(left)
    assert all(name in caplog.text for name in left)


def test_a_whole_network_is_taken_from_an_earlier_checkpoint_whatever_its_classes(
    compose: Callable[..., Any], network: Any, tmp_path: Path
) -> None:
    before = module(compose, classes=["x", "y"]).network
    state = {f"network.{name}": tensor for name, tensor in before.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "best.ckpt")
    load_local(network, str(tmp_path / "best.ckpt"))
    own, old = network.state_dict(), before.state_dict()
    assert all(torch.equal(own[name], old[name]) for name in own if own[name].shape == old[name].shape and "num_" not in name)


def test_beginnings_of_names_may_differ() -> None:
    found = {"model.stages.0.weight": torch.ones(2), "model.stages.1.weight": torch.zeros(2), "head.weight": torch.ones(2)}
    wanted = {"body.stages_0.weight": torch.zeros(2), "body.stages_1.weight": torch.ones(2), "pyramid.weight": torch.zeros(2)}
    fits = matches(found, wanted)
    assert {name: tensor[0].item() for name, tensor in fits.items()} == {"body.stages_0.weight": 1, "body.stages_1.weight": 0}


def in_transformers(name: str) -> str:
    """The name that a tensor of timm's ResNet has in transformers."""
    name = re.sub(r"^(conv|bn)1", r"embedder.embedder.\1", name)
    name = re.sub(r"^layer(\d)\.(\d)", lambda found: f"encoder.stages.{int(found[1]) - 1}.layers.{found[2]}", name)
    name = re.sub(r"\.(conv|bn)(\d)", lambda found: f".layer.{int(found[2]) - 1}.{found[1]}", name)
    name = name.replace("downsample.0", "shortcut.conv").replace("downsample.1", "shortcut.bn")
    return "resnet." + name.replace("conv.", "convolution.").replace("bn.", "normalization.")


def test_a_resnet_of_transformers_is_that_of_timm(compose: Callable[..., Any], tmp_path: Path) -> None:
    weights = timm.create_model("resnet18", num_classes=0).state_dict()
    safetensors.torch.save_file({in_transformers(name): each for name, each in weights.items()}, tmp_path / "model.safetensors")
    network: Any = module(compose, backbone="resnet18").network
    load_local(network, str(tmp_path))
    own = network.backbone.state_dict()
    assert all(torch.equal(own[name], weights[name]) for name in own.keys() & weights.keys() if weights[name].is_floating_point())


@pytest.mark.parametrize(
    ("backbone", "name", "expected"),
    [
        ("convnextv2_atto", "embeddings.patch_embeddings.weight", "stem.0.weight"),
        ("convnextv2_atto", "convnextv2.embeddings.layernorm.bias", "stem.1.bias"),
        ("convnextv2_atto", "convnextv2.encoder.stages.1.downsampling_layer.0.weight", "stages.1.downsample.0.weight"),
        ("convnextv2_atto", "convnextv2.encoder.stages.2.layers.3.dwconv.weight", "stages.2.blocks.3.conv_dw.weight"),
        ("convnextv2_atto", "convnextv2.encoder.stages.2.layers.3.layernorm.weight", "stages.2.blocks.3.norm.weight"),
        ("convnextv2_atto", "convnextv2.encoder.stages.2.layers.3.pwconv2.weight", "stages.2.blocks.3.mlp.fc2.weight"),
        ("convnextv2_atto", "convnextv2.encoder.stages.2.layers.3.grn.bias", "stages.2.blocks.3.mlp.grn.bias"),
        ("convnext_tiny", "convnext.encoder.stages.2.layers.3.layer_scale_parameter", "stages.2.blocks.3.gamma"),
        ("convnext_tiny", "convnext.layernorm.weight", "head.norm.weight"),
        ("vit_tiny_patch16_224", "vit.embeddings.cls_token", "cls_token"),
        ("vit_tiny_patch16_224", "vit.embeddings.position_embeddings", "pos_embed"),
        ("vit_tiny_patch16_224", "vit.embeddings.patch_embeddings.projection.bias", "patch_embed.proj.bias"),
        ("vit_tiny_patch16_224", "vit.encoder.layer.11.attention.output.dense.weight", "blocks.11.attn.proj.weight"),
        ("vit_tiny_patch16_224", "vit.encoder.layer.11.intermediate.dense.weight", "blocks.11.mlp.fc1.weight"),
        ("vit_tiny_patch16_224", "vit.encoder.layer.11.output.dense.weight", "blocks.11.mlp.fc2.weight"),
        ("vit_tiny_patch16_224", "vit.encoder.layer.11.layernorm_before.weight", "blocks.11.norm1.weight"),
        ("vit_tiny_patch16_224", "vit.encoder.layer.11.layernorm_after.weight", "blocks.11.norm2.weight"),
        ("vit_tiny_patch16_224", "vit.layernorm.bias", "norm.bias"),
        ("vit_small_patch14_dinov2", "encoder.layer.0.norm2.bias", "blocks.0.norm2.bias"),
        ("vit_small_patch14_dinov2", "encoder.layer.0.mlp.fc1.weight", "blocks.0.mlp.fc1.weight"),
        ("vit_small_patch14_dinov2", "encoder.layer.0.layer_scale1.lambda1", "blocks.0.ls1.gamma"),
    ],
)
def test_names_of_transformers_are_known(backbone: str, name: str, expected: str) -> None:
    with torch.device("meta"):
        assert expected in timm.create_model(backbone).state_dict()
    assert expected in in_timm({name: torch.ones(1)})


def test_what_transformers_keeps_apart_in_attention_is_one_tensor_of_timm() -> None:
    parts = {part: torch.full((2, 2), float(number)) for number, part in enumerate(["query", "key", "value"])}
    found = in_timm({f"vit.encoder.layer.3.attention.attention.{part}.weight": each for part, each in parts.items()})
    assert found.keys() == {"blocks.3.attn.qkv.weight"}
    assert found["blocks.3.attn.qkv.weight"][:, 0].tolist() == [0, 0, 1, 1, 2, 2]


def test_a_layer_can_be_kept_as_a_convolution_of_single_pixels() -> None:
    fits = matches({"model.fc.weight": torch.ones(3, 2)}, {"net.fc.weight": torch.zeros(3, 2, 1, 1)})
    assert fits.keys() == {"net.fc.weight"}


def test_weights_of_which_few_fit_are_refused(network: Any, tmp_path: Path) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    few = dict(list(timm.create_model("resnet10t").state_dict().items())[:20])
    safetensors.torch.save_file(few, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"other\.safetensors fits [1-9]\d* of \d+ tensors.*set model\.backbone"):
        load_local(network, str(tmp_path / "other.safetensors"))
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    torch.save({"state_dict": few, "hyper_parameters": {"lr": 0.1}}, tmp_path / "of-another-project.ckpt")
    with pytest.raises(UserError, match=r"set model\.backbone to the model that the weights are of; of transformers, .* are read$"):
        load_local(network, str(tmp_path / "of-another-project.ckpt"))


def test_where_an_earlier_training_had_another_network_its_settings_are_said(run: Path, network: Any) -> None:
    trained = load_checkpoint(run / "checkpoints" / "best.ckpt")["hyper_parameters"]["backbone"]
    with pytest.raises(UserError, match=rf"fits \d+ of \d+ tensors.*set .*model\.backbone={trained}.*as in that training"):
        load_local(network, str(run))


class Code:
    def __reduce__(self) -> Any:
        return print, ("code was run",)


def test_code_in_a_file_is_not_run(network: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(Code()))
    torch.save({"state_dict": {"weight": Code()}}, tmp_path / "worse.pth")
    for name in ("bad.pth", "worse.pth"):
        with pytest.raises(UserError, match=f"{name} cannot be read.*no code"):
            load_local(network, str(tmp_path / name))
    assert "code was run" not in capsys.readouterr().out


@pytest.mark.parametrize(("content", "words"), [(None, "does not exist"), ({}, "has no weights"), ({"a": 1}, "has no weights")])
def test_what_has_no_weights_is_refused(content: Any, words: str, network: Any, tmp_path: Path) -> None:
    if content is not None:
        torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(UserError, match=words):
        load_local(network, str(tmp_path / "weights.pth"))


def test_a_training_starts_from_them_and_goes_on_without_the_file(
    run: Path, compose: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "start.ckpt"
    file.write_bytes((run / "checkpoints" / "best.ckpt").read_bytes())
    old = load_checkpoint(file)["state_dict"]
    few = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]
    same = ["model.learning_rate=0", "model.pretrained=false"]
    quick = [*few, "logger=csv", "report=false"]
    train(settings := compose(train, f"model.weights={file}", *same, *quick, "trainer.max_epochs=1"))
    file.unlink()
    last = settings.run_dir / "checkpoints" / "last.ckpt"
    kept = load_checkpoint(last)["hyper_parameters"]
    assert (kept["weights"], kept["recipe"]) == (str(file), "finetune")
    new = load_checkpoint(last)["state_dict"]
    parameters = [name for name in old if name.endswith("weight")]
    assert all(torch.equal(old[name], new[name]) for name in parameters)
    train(compose(train, f"ckpt_path={last}", *quick, "trainer.max_epochs=2", folder=settings.run_dir))
    with pytest.raises(UserError, match=r"leave out model\.weights"):
        train(compose(train, f"ckpt_path={last}", f"model.weights={file}"))
