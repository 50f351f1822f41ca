"""How long networks take for an image on the CPU."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

BATCHES = (1, 8)
ROUNDS = 5, 50  # at least and at most
SECONDS = 2.0  # after which no further round begins, for each size of a batch


def compare_times(runs: Mapping[str, Callable[[Tensor], Any]], image_size: tuple[int, int], compile: bool) -> dict[str, Any]:
    """What `parity.json` says of the times.

    Args:
        runs: Networks by name; `eager` is compiled, too, if that is asked for, which takes minutes.
        image_size: Height and width of the input, in pixels.
        compile: Whether it is.
    """
    compiling = "was not timed (compile=true)"
    if compile:
        quick, compiling = compiled(runs["eager"], image_size)
        runs = {**runs, "torch.compile": quick} if quick else runs
    return {
        "threads": torch.get_num_threads(),
        "image_size": image_size,
        "milliseconds": latencies(runs, image_size),
        "torch.compile": compiling,
    }


@torch.inference_mode()
def latencies(runs: Mapping[str, Callable[[Tensor], Any]], image_size: tuple[int, int]) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds that networks take for an image.

    They take turns, so that whatever else the machine does meets all of them. The first call of a turn is left out: it finds the
    caches full of another network, whose threads may still be waiting for work.

    Args:
        runs: Networks by name.
        image_size: Height and width of the input, in pixels.

    Returns:
        By name and size of the batch, `median` and `p95`, the 95th percentile.
    """
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in runs}
    for batch in BATCHES:
        images = torch.rand(batch, 3, *image_size)
        times: dict[str, list[float]] = {name: [] for name in runs}
        least, most = ROUNDS
        end = time.perf_counter() + SECONDS
        for done in range(most):
            if done >= least and time.perf_counter() > end:
                break
            for name, run in runs.items():
                run(images)
                start = time.perf_counter()
                run(images)
                times[name].append(1000 * (time.perf_counter() - start) / batch)
        for name, each in times.items():
            p95 = statistics.quantiles(each, n=20, method="inclusive")[-1]
            found[name][str(batch)] = {"median": statistics.median(each), "p95": p95}
    return found


@torch.inference_mode()
def compiled(network: Callable[[Tensor], Any], image_size: tuple[int, int]) -> tuple[Callable[[Tensor], Any] | None, str]:
    """The network after `torch.compile`, for each size of a batch.

    Args:
        network: Is not changed.
        image_size: Height and width of the input, in pixels.

    Returns:
        The network, or None where there is no compiler, or it fails; and how long it took, or why it failed.
    """
    start, faster = time.perf_counter(), torch.compile(network)
    try:
        for batch in BATCHES:
            faster(torch.rand(batch, 3, *image_size))
    except Exception as error:  # torch has many kinds for this
        return None, f"failed ({' '.join(str(error).partition('Set TORCHDYNAMO_VERBOSE')[0].split())})"
    return faster, f"took {time.perf_counter() - start:.0f} s to compile"
