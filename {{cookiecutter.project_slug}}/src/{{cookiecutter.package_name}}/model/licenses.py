"""The license of pretrained weights, which also binds whoever gets a model that started from them."""

import huggingface_hub
import timm
import torch

from ..config.errors import UserError
{%- if cookiecutter.task == "detection" %}
from .dfine import LICENSE, SIZES
{%- endif %}
from .weights import file_of

PERMISSIVE = ("apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc0-1.0", "isc", "mit")
UNKNOWN = "unknown"
OF_WEIGHTS = "license of the pretrained weights"  # what reports call it
NOTHING_PRETRAINED = "none: it started from random weights"


def check_license(backbone: str, allow_restricted: bool) -> str:
    """The license of the pretrained weights of a model, as an identifier in lower case, such as `apache-2.0`.

    Args:
        backbone: Name of a timm model.
        allow_restricted: Take it, whatever it is.

    Raises:
        UserError: If it is unknown, or restricts what may be done with the weights, and that is not allowed.
    """
    what = f"model.backbone={backbone}: the license of its pretrained weights"
    return _allowed(license_of(backbone), allow_restricted, what, "another backbone or model.pretrained=false")


def check_license_in(path: str, allow_restricted: bool) -> str:
    """The license of the weights in a file, `unknown` if no training of this project wrote it: whoever has the file knows.

    Args:
        path: As `load_local` takes it.
        allow_restricted: Take them, whatever it is.

    Raises:
        UserError: If it restricts what may be done with the weights, and that is not allowed.
    """
    try:
        checkpoint = torch.load(file_of(path), map_location="cpu", weights_only=True, mmap=True)
        found = str(checkpoint["hyper_parameters"]["weights_license"])
    except Exception:  # whatever torch's readers stumble over in a file of another kind
        return UNKNOWN
    if found in (UNKNOWN, NOTHING_PRETRAINED):
        return found
    return _allowed(found, allow_restricted, f"model.weights={path}: the license of what it was trained from", "other weights")


def _allowed(found: str, allow_restricted: bool, what: str, instead: str) -> str:
    if found not in PERMISSIVE and not allow_restricted:
        raise UserError(
            f"{what} is {found}, which is not known to be permissive: choose {instead}, or read that license, and accept it for "
            "all who get the trained model with model.allow_restricted_weights=true"
        )
    return found


def license_of(backbone: str) -> str:
    """What timm says, or else the card of the weights on the Hugging Face hub; `unknown` if neither does."""
{%- if cookiecutter.task == "detection" %}
    if backbone in SIZES:
        return LICENSE
{%- endif %}
    config = timm.get_pretrained_cfg(backbone)
    if config and config.license and config.license != UNKNOWN:
        return config.license
    try:
        card = huggingface_hub.ModelCard.load(str(config and config.hf_hub_id).partition("@")[0])
        return str(card.data.to_dict().get("license", UNKNOWN))
    except Exception:  # whatever the HTTP client of the day raises, or there is no card
        return UNKNOWN
