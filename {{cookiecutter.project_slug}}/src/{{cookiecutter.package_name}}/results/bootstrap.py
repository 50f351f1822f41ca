"""How far a number would move with other images of the same kind (https://doi.org/10.1201/9780429246593)."""

from collections.abc import Callable

import numpy as np

RESAMPLES = 300
NO_INTERVAL = "There is no 95 % interval: bootstrap resamples of the tested images all give this number."

Interval = tuple[float, float]


def interval(estimate: Callable[[np.ndarray], float], images: int, seed: int = 0) -> Interval | None:
    """The 95 % interval of a number: percentiles of its values on images drawn with replacement from those tested.

    Args:
        estimate: Gives the number, of how often each image was drawn, `(images,)` float64; nan if nothing in these counts.
        images: How many were tested.
        seed: Of the draws.

    Returns:
        The percentiles 2.5 and 97.5; None where they are equal, as of a single image, or where all are right: that is no certainty.
    """
    draws = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    values = np.array([estimate(draw.astype(float)) for draw in draws])
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (0, 0)
    return None if np.isclose(low, high) else (float(low), float(high))
