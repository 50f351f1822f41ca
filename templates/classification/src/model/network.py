"""The network: any timm model with a new last layer."""

from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backbones import Normalize, check_backbone, create_options, misfit, run_on_shapes

SMALLEST = 64  # pixels; of smaller images, most networks would see no more than one value a channel in the end


class Network(nn.Module):
    """From images to logits.

    Args:
        num_classes: Number of classes.
        image_size: Height and width of the input, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        enlarge: How many times as large the backbone sees the images.
        pool: Whether the first layers pool, if they are those of a ResNet.

    Raises:
        UserError: If there is no such backbone, it does not fit the image size, or its weights cannot be had.
    """

    def __init__(
        self, num_classes: int, image_size: tuple[int, int], backbone: str, pretrained: bool, enlarge: int = 1, pool: bool = True
    ) -> None:
        super().__init__()
        check_backbone(backbone)
        self.normalize = Normalize(backbone)
        self.enlarge = enlarge
        height, width = image_size
        options = create_options(backbone, (enlarge * height, enlarge * width), pretrained)
        try:
            self.net: nn.Module = timm.create_model(backbone, pretrained=pretrained, num_classes=num_classes, **options)
            if not pool and _pools(self.net):
                self.net.maxpool = nn.Identity()
            run_on_shapes(self, image_size)
        except (ValueError, TypeError, AssertionError, RuntimeError) as error:

            def build(size: tuple[int, int]) -> Network:
                return Network(num_classes, size, backbone, pretrained, enlargement(size, pool), pool)

            raise misfit(f"model.backbone={backbone}", backbone, image_size, error, build) from None
        self.to(memory_format=torch.channels_last)

    @property
    def backbone(self) -> nn.Module:
        """What pretrained weights are for."""
        return self.net

    @property
    def head(self) -> nn.Module:
        """The last layers, which are for these classes only."""
        net: Any = self.net
        layers = net.get_classifier()
        return nn.ModuleList(layers if isinstance(layers, tuple) else [layers])

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes.

        Args:
            images: `(B, 3, h, w)`, from 0 to 1.

        Returns:
            Logits, `(B, classes)`.
        """
        images = self.normalize(images)
        if self.enlarge > 1:
            images = F.interpolate(images, scale_factor=self.enlarge, mode="bilinear")
        return self.net(images)


def should_pool(image_size: tuple[int, int], backbone: str, pretrained: bool) -> bool:
    """Whether the first layers of a new network should pool, as those of most ResNets do.

    Small images are not pooled, and so need not be enlarged, which takes half as long again. Weights of others know larger images.

    Args:
        image_size: Height and width of the input, in pixels.
        backbone: Name of a timm model.
        pretrained: Whether it has weights of others.
    """
    if enlargement(image_size) == 1 or pretrained:
        return True
    with torch.device("meta"):
        return not _pools(timm.create_model(backbone))


def enlargement(image_size: tuple[int, int], pool: bool = True) -> int:
    """How many times as large a new network should see its images: feature maps of more than one pixel take time, and pay.

    Args:
        image_size: Height and width of the input, in pixels.
        pool: Whether its first layers pool, or leave the image at double the size.
    """
    return max(1, SMALLEST // max(image_size) // (1 if pool else 2))


def _pools(net: nn.Module) -> bool:
    return isinstance(getattr(net, "maxpool", None), nn.MaxPool2d)
