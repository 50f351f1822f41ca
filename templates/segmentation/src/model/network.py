"""The network: an architecture of segmentation-models-pytorch over any timm backbone, or a linear layer on patches."""

import inspect
from typing import Any

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from ..config.errors import UserError
from .backbones import Normalize, check_backbone, create_options, misfit, run_on_shapes
from .patches import LinearOnPatches, has_patches

LINEAR = "linear"  # beside the architectures of segmentation-models-pytorch


class Network(nn.Module):
    """From images to logits for each pixel.

    Args:
        num_classes: Number of classes.
        image_size: Height and width of the input, in pixels.
        architecture: Name of a model of segmentation-models-pytorch, or `linear`.
        backbone: Name of a timm model, the encoder.
        pretrained: Start the encoder from timm's weights instead of random ones.
        decoder_channels: Of the maps of the decoder, where the architecture has one such number.

    Raises:
        UserError: If there is no such architecture or backbone, they do not fit, or the weights cannot be had.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int],
        architecture: str,
        backbone: str,
        pretrained: bool,
        decoder_channels: int = 128,
    ) -> None:
        super().__init__()
        check_architecture(architecture, backbone)
        self.normalize = Normalize(backbone)
        options = create_options(backbone, image_size, pretrained)
        try:
            if architecture.lower() == LINEAR:
                options.pop("img_size", None)  # the positions stay those in files of weights, for inputs of any size
                self.net: Any = LinearOnPatches(num_classes, backbone, pretrained, options)
            else:
                options |= _decoder_options(architecture, decoder_channels)
                weights: Any = True if pretrained else None  # what smp's names that begin with tu- take
                self.net = smp.create_model(architecture, f"tu-{backbone}", weights, classes=num_classes, **options)
            run_on_shapes(self, image_size)
        except (ValueError, KeyError, AttributeError, TypeError, AssertionError, RuntimeError) as error:

            def build(size: tuple[int, int]) -> Network:
                return Network(num_classes, size, architecture, backbone, pretrained, decoder_channels)

            what = f"model.architecture={architecture} with model.backbone={backbone}"
            otherwise = {"otherwise": f"model.architecture={LINEAR}"} if has_patches(backbone) else {}
            raise misfit(what, backbone, image_size, error, build, **otherwise) from None
        self.to(memory_format=torch.channels_last)

    @property
    def backbone(self) -> nn.Module:
        """What pretrained weights are for."""
        return self.net.backbone if isinstance(self.net, LinearOnPatches) else self.net.encoder.model

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes of each pixel.

        Args:
            images: `(B, 3, h, w)`, from 0 to 1.

        Returns:
            Logits, `(B, classes, h, w)`.
        """
        return self.net(self.normalize(images))


def check_architecture(name: str, backbone: str) -> None:
    """Makes sure that there is an architecture, and a backbone for it.

    Args:
        name: As in a new network.
        backbone: The same.

    Raises:
        UserError: If one of them does not exist, or patches are wanted of a backbone that has none.
    """
    known = [*smp.MODEL_ARCHITECTURES_MAPPING, LINEAR]
    if name.lower() not in known:
        raise UserError(f"model.architecture={name}: expected one of {', '.join(known)}")
    check_backbone(backbone)
    if name.lower() == LINEAR and not has_patches(backbone):
        raise UserError(
            f"model.architecture={name} takes a plain vision transformer, but model.backbone={backbone} is none: choose one, such "
            "as vit_small_patch14_dinov2, or another architecture"
        )


def _decoder_options(architecture: str, channels: int) -> dict[str, int]:
    """The arguments of an architecture that are such a number, by whatever name; some have one for each part of the decoder."""
    names = inspect.signature(smp.MODEL_ARCHITECTURES_MAPPING[architecture.lower()]).parameters
    wanted = {name for name in names if name.startswith("decoder_") and name.endswith("_channels")}
    return {name: channels for name in wanted if isinstance(names[name].default, int)}
