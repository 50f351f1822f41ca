import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from {{ cookiecutter.package_name }}.model.muon import FASTER, Muon, matrices_of, orthogonal

OPTIONS: dict[str, Any] = {"lr": 0.01, "weight_decay": 0.1}


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    normalized = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Conv2d(8, 12, 1))
    return nn.Sequential(normalized, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 2))


def steps(network: nn.Module, optimizer: torch.optim.Optimizer, number: int = 3) -> list[Tensor]:
    """The parameters after some steps, whose gradients are those of equal networks."""
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    for _ in range(number):
        optimizer.zero_grad()
        network(images).square().sum().backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in network.parameters()]


@pytest.mark.parametrize("shape", [(8, 8), (8, 30), (30, 8)])
def test_an_orthogonal_matrix_has_the_directions_of_its_matrix_all_of_about_the_same_size(shape: tuple[int, int]) -> None:
    left, sizes, right = torch.linalg.svd(torch.randn(shape, generator=torch.Generator().manual_seed(0)), full_matrices=False)
    sizes[-1] = sizes[0] / 20
    found = left.T @ orthogonal(left * sizes @ right) @ right.T
    assert found.diagonal().min() > 0.6
    assert found.diagonal().max() < 1.3
    torch.testing.assert_close(found, found.diagonal().diag(), atol=1e-4, rtol=0)


def test_a_matrix_without_gradients_has_no_direction() -> None:
    assert not orthogonal(torch.zeros(4, 6)).any()


def test_matrices_change_as_by_the_optimizer_of_pytorch() -> None:
    torch.manual_seed(1)
    layers = [nn.Linear(12, 8, bias=False), nn.Linear(8, 16, bias=False)]
    ours = nn.Sequential(*copy.deepcopy(layers))
    theirs = nn.Sequential(*copy.deepcopy(layers))
    rate, coefficients = FASTER * OPTIONS["lr"], (3.4445, -4.7750, 2.0315)
    other = torch.optim.Muon(
        theirs.parameters(), lr=rate, weight_decay=0.1, momentum=0.95, ns_coefficients=coefficients, adjust_lr_fn="match_rms_adamw"
    )
    optimizer = Muon([{"params": [*ours.parameters()]}], matrices_of(ours), **OPTIONS)
    for data in torch.randn(5, 20, 12):
        for network, each in ((ours, optimizer), (theirs, other)):
            each.zero_grad()
            network(data).square().mean().backward()
            each.step()
    for mine, before, true in zip(ours.parameters(), layers, theirs.parameters(), strict=True):
        change = true - before.weight
        assert (mine - true).norm() < 0.05 * change.norm()  # bfloat16 has so few digits


def test_all_others_change_as_by_adamw(network: nn.Module) -> None:
    other = copy.deepcopy(network)
    matrices = matrices_of(network)
    # Neither the convolution of each channel by itself nor the head of two classes.
    assert [tuple(weight.shape) for weight in matrices] == [(8, 3, 3, 3), (12, 8, 1, 1)]
    assert not matrices_of(nn.Linear(300, 300))
    found = steps(network, Muon([{"params": [*network.parameters()]}], matrices, **OPTIONS), number=1)
    expected = steps(other, torch.optim.AdamW(other.parameters(), **OPTIONS), number=1)
    for parameter, mine, true in zip(network.parameters(), found, expected, strict=True):
        assert torch.equal(mine, true) == (parameter not in {*matrices})


@pytest.mark.parametrize("before", [Muon, torch.optim.AdamW])
def test_it_goes_on_from_its_own_state_and_from_that_of_adamw(before: Any, network: nn.Module) -> None:
    groups = [{"params": [*network.parameters()]}]
    first = Muon(groups, matrices_of(network), **OPTIONS) if before is Muon else torch.optim.AdamW(groups, **OPTIONS)
    steps(network, first)
    again = copy.deepcopy(network)
    loaded = Muon([{"params": [*again.parameters()]}], matrices_of(again), **OPTIONS)
    loaded.load_state_dict(copy.deepcopy(first.state_dict()))
    values = steps(again, loaded)
    assert all(value.isfinite().all() for value in values)
    if before is Muon:
        assert all(torch.equal(*both) for both in zip(values, steps(network, first), strict=True))
