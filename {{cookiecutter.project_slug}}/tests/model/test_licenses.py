from collections.abc import Callable
from typing import Any

import huggingface_hub
import pytest

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.licenses import check_license, license_of

RESTRICTED = "convnextv2_atto"  # cc-by-nc-4.0
UNSAID = "vit_base_patch16_224.bamboo"  # timm does not say


def test_timm_says_the_license_of_its_weights() -> None:
    assert license_of("resnet18") == "apache-2.0"
    assert license_of(RESTRICTED) == "cc-by-nc-4.0"
    assert license_of("resnet18.tv_in1k") == "bsd-3-clause"


def test_where_timm_says_nothing_the_card_on_the_hub_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert license_of(UNSAID) == "unknown"  # the hub cannot be asked
    card = huggingface_hub.ModelCard("---\nlicense: mit\n---\n")
    monkeypatch.setattr("huggingface_hub.ModelCard.load", lambda repository: card)
    assert license_of(UNSAID) == "mit"


@pytest.mark.parametrize("backbone", [RESTRICTED, UNSAID])
def test_a_license_that_is_not_known_to_be_permissive_is_refused_unless_allowed(backbone: str) -> None:
    with pytest.raises(UserError, match=rf"{backbone}: the license .* model\.allow_restricted_weights=true"):
        check_license(backbone, allow_restricted=False)
    assert check_license(backbone, allow_restricted=True) in ("cc-by-nc-4.0", "unknown")


def test_training_refuses_such_weights_before_it_fetches_them(compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"cc-by-nc-4\.0"):
        train(compose(train, "model.pretrained=true", f"model.backbone={RESTRICTED}"))
    allowed = compose(train, "model.pretrained=true", f"model.backbone={RESTRICTED}", "model.allow_restricted_weights=true")
    with pytest.raises(UserError, match="cannot be had"):
        train(allowed)
