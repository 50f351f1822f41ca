import pytest
import torch
from torch import nn

from {{ cookiecutter.package_name }}.model import latency
from {{ cookiecutter.package_name }}.model.latency import BATCHES, compiled, latencies


def test_each_network_is_timed_for_each_size_of_a_batch() -> None:
    seen: list[tuple[int, ...]] = []
    times = latencies({"one": nn.Identity(), "two": lambda images: seen.append(tuple(images.shape))}, (32, 48))
    assert times.keys() == {"one", "two"}
    assert set(seen) == {(batch, 3, 32, 48) for batch in BATCHES}
    for of_network in times.values():
        assert [*of_network] == [str(batch) for batch in BATCHES]
        assert all(0 < each["median"] <= each["p95"] for each in of_network.values())


def test_the_first_call_of_a_turn_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now, calls = 0, 0

    def run(images: torch.Tensor) -> None:
        nonlocal now, calls
        now += 1 if calls % 2 else 100
        calls += 1

    monkeypatch.setattr(latency.time, "perf_counter", lambda: now)
    assert latencies({"one": run}, (32, 32))["one"] == {"1": {"median": 1000, "p95": 1000}, "8": {"median": 125, "p95": 125}}


def test_a_network_that_cannot_be_compiled_is_said_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("No working C++ compiler found\n\nSet TORCHDYNAMO_VERBOSE=1 for more")

    monkeypatch.setattr(torch, "compile", lambda network: Failing())
    assert compiled(nn.Identity(), (32, 32)) == (None, "failed (No working C++ compiler found)")
