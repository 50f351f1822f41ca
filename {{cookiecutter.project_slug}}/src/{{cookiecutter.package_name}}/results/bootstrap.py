"""How far a number would move with other images of the same kind (https://doi.org/10.1201/9780429246593)."""

from collections.abc import Callable

import numpy as np

RESAMPLES = 300


def interval(estimate: Callable[[np.ndarray], float], images: int, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a number: percentiles of its values on images drawn with replacement from those tested.

    Args:
        estimate: Gives the number, of how often each image was drawn, `(images,)` float64; nan if nothing in these counts.
        images: How many were tested.
        seed: Of the draws.

    Returns:
        The percentiles 2.5 and 97.5.
    """
    draws = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    low, high = np.nanpercentile([estimate(draw.astype(float)) for draw in draws], [2.5, 97.5])
    return float(low), float(high)
