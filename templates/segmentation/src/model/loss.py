"""The loss of the masks."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..data.masks import IGNORED


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy of the pixels, and the Dice loss (https://arxiv.org/abs/1606.04797) of the classes that are in the batch.

    Equal to the sum of PyTorch's cross-entropy and the `DiceLoss` of segmentation-models-pytorch, which takes as long as a small
    network where there are many classes.

    Args:
        logits: `(B, classes, H, W)`, float32.
        masks: `(B, H, W)`, class indices, or `IGNORED` where nothing is known; a crop may hold nothing else.
    """
    images, number = logits.shape[:2]
    known = masks != IGNORED
    classes = masks.where(known, 0)
    log_shares = F.log_softmax(logits, dim=1)
    of_truth = log_shares.gather(1, classes[:, None])[:, 0]

    counts = masks.where(known, number).flatten().bincount(minlength=number + 1)[:number]
    # Summed image by image: a single sum of so many small numbers would be less exact.
    of_image = number * torch.arange(images, device=masks.device)[:, None, None]
    sums = logits.new_zeros(images * number).index_add(0, (classes + of_image).flatten(), (of_truth.exp() * known).flatten())
    overlaps = sums.view(images, number).sum(dim=0)
    sizes = (log_shares.exp() * known[:, None]).sum(dim=(0, 2, 3))
    dice = (1 - 2 * overlaps / (sizes + counts).clamp(min=1e-7)) * (counts > 0)
    return -(of_truth * known).sum() / counts.sum().clamp(min=1) + dice.mean()
