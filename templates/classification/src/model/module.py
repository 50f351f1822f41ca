"""Training and testing of the classifier."""

from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

from .decode import decode
from .network import Network
from .recipe import adamw_with_cosine


class VisionModule(L.LightningModule):
    """A network trained by cross-entropy.

    All arguments are plain values, so that a checkpoint is plain data. The metrics are those of scikit-learn: `acc` is
    `accuracy_score`, and `f1` is `f1_score(average="macro")`, the mean over the classes that are true or predicted at least once.

    Args:
        classes: Class names, by index.
        image_size: Side of the square images, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of AdamW.
        label_smoothing: Part of the target spread over all classes (https://arxiv.org/abs/1512.00567).
        fetch_weights: False builds the network without the pretrained weights, for those in a checkpoint.
        network: Takes the place of one built here, such as an exported one.

    Raises:
        UserError: If there is no such backbone, or its weights cannot be had.
    """

    def __init__(
        self,
        classes: list[str],
        image_size: int,
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
        label_smoothing: float,
        fetch_weights: bool = True,
        network: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["fetch_weights", "network"])
        self.classes = classes
        self.image_size = image_size
        self.decode_options: dict[str, Any] = {}
        self.network = network or Network(len(classes), image_size, backbone, pretrained and fetch_weights)

        metrics = MetricCollection(
            {
                "acc": MulticlassAccuracy(len(classes), average="micro"),
                "f1": MulticlassF1Score(len(classes), average="macro"),
            }
        )
        self.val_metrics = metrics.clone(prefix="val/")
        self.test_metrics = metrics.clone(prefix="test/")

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "val", self.val_metrics)

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "test", self.test_metrics)

    def _step(self, batch: dict[str, Any], stage: str, metrics: MetricCollection | None = None) -> Tensor:
        logits = self.network(batch["image"]).float()
        smoothing = self.hparams["label_smoothing"] if stage == "train" else 0.0
        loss = F.cross_entropy(logits, batch["label"], label_smoothing=smoothing)
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=len(logits), sync_dist=stage != "train")
        if metrics is not None:
            predictions = decode(logits, batch["size"], self.image_size)
            metrics.update(torch.stack([prediction["probabilities"] for prediction in predictions]), batch["label"])
            self.log_dict(metrics, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Predicts the class of each image.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            For each image `{"probabilities": (classes,)}`.
        """
        return decode(self.network(images), [(self.image_size, self.image_size)] * len(images), self.image_size)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return adamw_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"])
