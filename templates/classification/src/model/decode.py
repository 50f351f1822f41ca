"""From the outputs of the network to predictions."""

from collections.abc import Sequence

from torch import Tensor

from .labeling import labeling


def decode(
    outputs: Tensor, sizes: Sequence[tuple[int, int]], image_size: tuple[int, int], multi_label: bool = False
) -> list[dict[str, Tensor]]:
    """The probabilities of the classes of each image, whatever its size.

    Args:
        outputs: Logits, `(B, classes)`.
        sizes: Height and width of each image file.
        image_size: Height and width of the input, in pixels.
        multi_label: Whether an image may have any number of labels: those of more than even odds.

    Returns:
        For each image `{"probabilities": (classes,) float32, "labels": (classes,) bool}`, the latter being what is predicted.
    """
    probabilities, labels = labeling(multi_label).decode(outputs)
    return [{"probabilities": its, "labels": chosen} for its, chosen in zip(probabilities, labels, strict=True)]
