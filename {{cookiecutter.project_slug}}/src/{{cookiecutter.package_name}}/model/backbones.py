"""Backbones by their timm name: their pretrained weights, and the colors that these were trained with."""

import difflib
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import huggingface_hub
import timm
import torch
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from timm.models import PretrainedCfg
from torch import Tensor, nn
from torch.func import functional_call

from ..config.errors import UserError
from ..data.input_size import STRIDE, as_set

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")  # in a repository of the hub, the better one first


class Normalize(nn.Module):
    """Shifts and scales colors from 0 to 1 to what the weights of a backbone were trained with.

    Args:
        backbone: Name of a timm model.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: str) -> None:
        super().__init__()
        config = timm.get_pretrained_cfg(backbone)
        mean, std = (config.mean, config.std) if config else (IMAGENET_MEAN, IMAGENET_STD)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Normalizes `(B, 3, H, W)`, from 0 to 1; bytes would give a network that learns, but little."""
        if not images.is_floating_point():
            raise TypeError(f"images of {images.dtype}: `change_batch` and `parts` make them numbers from 0 to 1")
        return (images.to(self.mean.dtype) - self.mean) / self.std  # coarser where the weights are


def check_backbone(name: str) -> None:
    """Makes sure that timm knows a model before anything is built or fetched.

    Args:
        name: Such as `resnet18`, or `resnet18.a1_in1k` for certain pretrained weights.

    Raises:
        UserError: If there is no such model, with the nearest names, or no such weights of it.
    """
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else 'timm.list_models("*resnet*") lists names'
        raise UserError(f"model.backbone={name}: timm has no model of this name; {hint}")
    model, _, tag = name.partition(".")
    known = timm.list_pretrained(f"{model}.*")
    if tag and name not in known:
        raise UserError(f"model.backbone={name}: timm has no such weights of {model}; expected {', '.join([model, *known])}")


def prepare_backbone(name: str, pretrained: bool) -> None:
    """Does what takes no data: makes sure that timm knows a model, and fetches its weights if they are not in the cache.

    Args:
        name: Name of a timm model.
        pretrained: Whether its weights are wanted.

    Raises:
        UserError: If there is no such model, or its weights cannot be had.
    """
    check_backbone(name)
    if pretrained:
        weights_file(name, timm.get_pretrained_cfg(name))


def stride_of(name: str) -> int:
    """What the sides of images should be a multiple of for a backbone: 32, but for patches that do not divide it."""
    found = re.search(r"patch(\d+)", name)
    patch = int(found[1]) if found else STRIDE
    return patch if STRIDE % patch else STRIDE


def create_options(name: str, image_size: tuple[int, int], pretrained: bool) -> dict[str, Any]:
    """Arguments of `timm.create_model` beside the name.

    Args:
        name: Name of a timm model.
        image_size: Height and width of the input, in pixels.
        pretrained: Load timm's weights, which are fetched if they are not in the cache.

    Raises:
        UserError: If timm has no weights of this model, or they cannot be had.
    """
    config = timm.get_pretrained_cfg(name)
    options: dict[str, Any] = {"img_size": image_size} if config and config.fixed_input_size else {}
    if pretrained:
        options["pretrained_cfg_overlay"] = {"file": str(weights_file(name, config)), "custom_load": False}
    return options


def run_on_shapes(network: nn.Module, image_size: tuple[int, int]) -> None:
    """Runs a network on two images of which only the shapes exist, so that a misfit shows at no cost of time or memory.

    Args:
        network: Is not changed.
        image_size: Height and width of the input, in pixels.
    """
    shapes = {name: tensor.to("meta") for name, tensor in chain(network.named_parameters(), network.named_buffers())}
    functional_call(network, shapes, torch.empty(2, 3, *image_size, device="meta"))


def misfit(
    what: str,
    backbone: str,
    image_size: tuple[int, int],
    error: Exception,
    build: Callable[[tuple[int, int]], nn.Module],
    otherwise: str = "model.backbone=resnet18",
) -> UserError:
    """What to do about a network that does not take an image size: some take squares only, some the size of their weights.

    Args:
        what: The settings that give the network.
        backbone: Name of a timm model.
        image_size: Height and width, in pixels.
        error: What came of them.
        build: Builds the network for another image size, and raises a `UserError` if it does not fit, either.
        otherwise: What to set where no size fits.
    """
    stride, config = stride_of(backbone), timm.get_pretrained_cfg(backbone)
    height, width = (-(-side // stride) * stride for side in image_size)
    own = [tuple(config.input_size[1:])] if config else []
    # Where another size does not fit, either, `build` comes here again: its own is the last one that is tried.
    sizes = [] if image_size in own else [(height, width), (max(height, width),) * 2, *own]
    advice = f" ({' '.join(str(error).split()) or type(error).__name__}): try {otherwise}"
    for size in dict.fromkeys(sizes):
        if size != image_size:
            with suppress(UserError):
                build(size)
                advice = ": set data.image_size=[{},{}]".format(*size)
                break
    return UserError(f"{what} does not fit data.image_size={as_set(image_size)}{advice}")


def weights_file(name: str, config: PretrainedCfg | None) -> Path:
    """The file of pretrained weights in the cache, where it is put if it is not there.

    Args:
        name: Of the model, for messages.
        config: Where its weights are.

    Raises:
        UserError: If there are none, or they cannot be had.
    """
    if config is None or not config.has_weights:
        raise UserError(
            f"model.backbone={name} has no pretrained weights: choose another, such as resnet18, or model.pretrained=false"
        )
    if file := _cached(config):
        return file
    try:
        return _fetch(config)
    except Exception as error:  # whatever the HTTP client of the day raises; nothing is done here but fetching
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UserError(
            f"the pretrained weights of {name} cannot be had ({reason}): train from random weights with "
            "model.pretrained=false, or run once with a network, which fills the cache"
        ) from None


def _cached(config: PretrainedCfg) -> Path | None:
    if not config.hf_hub_id:
        file = _download_target(config)
        return file if file.exists() else None
    repository, revision, files = _in_hub(config)
    for file in files:
        if isinstance(found := huggingface_hub.try_to_load_from_cache(repository, file, revision=revision), str):
            return Path(found)
    return None


def _fetch(config: PretrainedCfg) -> Path:
    if not config.hf_hub_id:
        target = _download_target(config)
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(str(config.url), str(target))
        return target
    if not _hub_answers():  # asking is quick, while the download itself would try again for 45 seconds
        raise ConnectionError(f"{huggingface_hub.constants.ENDPOINT} does not answer")
    repository, revision, files = _in_hub(config)
    for file in files[:-1]:
        try:
            return Path(huggingface_hub.hf_hub_download(repository, file, revision=revision))
        except LocalEntryNotFoundError:
            raise  # the hub could not be asked
        except EntryNotFoundError:
            pass  # older repositories have the other file
    return Path(huggingface_hub.hf_hub_download(repository, files[-1], revision=revision))


def _in_hub(config: PretrainedCfg) -> tuple[str, str | None, tuple[str, ...]]:
    """Repository, revision, and the files that may hold the weights."""
    repository, _, revision = str(config.hf_hub_id).partition("@")
    return repository, revision or None, (config.hf_hub_filename,) if config.hf_hub_filename else WEIGHT_FILES


def _download_target(config: PretrainedCfg) -> Path:
    """Where torch's hub keeps the file of a plain address."""
    return Path(torch.hub.get_dir()) / "checkpoints" / str(config.url).rpartition("/")[2]


def _hub_answers() -> bool:
    try:
        huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=3)
    except Exception:  # whatever the HTTP client of the day raises
        return False
    return True
