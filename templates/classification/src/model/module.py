"""Training and testing of the classifier."""

from collections.abc import Sequence
from typing import Any

import lightning as L
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torchmetrics import MetricCollection

from ..config.errors import UserError
from ..data.views import parts
from .backbones import prepare_backbone
from .decode import decode
from .labeling import labeling
from .network import Network, enlargement, should_pool
from .recipe import optimizer_with_cosine


class VisionModule(L.LightningModule):
    """A network with the loss and the metrics of its labels: one for each image, or any number of them.

    All arguments are plain values, so that a checkpoint is plain data.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of the optimizer, for weights.
        label_smoothing: Part of the truth that is spread evenly.
        multi_label: Whether an image may have any number of labels.
        enlarge: How many times as large the backbone sees the images; None chooses by their size, as for a new training.
        pool: Whether the first layers of a ResNet pool; None chooses as well, unless `enlarge` is set.
        weights: The file that the training started from, which is read by `train`.
        recipe: `scratch`, `finetune` or `frozen`: how the backbone learns.
        compile: Whether the network is compiled for the training, by `train`.
        weights_license: Of the pretrained weights, to be kept with the model.
        fetch_weights: False builds the network without the pretrained weights, for those in a checkpoint.
        network: Takes the place of one built here, such as an exported one.

    Raises:
        UserError: If there is no such backbone, or its weights cannot be had.
    """

    def __init__(
        self,
        classes: list[str],
        image_size: Sequence[int],
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
        label_smoothing: float,
        multi_label: bool = False,
        enlarge: int | None = 1,
        pool: bool | None = True,
        weights: str | None = None,
        recipe: str = "scratch",
        compile: bool = False,
        weights_license: str = "unknown",
        fetch_weights: bool = True,
        network: nn.Module | None = None,
    ) -> None:
        super().__init__()
        height, width = image_size
        if pool is None:
            pool = enlarge is not None or should_pool((height, width), backbone, pretrained or weights is not None)
        enlarge = enlarge or enlargement((height, width), pool)
        self.save_hyperparameters(ignore=["fetch_weights", "network"])
        self.classes = classes
        self.image_size = height, width
        self.decode_options: dict[str, Any] = {"multi_label": multi_label}
        self.labeling = labeling(multi_label)
        self.network = network or Network(len(classes), self.image_size, backbone, pretrained and fetch_weights, enlarge, pool)

        metrics = self.labeling.metrics(len(classes))
        self.val_metrics = metrics.clone(prefix="val/")
        self.test_metrics = metrics.clone(prefix="test/")

    @staticmethod
    def prepare(backbone: str, pretrained: bool, **others: Any) -> None:
        """Does what takes no data: looks for the backbone, and fetches its weights if they are not in the cache.

        Args:
            backbone: As in a new module.
            pretrained: Whether weights are wanted.
            others: The other arguments of the module.

        Raises:
            UserError: If there is no such backbone, or its weights cannot be had.
        """
        prepare_backbone(backbone, pretrained)

    def setup(self, stage: str) -> None:
        """Refuses data with several labels an image for a model that gives one, and to monitor what it does not measure.

        Raises:
            UserError: If one of them is so.
        """
        monitored = {getattr(callback, "monitor", None) for callback in self.trainer.callbacks}  # pyright: ignore[reportAttributeAccessIssue]
        if "val/map" in monitored and not self.hparams["multi_label"]:
            raise UserError("monitor=val/map is for images with several labels: monitor val/f1 or val/acc")
        data: Any = getattr(self.trainer, "datamodule", None)
        if data and data.collection.source.facts["multi_label"] and not self.hparams["multi_label"]:
            root = data.collection.root
            raise UserError(f"{root} has images with several labels or none, but this model gives each one: train anew")

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        loss, _ = self._step(batch, "train")
        return loss

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        for part in parts(batch, self.device):
            self._step(part, "val", self.val_metrics)

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, Any]:
        """Returns the predictions as `"predictions"`."""
        predictions = []
        for part in parts(batch, self.device):
            _, logits = self._step(part, "test", self.test_metrics)
            predictions += decode(logits, part["size"], self.image_size, **self.decode_options)
        return {"predictions": predictions}

    def _step(self, batch: dict[str, Any], stage: str, metrics: MetricCollection | None = None) -> tuple[Tensor, Tensor]:
        """The loss, and the logits in float32."""
        logits, truth = self.network(batch["image"]).float(), batch["label"].float()
        smoothing = self.hparams["label_smoothing"] if stage == "train" else 0.0
        loss = self.labeling.loss(logits, truth, smoothing)
        # A float, since Lightning would divide a whole number by the devices without the remainder.
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=batch["counted"] * 1.0, sync_dist=stage != "train")
        if metrics is not None:
            if batch["counted"]:
                probabilities, _ = self.labeling.decode(logits)
                metrics.update(probabilities, self.labeling.truth_for_metrics(truth))
            self.log_dict(metrics, prog_bar=True, on_step=False, on_epoch=True)
        return loss, logits

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Predicts the labels of each image.

        Args:
            images: `(B, 3, h, w)`, float32 from 0 to 1.

        Returns:
            For each image what `decode` gives.
        """
        return decode(self.network(images), [self.image_size] * len(images), self.image_size, **self.decode_options)

    def predict_files(self, batch: dict[str, Any], **options: Any) -> list[dict[str, Tensor]]:
        """Predicts for each image of a batch, in pixels of its file.

        Args:
            batch: As `collate_unlabeled` makes it.
            options: Of `decode`.
        """
        predictions = []
        for part in parts(batch, self.device):
            predictions += decode(self.network(part["image"]), part["size"], self.image_size, **options)
        return predictions

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return optimizer_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"], self.hparams["recipe"])
