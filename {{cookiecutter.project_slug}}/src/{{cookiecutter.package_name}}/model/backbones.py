"""Backbones by their timm name, and their pretrained weights."""

import difflib
from collections.abc import Callable
from typing import TypeVar

import huggingface_hub
import timm

from ..config.errors import UserError

Model = TypeVar("Model")

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def check_backbone(name: str) -> None:
    """Raises:
    UserError: If timm has no model of this name; the message has the nearest names.
    """
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else 'timm.list_models("*resnet*") lists names'
        raise UserError(f"model.backbone={name}: timm has no model of this name; {hint}")


def normalization(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of the colors, 0 to 1, that the weights of a backbone were trained with."""
    config = timm.get_pretrained_cfg(name)
    return (config.mean, config.std) if config else (IMAGENET_MEAN, IMAGENET_STD)


def with_weights(create: Callable[[], Model], name: str, pretrained: bool) -> Model:
    """Calls `create`, which may fetch the pretrained weights of the backbone `name`.

    Raises:
        UserError: If the weights cannot be had.
    """
    if pretrained and not _hub_answers():
        huggingface_hub.constants.HF_HUB_OFFLINE = True  # only the cache is asked, instead of 45 s of retries
    try:
        return create()
    except (OSError, RuntimeError) as error:
        if not pretrained:
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"the pretrained weights of {name} cannot be had ({reason}): train from random weights with "
            "model.pretrained=false, or run once with a network, which fills the cache"
        ) from None


def _hub_answers() -> bool:
    try:
        huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=3)
    except Exception:  # whatever the HTTP client of the day raises
        return False
    return True
