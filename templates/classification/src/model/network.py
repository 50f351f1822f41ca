"""The network: any timm model with a new last layer."""

import timm
from torch import Tensor, nn

from .backbones import Normalize, check_backbone, create_options


class Network(nn.Module):
    """From images to logits.

    Args:
        num_classes: Number of classes.
        image_size: Side of the square images, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.

    Raises:
        UserError: If there is no such backbone, or its weights cannot be had.
    """

    def __init__(self, num_classes: int, image_size: int, backbone: str, pretrained: bool) -> None:
        super().__init__()
        check_backbone(backbone)
        self.normalize = Normalize(backbone)
        options = create_options(backbone, image_size, pretrained)
        self.net: nn.Module = timm.create_model(backbone, pretrained=pretrained, num_classes=num_classes, **options)

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes.

        Args:
            images: `(B, 3, S, S)`, from 0 to 1.

        Returns:
            Logits, `(B, classes)`.
        """
        return self.net(self.normalize(images))
