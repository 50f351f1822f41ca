"""The network: FCOS (https://arxiv.org/abs/1904.01355) on a feature pyramid over any timm backbone."""

from collections import OrderedDict
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.detection.fcos import FCOSHead
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from ..config.errors import UserError
from .backbones import Normalize, check_backbone, create_options, misfit, run_on_shapes
from .decode_arrays import STRIDES, padded_size

OF_BACKBONE = STRIDES[:3]  # the pyramid adds the others


class Network(nn.Module):
    """From images to scores and distances for every place.

    A pyramid (https://arxiv.org/abs/1612.03144) on the maps of the backbone with strides 8, 16 and 32, and the head of torchvision.
    Class indices start at 0: FCOS has no background class.

    Args:
        num_classes: Number of classes.
        image_size: Height and width of the input, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        pyramid_channels: Of each map of the pyramid and of the head; a multiple of 32.

    Raises:
        UserError: If the backbone does not fit, or its weights cannot be had.
    """

    def __init__(
        self, num_classes: int, image_size: tuple[int, int], backbone: str, pretrained: bool, pyramid_channels: int = 128
    ) -> None:
        super().__init__()
        check_backbone(backbone)
        self.normalize = Normalize(backbone)
        padded = padded_size(image_size)
        self.border = [0, padded[1] - image_size[1], 0, padded[0] - image_size[0]]
        options = create_options(backbone, padded, pretrained)
        try:
            body: Any = timm.create_model(backbone, pretrained=pretrained, features_only=True, **options)
            strides, widths = body.feature_info.reduction(), body.feature_info.channels()
        except (AttributeError, TypeError, ValueError, AssertionError, RuntimeError) as error:
            raise UserError(f"model.backbone={backbone} gives no feature maps ({error}): try another, such as resnet18") from None
        levels = [max((i for i, has in enumerate(strides) if has == stride), default=-1) for stride in OF_BACKBONE]
        if -1 in levels:
            raise UserError(
                f"model.backbone={backbone} has feature maps of stride {strides}, but detection needs {OF_BACKBONE}: try resnet18"
            )
        self.body: nn.Module = body
        self.levels = levels
        self.channels_last = getattr(body, "output_fmt", None) == "NHWC"  # as Swin gives its maps
        last_maps = LastLevelP6P7(pyramid_channels, pyramid_channels)
        self.pyramid = FeaturePyramidNetwork([widths[i] for i in levels], pyramid_channels, last_maps)
        self.head = FCOSHead(pyramid_channels, num_anchors=1, num_classes=num_classes)
        try:
            run_on_shapes(self, image_size)
        except (ValueError, RuntimeError, AssertionError) as error:

            def build(size: tuple[int, int]) -> Network:
                return Network(num_classes, size, backbone, pretrained, pyramid_channels)

            raise misfit(f"model.backbone={backbone}", backbone, image_size, error, build) from None
        self.to(memory_format=torch.channels_last)

    @property
    def backbone(self) -> nn.Module:
        """What pretrained weights are for."""
        return self.body

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Computes the outputs of the head, which are neither decoded nor filtered.

        Args:
            images: `(B, 3, h, w)`, from 0 to 1.

        Returns:
            For the A places of `decode.places`: `cls_logits` `(B, A, classes)`, `bbox_regression` `(B, A, 4)`, the distances to
            the left, top, right and bottom in strides, and `bbox_ctrness` `(B, A, 1)`.
        """
        normalized = F.pad(self.normalize(images), self.border)
        maps = self.body(normalized)
        chosen = [maps[level].permute(0, 3, 1, 2) if self.channels_last else maps[level] for level in self.levels]
        features = self.pyramid(OrderedDict((str(number), features) for number, features in enumerate(chosen)))
        return self.head(list(features.values()))
