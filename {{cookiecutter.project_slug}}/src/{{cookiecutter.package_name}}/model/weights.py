"""Weights to start from in local files: of timm or torchvision, of some networks of transformers, or of an earlier checkpoint."""

import contextlib
import inspect
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from timm.models import load_state_dict  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor

from ..config.errors import UserError
from .renaming import in_timm

IN_FOLDERS = ("model.safetensors", "pytorch_model.bin", "checkpoints/best.ckpt")  # the best one first
DEPTH = 4  # parts of a name that may stand before what two names have in common
NAMED = 10  # tensors in a message

log = logging.getLogger(__name__)


def load_local(network: Any, path: str) -> None:
    """Puts what fits of the weights in a file into a network, and says how much that is. Code in the file is never run.

    Tensors fit if they have the same shape, but for sides of 1, and the same name but for what stands before all names:
    `layer1.0.conv1.weight` of timm is `body.layer1.0.conv1.weight` here. What does not fit, such as a head for other classes, keeps
    its random weights.

    Args:
        network: Has a `backbone`, and may know other names by which its tensors were kept (`translated`).
        path: A file, the folder of a run, or a folder that `save_pretrained` wrote of a ResNet, ConvNeXt, ViT or DINOv2.

    Raises:
        UserError: If there is no such file, it holds no weights, or they fit less than half of the tensors.
    """
    found = read_tensors(path)
    found |= in_timm(found)
    if hasattr(network, "translated"):
        found |= network.translated(found)
    own = {name: tensor for name, tensor in network.state_dict().items() if tensor.is_floating_point()}
    start = next(f"{name}." for name, module in network.named_modules() if module is network.backbone)
    of_backbone = {name: tensor for name, tensor in own.items() if name.startswith(start)}
    options = [(wanted, matches(found, wanted)) for wanted in (of_backbone, own)]
    wanted, fits = max(options, key=lambda option: len(option[1]))  # the backbone, unless more fits
    filled = {own[name].data_ptr() for name in fits}  # one tensor can have several names
    missing = [name for name, tensor in wanted.items() if tensor.data_ptr() not in filled]
    total = len({tensor.data_ptr() for tensor in wanted.values()})
    if 2 * len(filled) < total:
        raise UserError(
            f"model.weights={path} fits {len(filled)} of {total} tensors; it has names such as {', '.join(list(found)[:2])}, this "
            f"network {', '.join(missing[:2])}: set {_what_fits(path, network)}"
        )
    for name, tensor in fits.items():
        own[name].copy_(tensor.reshape(own[name].shape))
    left = f"; not: {', '.join(missing[:NAMED])}" + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
    log.info("Weights: %d of %d tensors fit%s", len(filled), total, left if missing else "")


def _what_fits(path: str, network: Any) -> str:
    """The settings of the network of which the weights are, if they are of an earlier training, or where to find them."""
    names = inspect.signature(type(network)).parameters.keys() - {"image_size", "pretrained"}
    trained: dict[str, Any] = {}
    with contextlib.suppress(Exception):  # files of others hold anything
        saved = torch.load(file_of(path), map_location="cpu", weights_only=True)["hyper_parameters"]
        trained = {name: saved[name] for name in sorted(names & saved.keys())}
    if not trained:
        return "model.backbone to the model that the weights are of; of transformers, ResNet, ConvNeXt, ViT and DINOv2 are read"
    return " ".join(f"model.{name}={value}" for name, value in trained.items()) + ", as in that training"


def read_tensors(path: str) -> dict[str, Tensor]:
    """The numbers in a file of weights, by name.

    Raises:
        UserError: If there is no such file, or it holds no weights, or code.
    """
    file = file_of(path)
    if not file.is_file():
        raise UserError(f"model.weights={path} does not exist, or is a folder with none of {', '.join(IN_FOLDERS)}")
    try:
        state: Any = load_state_dict(str(file), weights_only=True)
        tensors = {name: tensor for name, tensor in state.items() if isinstance(tensor, Tensor) and tensor.is_floating_point()}
    except Exception as error:  # whatever the readers stumble over in a file that somebody made
        raise UserError(f"model.weights={path} cannot be read ({type(error).__name__}): expected tensors, no code") from None
    if not tensors:
        raise UserError(f"model.weights={path} has no weights: expected tensors by name, as in a state_dict")
    return tensors


def file_of(path: str) -> Path:
    """The file that `model.weights` means; of a folder, the best one in it."""
    file = Path(path).expanduser()
    return next((file / name for name in IN_FOLDERS if (file / name).is_file()), file) if file.is_dir() else file


def matches(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """For names in `wanted` the tensors in `found`, for those two beginnings of names for which most fit."""
    by_end = defaultdict(list)
    for name, tensor in found.items():
        for beginning, end in divisions(name):
            by_end[end, tensor.squeeze().shape].append((beginning, tensor))
    options: dict[tuple[str, str], dict[str, Tensor]] = defaultdict(dict)
    for name, tensor in wanted.items():
        for beginning, end in divisions(name):
            for other, candidate in by_end.get((end, tensor.squeeze().shape), ()):
                options[beginning, other][name] = candidate
    return max(options.values(), key=len, default={})


def divisions(name: str) -> Iterator[tuple[str, str]]:
    """The ways to take up to `DEPTH` parts off a name. Maps of features have `stages_0` where whole models have `stages.0`."""
    parts = name.replace("_", ".").split(".")
    for depth in range(min(DEPTH + 1, len(parts))):
        yield ".".join(parts[:depth]), ".".join(parts[depth:])
