"""Training and testing of the network for segmentation."""

from collections.abc import Iterable, Sequence
from typing import Any

import lightning as L
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassF1Score, MulticlassJaccardIndex

from ..data.masks import IGNORED
from ..data.views import parts
from .backbones import prepare_backbone
from .decode import decode
from .loss import mask_loss
from .network import Network, check_architecture
from .recipe import optimizer_with_cosine
from .tiling import on_whole_images

AT_ONCE = 2**20  # pixels that are counted at once; metrics take some hundred bytes for each


class VisionModule(L.LightningModule):
    """A network trained by cross-entropy plus Dice loss (https://arxiv.org/abs/1606.04797).

    All arguments are plain values, so that a checkpoint is plain data. `miou` and `dice` count the pixels of the whole set and are
    the means over the classes that are true or predicted at least once; ignored pixels do not count. Validation counts the pixels
    of the input, which is quick; a test counts those of the files.

    Args:
        classes: Class names, by index.
        image_size: Height and width of the input, in pixels.
        architecture: Name of a model of segmentation-models-pytorch, or `linear`.
        backbone: Name of a timm model, the encoder.
        pretrained: Start the encoder from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of the optimizer, for weights.
        decoder_channels: Of the maps of the decoder, where the architecture has one such number.
        weights: The file that the training started from, which is read by `train`.
        recipe: `scratch`, `finetune` or `frozen`: how the backbone learns.
        compile: Whether the network is compiled for the training, by `train`.
        weights_license: Of the pretrained weights, to be kept with the model.
        fetch_weights: False builds the network without the pretrained weights, for those in a checkpoint.
        network: Takes the place of one built here, such as an exported one.

    Raises:
        UserError: If there is no such architecture or backbone, they do not fit, or the weights cannot be had.
    """

    def __init__(
        self,
        classes: list[str],
        image_size: Sequence[int],
        architecture: str,
        backbone: str,
        pretrained: bool,
        learning_rate: float,
        weight_decay: float,
        decoder_channels: int = 128,
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
        self.decode_options: dict[str, Any] = {}
        self.network = network or Network(
            len(classes), self.image_size, architecture, backbone, pretrained and fetch_weights, decoder_channels
        )

        # torchmetrics' MeanIoU and DiceScore would average over images; to look for wrong values would take most of the time.
        counted = {"ignore_index": IGNORED, "validate_args": False}
        metrics = MetricCollection(
            {
                "miou": MulticlassJaccardIndex(len(classes), **counted),
                "dice": MulticlassF1Score(len(classes), **counted),
            }
        )
        self.val_metrics = metrics.clone(prefix="val/")
        self.test_metrics = metrics.clone(prefix="test/")

    @staticmethod
    def prepare(architecture: str, backbone: str, pretrained: bool, **others: Any) -> None:
        """Does what takes no data: looks for the names, and fetches the weights if they are not in the cache.

        Args:
            architecture: As in a new module.
            backbone: The same.
            pretrained: Whether weights are wanted.
            others: The other arguments of the module.

        Raises:
            UserError: If there is no such architecture or backbone, they do not fit, or the weights cannot be had.
        """
        check_architecture(architecture, backbone)
        prepare_backbone(backbone, pretrained)

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        loss, _ = self._step(batch, "train")
        return loss

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        for part in parts(batch, self.device):
            _, logits = self._step(part, "val")
            predictions = decode(logits, [self.image_size] * len(logits), self.image_size)
            self._count(self.val_metrics, predictions, part["mask"], part["counted"])

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, Any]:
        """Returns the predictions as `"predictions"`, in pixels of the files."""

        def predict(part: dict[str, Any]) -> list[dict[str, Tensor]]:
            _, logits = self._step(part, "test")
            return decode(logits, part["size"], self.image_size)

        predictions = on_whole_images(batch, self.device, predict)
        self._count(self.test_metrics, predictions, batch["truth"], batch["counted"])
        return {"predictions": predictions}

    def _step(self, batch: dict[str, Any], stage: str) -> tuple[Tensor, Tensor]:
        """The loss, and the logits in float32."""
        logits = self.network(batch["image"]).float()
        loss = mask_loss(logits, batch["mask"].long())
        # A float, since Lightning would divide a whole number by the devices without the remainder.
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=batch["counted"] * 1.0, sync_dist=stage != "train")
        return loss, logits

    def _count(
        self, metrics: MetricCollection, predictions: list[dict[str, Tensor]], truths: Iterable[Tensor], counted: int
    ) -> None:
        for prediction, truth in [*zip(predictions, truths, strict=True)][:counted]:
            for some, true in zip(prediction["mask"].flatten().split(AT_ONCE), truth.flatten().split(AT_ONCE), strict=True):
                metrics.update(some.long(), true.long())
        self.log_dict(metrics, prog_bar=True, on_step=False, on_epoch=True, batch_size=len(predictions))

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Predicts the class of each pixel.

        Args:
            images: `(B, 3, h, w)`, float32 from 0 to 1.

        Returns:
            For each image `{"mask": (h, w)}`, uint8.
        """
        return decode(self.network(images), [self.image_size] * len(images), self.image_size)

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
