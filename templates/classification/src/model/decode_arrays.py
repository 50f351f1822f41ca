"""`decode` in NumPy, for a service without torch. Whoever changes one changes the other: a test compares them."""

from collections.abc import Sequence

import numpy as np

THRESHOLD = 0.5  # of the probability of a label, where an image may have several


def decode(
    outputs: np.ndarray, sizes: Sequence[tuple[int, int]], image_size: tuple[int, int], multi_label: bool = False
) -> list[dict[str, np.ndarray]]:
    """The probabilities of the classes of each image, whatever its size: see `decode.decode`."""
    if multi_label:
        probabilities = np.exp(-np.logaddexp(0, -outputs))
        labels = probabilities > THRESHOLD
    else:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        probabilities = powers / powers.sum(axis=1, keepdims=True)
        labels = probabilities.argmax(axis=1)[:, None] == np.arange(outputs.shape[1])
    return [{"probabilities": its, "labels": chosen} for its, chosen in zip(probabilities, labels, strict=True)]
