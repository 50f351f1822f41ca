"""What of the model an exported file has, and how much two predictions agree."""

import torch
from torch import Tensor, nn
from torchvision.ops import box_iou

from .decode import candidates
from .decode_arrays import LEAST_SCORE, MOST_BOXES, OVERLAP
from .dfine import SIZES
from .module import VisionModule

SAME = 0.99  # overlap of boxes that are one and the same


class Exportable(nn.Module):
    """The network and the first half of `decode`, with names for the outputs. What overlaps is removed later, in `decode`."""

    def __init__(self, module: VisionModule) -> None:
        super().__init__()
        self.network = module.network
        self.image_size = module.image_size

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Takes `(B, 3, h, w)`, from 0 to 1, and gives what `candidates` says."""
        return candidates(self.network(images), self.image_size)


def describe_outputs(module: VisionModule) -> dict[str, str]:
    """What an exported file says of its outputs, by name, and of what is still to be done."""
    least = max(module.decode_options["score_threshold"], LEAST_SCORE)
    has_one_box = module.hparams["backbone"] in SIZES  # as D-FINE, which needs no suppression
    suppression = f"of boxes of a class that overlap (intersection over union) by more than {OVERLAP:g}, keep the best; "
    return {
        "objects" if has_one_box else "boxes": "(batch, N, 4), float32: left, top, right, bottom in pixels of the input",
        "scores": "(batch, N, classes), float32, from 0 to 1: of each box for each class",
        "to do": f"clip boxes to the image, without what was padded; leave out scores that are not above {least:g}; "
        f"{'' if has_one_box else suppression}keep the {MOST_BOXES} best; scale boxes to the size of the image file",
    }


def ordered_like(outputs: dict[str, Tensor], others: dict[str, Tensor]) -> dict[str, Tensor]:
    """The outputs of an exported network such that each box stands where the nearest of another network does.

    Boxes of D-FINE come in the order of a score that nobody sees, in which rounding exchanges those that are about as good.
    """
    if "objects" not in outputs:
        return outputs
    found, wanted = (torch.cat([each["objects"], each["scores"]], dim=-1) for each in (outputs, others))
    nearest = torch.cdist(wanted, found).argmin(dim=-1)
    return {name: values.take_along_dim(nearest[..., None], dim=1) for name, values in outputs.items()}


def agreement(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The part of the boxes of an image that both predictions have, with the same label; 1 if both have none."""
    most = max(len(one["boxes"]), len(other["boxes"]))
    same = (box_iou(one["boxes"], other["boxes"]) >= SAME) & (one["labels"][:, None] == other["labels"])
    return min(same.any(0).sum().item(), same.any(1).sum().item()) / most if most else 1.0
