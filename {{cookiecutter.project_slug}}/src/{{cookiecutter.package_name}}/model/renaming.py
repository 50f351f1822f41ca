"""Weights of networks of transformers by the names that they have in timm."""

import re
from itertools import product

import torch
from torch import Tensor

# With `{i}` for a number, and `{I}` for the next one.
NAMES = [
    # ResNet
    ("embedder.embedder.convolution", "conv1"),
    ("embedder.embedder.normalization", "bn1"),
    ("encoder.stages.{i}.layers.{j}.layer.{k}.convolution", "layer{I}.{j}.conv{K}"),
    ("encoder.stages.{i}.layers.{j}.layer.{k}.normalization", "layer{I}.{j}.bn{K}"),
    ("encoder.stages.{i}.layers.{j}.shortcut.convolution", "layer{I}.{j}.downsample.0"),
    ("encoder.stages.{i}.layers.{j}.shortcut.normalization", "layer{I}.{j}.downsample.1"),
    # ConvNeXt and ConvNeXt V2
    ("embeddings.patch_embeddings", "stem.0"),
    ("embeddings.layernorm", "stem.1"),
    ("encoder.stages.{i}.downsampling_layer.{j}", "stages.{i}.downsample.{j}"),
    ("encoder.stages.{i}.layers.{j}.dwconv", "stages.{i}.blocks.{j}.conv_dw"),
    ("encoder.stages.{i}.layers.{j}.layernorm", "stages.{i}.blocks.{j}.norm"),
    ("encoder.stages.{i}.layers.{j}.pwconv{k}", "stages.{i}.blocks.{j}.mlp.fc{k}"),
    ("encoder.stages.{i}.layers.{j}.grn", "stages.{i}.blocks.{j}.mlp.grn"),
    ("encoder.stages.{i}.layers.{j}.layer_scale_parameter", "stages.{i}.blocks.{j}.gamma"),
    ("layernorm", "head.norm"),
    # ViT and DINOv2
    ("embeddings.cls_token", "cls_token"),
    ("embeddings.position_embeddings", "pos_embed"),
    ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
    ("encoder.layer.{i}.attention.attention.query", "blocks.{i}.attn.query"),
    ("encoder.layer.{i}.attention.attention.key", "blocks.{i}.attn.key"),
    ("encoder.layer.{i}.attention.attention.value", "blocks.{i}.attn.value"),
    ("encoder.layer.{i}.attention.output.dense", "blocks.{i}.attn.proj"),
    ("encoder.layer.{i}.intermediate.dense", "blocks.{i}.mlp.fc1"),
    ("encoder.layer.{i}.output.dense", "blocks.{i}.mlp.fc2"),
    ("encoder.layer.{i}.layernorm_before", "blocks.{i}.norm1"),
    ("encoder.layer.{i}.layernorm_after", "blocks.{i}.norm2"),
    ("encoder.layer.{i}.norm{j}", "blocks.{i}.norm{j}"),
    ("encoder.layer.{i}.mlp.fc{j}", "blocks.{i}.mlp.fc{j}"),
    ("encoder.layer.{i}.layer_scale{j}.lambda1", "blocks.{i}.ls{j}.gamma"),
    ("layernorm", "norm"),
]
PATTERNS = [
    (re.compile(r"(\w+\.)?" + re.sub(r"{(\w)}", r"(?P<\1>\\d+)", name.replace(".", r"\.")) + r"(?P<end>(\.[a-z_]+)?)"), other)
    for name, other in NAMES
]


def in_timm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those tensors of a ResNet, ConvNeXt, ViT or DINOv2 of transformers that timm has, too, by its names."""
    found: dict[str, Tensor] = {}
    for (name, tensor), (pattern, other) in product(tensors.items(), PATTERNS):
        if match := pattern.fullmatch(name):
            numbers = {letter: int(number) for letter, number in match.groupdict().items() if letter != "end"}
            nexts = {letter.upper(): number + 1 for letter, number in numbers.items()}
            found[other.format(**numbers, **nexts) + match["end"]] = tensor
    for name in [name for name in found if ".attn.query" in name]:
        parts = [found.pop(name.replace("query", part)) for part in ("query", "key", "value")]
        found[name.replace("query", "qkv")] = torch.cat(parts)
    return found
