"""Classes of pixels from the patches of a vision transformer, such as DINOv2."""

from typing import Any

import timm
from timm.models import is_model_in_modules
from torch import Tensor, cat, nn
from torch.nn import functional as F

BLOCKS = 4  # the last ones, whose outputs are looked at


class LinearOnPatches(nn.Module):
    """A vision transformer with a linear layer on its patches.

    It is what DINOv2 was measured with (https://arxiv.org/abs/2304.07193), "+ms" at one scale: the outputs of the last blocks side
    by side, normalized by batch. Images of any size are taken: what is missing for whole patches is added on the right and below,
    and what was learned of positions is interpolated.

    Args:
        num_classes: Number of classes.
        backbone: Name of a plain vision transformer of timm.
        pretrained: Start it from timm's weights instead of random ones.
        options: Of `timm.create_model`, without the size of images.
    """

    def __init__(self, num_classes: int, backbone: str, pretrained: bool, options: dict[str, Any]) -> None:
        super().__init__()
        self.backbone: Any = timm.create_model(backbone, pretrained, dynamic_img_size=True, dynamic_img_pad=True, **options)
        self.backbone.prune_intermediate_layers(BLOCKS)  # of its own head, which would learn nothing
        width = BLOCKS * self.backbone.embed_dim
        self.head = nn.Sequential(nn.BatchNorm2d(width), nn.Conv2d(width, num_classes, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes of each pixel.

        Args:
            images: `(B, 3, h, w)`, normalized.

        Returns:
            Logits, `(B, classes, h, w)`, interpolated between the centers of patches.
        """
        height, width = images.shape[-2:]
        maps = self.backbone.forward_intermediates(images, BLOCKS, norm=True, intermediates_only=True)
        logits = self.head(cat(maps, dim=1))
        down, across = self.backbone.patch_embed.patch_size
        whole = (logits.shape[-2] * down, logits.shape[-1] * across)
        return F.interpolate(logits, whole, mode="bilinear")[..., :height, :width]


def has_patches(backbone: str) -> bool:
    """Whether a name is that of a plain vision transformer of timm."""
    return is_model_in_modules(backbone, ["vision_transformer"])
