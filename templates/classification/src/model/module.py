"""Image classification with any timm model."""

from typing import Any

import lightning as L
import timm
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

from .backbones import check_backbone, normalization, with_weights
from .recipe import adamw_with_cosine


class VisionModel(L.LightningModule):
    """A timm model with a new last layer, trained by cross-entropy.

    All arguments are plain values, so that a checkpoint is plain data.

    Args:
        classes: Class names, by index.
        image_size: Side of the square images, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of AdamW.
        label_smoothing: Part of the target spread over all classes (https://arxiv.org/abs/1512.00567).

    Raises:
        UserError: If there is no such backbone, or its weights cannot be had.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        classes: list[str],
        image_size: int,
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
        label_smoothing: float,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.classes = classes

        check_backbone(backbone)
        config = timm.get_pretrained_cfg(backbone)
        options: dict[str, Any] = {"img_size": image_size} if config and config.fixed_input_size else {}
        self.net: nn.Module = with_weights(
            lambda: timm.create_model(backbone, pretrained=pretrained, num_classes=len(classes), **options), backbone, pretrained
        )
        mean, std = normalization(backbone)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

        metrics = MetricCollection(
            {
                "acc": MulticlassAccuracy(len(classes), average="micro"),
                "f1": MulticlassF1Score(len(classes), average="macro"),
            }
        )
        self.val_metrics = metrics.clone(prefix="val/")
        self.test_metrics = metrics.clone(prefix="test/")

    def forward(self, images: Tensor) -> Tensor:
        """Scores the classes.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            Logits, `(B, classes)`.
        """
        return self.net((images - self.mean) / self.std)

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        self._step(batch, "val", self.val_metrics)

    def test_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        self._step(batch, "test", self.test_metrics)

    def _step(self, batch: dict[str, Tensor], stage: str, metrics: MetricCollection | None = None) -> Tensor:
        logits = self(batch["image"])
        loss = F.cross_entropy(logits, batch["label"], label_smoothing=self.hparams["label_smoothing"] if stage == "train" else 0.0)
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=len(logits), sync_dist=stage != "train")
        if metrics is not None:
            metrics.update(logits, batch["label"])
            self.log_dict(metrics, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Predicts the class of each image.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            For each image `{"probabilities": (classes,)}`.
        """
        return [{"probabilities": probabilities} for probabilities in self(images).softmax(dim=1)]

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> list[dict[str, Tensor]]:
        return self.predict(batch["image"]) if batch["path"] else []  # empty if no file of the batch was readable

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return adamw_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"])
