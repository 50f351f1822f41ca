"""What is random about an image or a batch follows from a seed, so that a training that was interrupted draws the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Draws from a seed within, and goes on as before behind it; None draws as ever."""
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        yield
