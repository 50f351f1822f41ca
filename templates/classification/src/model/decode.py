"""From the outputs of the network to predictions."""

from collections.abc import Sequence

from torch import Tensor


def decode(outputs: Tensor, sizes: Sequence[tuple[int, int]], image_size: int) -> list[dict[str, Tensor]]:
    """The probabilities of the classes of each image, whatever its size.

    Args:
        outputs: Logits, `(B, classes)`.
        sizes: Height and width of each image file.
        image_size: Side of the square that the network saw.

    Returns:
        For each image `{"probabilities": (classes,)}`, float32.
    """
    return [{"probabilities": probabilities} for probabilities in outputs.float().softmax(dim=1)]
