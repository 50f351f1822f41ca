"""What of the model an exported file has, and how much two predictions agree."""

from torch import Tensor, nn

from .module import VisionModule


class Exportable(nn.Module):
    """The network, with names for its outputs."""

    def __init__(self, module: VisionModule) -> None:
        super().__init__()
        self.network = module.network

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Takes `(B, 3, h, w)`, from 0 to 1, and gives `logits` `(B, classes, h, w)`."""
        return {"logits": self.network(images)}


def describe_outputs(module: VisionModule) -> dict[str, str]:
    """What an exported file says of its outputs, by name, and of what is still to be done."""
    return {
        "logits": "(batch, classes, height, width), float32: the largest is the class of a pixel of the input",
        "to do": "cut off what was padded, and scale the logits to the size of the image file, before the largest is taken",
    }


def ordered_like(outputs: dict[str, Tensor], others: dict[str, Tensor]) -> dict[str, Tensor]:
    """The outputs of an exported network such that each value stands where that of another network does."""
    return outputs


def agreement(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The part of the pixels of an image for which both predictions have the same class."""
    return (one["mask"] == other["mask"]).float().mean().item()
