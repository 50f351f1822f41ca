"""The license of pretrained weights, which also binds whoever gets a model that started from them."""

import huggingface_hub
import timm

from ..config.errors import UserError
{%- if cookiecutter.task == "detection" %}
from .dfine import LICENSE, SIZES
{%- endif %}

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
    found = license_of(backbone)
    if found not in PERMISSIVE and not allow_restricted:
        raise UserError(
            f"model.backbone={backbone}: the license of its pretrained weights is {found}, which is not known to be permissive: "
            "choose another backbone or model.pretrained=false, or read that license, and accept it for all who get the trained "
            "model with model.allow_restricted_weights=true"
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
