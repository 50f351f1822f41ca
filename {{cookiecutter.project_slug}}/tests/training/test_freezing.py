from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.finetuning import DECAY, PARTS, backbone_parameters, layer_groups
from {{ cookiecutter.package_name }}.model.module import VisionModule

STEPS = ["trainer.max_epochs=1", "trainer.limit_train_batches=4", "trainer.limit_val_batches=1", "trainer.limit_test_batches=1"]
SHORT = [*STEPS, "model.backbone=resnet10t", "callbacks.average_weights=null", "report=false", "logger=csv"]


def changed_by_step(compose: Callable[..., Any], patch: pytest.MonkeyPatch, *overrides: str) -> list[dict[str, bool]]:
    """For each step of a training whether the backbone changed, its running means, and the rest."""
    seen: list[dict[str, torch.Tensor]] = []

    def remember(module: VisionModule, *_: Any) -> None:
        network: Any = module.network
        known = {id(parameter) for parameter in backbone_parameters(network)}
        weights = {True: [], False: []}
        for parameter in module.parameters():
            weights[id(parameter) in known].append(parameter.detach().flatten())
        means = [buffer for name, buffer in network.backbone.named_buffers() if name.endswith("running_mean")]
        parts = {"backbone": weights[True], "means": means, "rest": weights[False]}
        seen.append({name: torch.cat(each).clone() for name, each in parts.items()})

    patch.setattr(VisionModule, "on_train_start", remember)
    patch.setattr(VisionModule, "on_train_batch_end", remember)
    train(compose(train, *SHORT, *overrides))
    return [{name: not torch.equal(before[name], after[name]) for name in before} for before, after in pairwise(seen)]


def test_the_backbone_waits_for_the_head_then_learns_too(compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.recipe.FROZEN", 0.5)
    first, second, third, fourth = changed_by_step(compose, monkeypatch, "recipe=finetune")
    assert first == second == {"backbone": False, "means": False, "rest": True}
    assert third == fourth == {"backbone": True, "means": True, "rest": True}


def test_a_frozen_backbone_stays_as_it_is(compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert changed_by_step(compose, monkeypatch, "recipe=frozen") == [{"backbone": False, "means": False, "rest": True}] * 4


def test_every_parameter_is_in_one_group_and_rates_fall_towards_the_image(compose: Callable[..., Any]) -> None:
    model = compose(train, "model.backbone=resnet10t").model.model_dump(exclude={"allow_restricted_weights"})
    module = VisionModule(**model | {"recipe": "finetune", "classes": ["a", "b"], "image_size": [64, 64]})
    groups = layer_groups(module, 1.0, 0.1)
    known = [parameter for group in groups for parameter in group["params"]]
    assert len(known) == len(set(known)) == len(list(module.parameters()))
    rates = {group["lr"] for group in groups}
    assert rates == {DECAY**number for number in range(PARTS + 1)}
    rate_of = {parameter: group["lr"] for group in groups for parameter in group["params"]}
    backbone = backbone_parameters(module.network)
    assert [rate_of[each] for each in backbone] == sorted(rate_of[each] for each in backbone)
    assert max(rate_of[each] for each in backbone) < 1
    assert all(parameter.ndim > 1 for group in groups if group["weight_decay"] for parameter in group["params"])


def test_the_recipe_is_in_the_checkpoint_and_stays(run: Path, compose: Callable[..., Any]) -> None:
    last = run / "checkpoints" / "last.ckpt"
    assert load_checkpoint(last)["hyper_parameters"]["recipe"] == "scratch"
    with pytest.raises(UserError, match=r"trained with recipe=scratch: .*model\.weights"):
        train(compose(train, f"ckpt_path={last}", "recipe=finetune"))
