from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import _prepare, train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.licenses import NOTHING_PRETRAINED, check_license, check_license_in, license_of

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


@pytest.mark.parametrize(
    ("kept", "license_of_weights"),
    [
        ({"weights_license": NOTHING_PRETRAINED}, NOTHING_PRETRAINED),
        ({"weights_license": "apache-2.0"}, "apache-2.0"),
        ({"weights_license": "unknown"}, "unknown"),
        ({}, "unknown"),
        (None, "unknown"),
    ],
)
def test_weights_of_a_run_keep_the_license_that_is_in_its_checkpoint(
    kept: dict[str, str] | None, license_of_weights: str, compose: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "checkpoints").mkdir()
    content = {"state_dict": {"a": torch.ones(1)}} | ({} if kept is None else {"hyper_parameters": kept})
    torch.save(content, tmp_path / "checkpoints" / "best.ckpt")
    assert _prepare(compose(train, f"model.weights={tmp_path}").model, None) == license_of_weights


def test_weights_of_a_run_that_started_from_restricted_ones_are_refused_unless_allowed(tmp_path: Path) -> None:
    file = str(tmp_path / "a.ckpt")
    torch.save({"state_dict": {}, "hyper_parameters": {"weights_license": "cc-by-nc-4.0"}}, file)
    with pytest.raises(UserError, match=r"model\.weights=.* is cc-by-nc-4\.0, .* model\.allow_restricted_weights=true"):
        check_license_in(file, allow_restricted=False)
    assert check_license_in(file, allow_restricted=True) == "cc-by-nc-4.0"
