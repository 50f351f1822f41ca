"""Training and testing of the detector."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torchmetrics.detection import MeanAveragePrecision

from ..config.errors import UserError
from ..data.processes import gathered
from .backbones import prepare_backbone
from .decode import decode
from .dfine import SIZES, DFine, prepare_dfine
from .loss import fcos_loss
from .network import Network
from .recipe import optimizer_with_cosine
from .tiling import on_whole_images

LOGGED = ("map", "map_50", "map_75", "mar_100", "map_small", "map_medium", "map_large")
ON_BAR = ("map", "map_50")


class VisionModule(L.LightningModule):
    """FCOS or D-FINE, each trained with its own loss.

    All arguments are plain values, so that a checkpoint is plain data. The metrics are those of COCO, in pixels of the image files,
    and -1 where nothing is to be found, such as `map_small` without a small object.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
        backbone: Name of a timm model, for FCOS, or `dfine_n`, `dfine_s`, `dfine_m`.
        pretrained: Start from timm's weights, or those of COCO, instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of the optimizer, for weights.
        score_threshold: `predict` leaves out boxes with no higher score; the metrics count them.
        pyramid_channels: Of each map of the pyramid and of the head of FCOS; a multiple of 32.
        weights: The file that the training started from, which is read by `train`.
        recipe: `scratch`, `finetune` or `frozen`: how the backbone learns.
        compile: Whether the network is compiled for the training, by `train`.
        weights_license: Of the pretrained weights, to be kept with the model.
        fetch_weights: False builds the network without the pretrained weights, for those in a checkpoint.
        network: Takes the place of one built here, such as an exported one.

    Raises:
        UserError: If the backbone does not fit, or its weights cannot be had.
    """

    def __init__(
        self,
        classes: list[str],
        image_size: Sequence[int],
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
        score_threshold: float,
        pyramid_channels: int = 128,
        weights: str | None = None,
        recipe: str = "scratch",
        compile: bool = False,
        weights_license: str = "unknown",
        fetch_weights: bool = True,
        network: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["fetch_weights", "network"])
        self.classes = classes
        height, width = image_size
        self.image_size = height, width
        self.decode_options = {"score_threshold": score_threshold}
        start = (len(classes), self.image_size, backbone, pretrained and fetch_weights)
        self.network = network or (DFine(*start) if backbone in SIZES else Network(*start, pyramid_channels))
        self.val_map, self.test_map = mean_average_precision(), mean_average_precision()

    @staticmethod
    def prepare(backbone: str, pretrained: bool, **others: Any) -> None:
        """Does what takes no data: looks for the backbone, and fetches its weights if they are not in the cache.

        Args:
            backbone: As in a new module.
            pretrained: Whether weights are wanted.
            others: The other arguments of the module.

        Raises:
            UserError: If there is no such backbone, its package is not installed, or its weights cannot be had.
        """
        if backbone in SIZES:
            prepare_dfine(backbone, pretrained)
        else:
            prepare_backbone(backbone, pretrained)

    def setup(self, stage: str) -> None:
        if self.trainer.precision in ("16-true", "bf16-true"):  # Lightning rounds all numbers in a batch, also those of boxes
            mixed = str(self.trainer.precision).replace("true", "mixed")
            raise UserError(f"trainer.precision={self.trainer.precision} is too coarse for the corners of boxes: use {mixed}")

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        loss, _ = self._step(batch, "train")
        return loss

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._count(batch, "val", self.val_map)

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, Any]:
        """Returns the predictions as `"predictions"`, in pixels of the files."""
        return {"predictions": self._count(batch, "test", self.test_map)}

    def _count(self, batch: dict[str, Any], stage: str, metric: MeanAveragePrecision) -> list[dict[str, Tensor]]:
        def predict(part: dict[str, Any]) -> list[dict[str, Tensor]]:
            _, outputs = self._step(part, stage)
            return decode(outputs, part["size"], self.image_size)

        predictions = on_whole_images(batch, self.device, predict)
        # In place of an area of 0, torchmetrics would take that of the box, which pycocotools does not.
        truth = [of_image | {"area": of_image["area"].clamp(min=1e-3)} for of_image in batch["truth"]]
        counted = slice(batch["counted"])
        metric.update(predictions[counted], truth[counted])
        return predictions

    def _step(self, batch: dict[str, Any], stage: str) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss, and the outputs in float32."""
        objects = (batch["boxes"], batch["labels"]) if isinstance(self.network, DFine) else ()  # it computes its loss itself
        outputs = {name: output.float() for name, output in self.network(batch["image"], *objects).items()}
        if "cls_logits" in outputs:
            height, width = batch["image"].shape[2:]  # in a training, sometimes smaller than the input
            loss = fcos_loss(outputs, batch["boxes"], batch["labels"], (height, width))
        elif "loss" in outputs:
            loss = outputs["loss"]
        else:  # of an exported network, from whose outputs none can be computed
            return torch.zeros(()), outputs
        # A float, since Lightning would divide a whole number by the devices without the remainder.
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=batch["counted"] * 1.0, sync_dist=stage != "train")
        return loss, outputs

    def on_validation_epoch_end(self) -> None:
        self._log_map(self.val_map, "val")

    def on_test_epoch_end(self) -> None:
        self._log_map(self.test_map, "test")

    def _log_map(self, metric: MeanAveragePrecision, stage: str) -> None:
        values: dict[str, float] = {}
        if parts := gathered(metric.metric_state):  # torchmetrics' own way takes as many images in each process
            for name in metric.metric_state:
                setattr(metric, name, [of_image for part in parts for of_image in part[name]])
            with _no_table():
                values = {name: float(value) for name, value in metric.compute().items() if name in LOGGED}
        metric.reset()
        for name, value in self.trainer.strategy.broadcast(values).items():
            self.log(f"{stage}/{name}", value, prog_bar=name in ON_BAR, sync_dist=True)

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Finds the objects in each image.

        Args:
            images: `(B, 3, h, w)`, float32 from 0 to 1.

        Returns:
            For each image `boxes` `(N, 4)` xyxy in pixels of the input, `scores` `(N,)` and `labels` `(N,)`, best first.
        """
        return decode(self.network(images), [self.image_size] * len(images), self.image_size, **self.decode_options)

    def predict_files(self, batch: dict[str, Any], **options: Any) -> list[dict[str, Tensor]]:
        """Predicts for each image of a batch, in pixels of its file.

        Args:
            batch: As `collate_unlabeled` makes it.
            options: Of `decode`.
        """

        def predict(part: dict[str, Any]) -> list[dict[str, Tensor]]:
            return decode(self.network(part["image"]), part["size"], self.image_size, **options)

        return on_whole_images(batch, self.device, predict)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return optimizer_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"], self.hparams["recipe"])


def mean_average_precision() -> MeanAveragePrecision:
    """The metric with the very thresholds of COCO: those of torchmetrics are rounded, and a recall of 0.8 misses its step."""
    return MeanAveragePrecision(
        iou_thresholds=np.linspace(0.5, 0.95, 10).tolist(),
        rec_thresholds=np.linspace(0, 1, 101).tolist(),
        backend="faster_coco_eval",
        sync_on_compute=False,
        compute_on_cpu=True,
    )


@contextmanager
def _no_table() -> Iterator[None]:
    """Silences faster-coco-eval, which reports each computation as a table."""
    logger = logging.getLogger("faster_coco_eval")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
