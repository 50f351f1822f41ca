"""What of the model an exported file has, and how much two predictions agree."""

from torch import Tensor, nn

from .module import VisionModule


class Exportable(nn.Module):
    """The network, with names for its outputs."""

    def __init__(self, module: VisionModule) -> None:
        super().__init__()
        self.network = module.network

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Takes `(B, 3, h, w)`, from 0 to 1, and gives `logits` `(B, classes)`."""
        return {"logits": self.network(images)}


def describe_outputs(module: VisionModule) -> dict[str, str]:
    """What an exported file says of its outputs, by name, and of what is still to be done."""
    several = module.decode_options["multi_label"]
    meaning = "the sigmoid of each is the probability of this label" if several else "their softmax is the probabilities"
    return {"logits": f"(batch, classes), float32: {meaning}"}


def ordered_like(outputs: dict[str, Tensor], others: dict[str, Tensor]) -> dict[str, Tensor]:
    """The outputs of an exported network such that each value stands where that of another network does."""
    return outputs


def agreement(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """1 where both predictions of an image have the same labels, else 0."""
    return float((one["labels"] == other["labels"]).all())
