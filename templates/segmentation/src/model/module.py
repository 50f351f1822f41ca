"""Semantic segmentation with the architectures of segmentation-models-pytorch and any timm backbone."""

from typing import Any

import lightning as L
import segmentation_models_pytorch as smp
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassF1Score, MulticlassJaccardIndex

from .backbones import check_backbone, normalization, with_weights
from ..config.errors import UserError
from .recipe import adamw_with_cosine
from ..data.readers import IGNORED
from ..data.transforms import classes_on_image


class VisionModel(L.LightningModule):
    """An encoder and decoder, trained by cross-entropy plus Dice loss (https://arxiv.org/abs/1606.04797).

    All arguments are plain values, so that a checkpoint is plain data.

    Args:
        classes: Class names, by index.
        image_size: Side of the square images, in pixels.
        architecture: Name of a model of segmentation-models-pytorch.
        backbone: Name of a timm model, the encoder.
        pretrained: Start the encoder from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of AdamW.

    Raises:
        UserError: If there is no such architecture or backbone, they do not fit, or the weights cannot be had.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        classes: list[str],
        image_size: int,
        architecture: str,
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.classes = classes

        check_backbone(backbone)
        self.net = _create_net(architecture, backbone, pretrained, len(classes), image_size)
        mean, std = normalization(backbone)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

        self.dice_loss = smp.losses.DiceLoss("multiclass", ignore_index=IGNORED)

        # Both count the pixels of the whole set; torchmetrics' MeanIoU and DiceScore would average over images.
        metrics = MetricCollection(
            {
                "miou": MulticlassJaccardIndex(len(classes), ignore_index=IGNORED),
                "dice": MulticlassF1Score(len(classes), ignore_index=IGNORED),
            }
        )
        self.val_metrics = metrics.clone(prefix="val/")
        self.test_metrics = metrics.clone(prefix="test/")

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes of each pixel.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            Logits, `(B, classes, S, S)`.
        """
        return self.net((images - self.mean) / self.std)

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        self._step(batch, "val", self.val_metrics)

    def test_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        self._step(batch, "test", self.test_metrics)

    def _step(self, batch: dict[str, Tensor], stage: str, metrics: MetricCollection | None = None) -> Tensor:
        logits = self(batch["image"]).float()
        counted = (batch["mask"] != IGNORED).sum().clamp(min=1)  # a crop may hold nothing but ignored pixels
        cross_entropy = F.cross_entropy(logits, batch["mask"], ignore_index=IGNORED, reduction="sum") / counted
        loss = cross_entropy + self.dice_loss(logits, batch["mask"])
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=len(logits), sync_dist=stage != "train")
        if metrics is not None:
            metrics.update(logits.argmax(dim=1), batch["mask"])
            self.log_dict(metrics, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Predicts the class of each pixel.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            For each image `{"mask": (S, S)}`, uint8.
        """
        return [{"mask": mask} for mask in self(images).argmax(dim=1).to(torch.uint8)]

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> list[dict[str, Tensor]]:
        """As `predict`, with masks of the size of the image files."""
        if not batch["path"]:  # no file of the batch was readable
            return []
        logits = self(batch["image"]).float()
        return [{"mask": classes_on_image(scores, *size)} for scores, size in zip(logits, batch["size"], strict=True)]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return adamw_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"])


def _create_net(architecture: str, backbone: str, pretrained: bool, classes: int, image_size: int) -> nn.Module:
    if architecture.lower() not in smp.MODEL_ARCHITECTURES_MAPPING:
        raise UserError(f"model.architecture={architecture}: expected one of {', '.join(smp.MODEL_ARCHITECTURES_MAPPING)}")

    def create(weights: Any) -> nn.Module:
        return smp.create_model(architecture, f"tu-{backbone}", weights, classes=classes)

    try:
        with torch.inference_mode():
            create(None).eval()(torch.zeros(1, 3, image_size, image_size))
    except (ValueError, RuntimeError, KeyError, AttributeError, TypeError, AssertionError) as error:
        raise UserError(
            f"model.backbone={backbone} does not fit model.architecture={architecture} and data.image_size={image_size} "
            f"({' '.join(str(error).split())}): try an image size that is a multiple of 32, backbone resnet18, or architecture unet"
        ) from None
    return with_weights(lambda: create(True if pretrained else None), backbone, pretrained)
