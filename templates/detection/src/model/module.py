"""Object detection: FCOS on a feature pyramid over any timm backbone."""

import logging
from collections import OrderedDict
from typing import Any

import lightning as L
import timm
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torchmetrics.detection import MeanAveragePrecision
from torchvision.models.detection import FCOS
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from .backbones import check_backbone, normalization, with_weights
from ..config.errors import UserError
from .recipe import adamw_with_cosine
from ..data.transforms import boxes_on_image

logging.getLogger("faster_coco_eval").setLevel(logging.WARNING)  # it prints a table at each evaluation

STRIDES = (8, 16, 32)  # of the backbone's feature maps; the pyramid adds 64 and 128
LOGGED = ("map", "map_50", "map_75", "mar_100")
LEAST_SCORE = 0.05  # boxes below do not count in metrics, as in the FCOS paper


class PyramidBackbone(nn.Module):
    """A timm backbone with a feature pyramid (https://arxiv.org/abs/1612.03144) on its maps of stride 8, 16 and 32.

    Args:
        name: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        image_size: Side of the square images, in pixels.
        channels: Of each map of the pyramid.

    Raises:
        UserError: If the model does not have these maps, or its weights cannot be had.
    """

    def __init__(self, name: str, pretrained: bool, image_size: int, channels: int = 128) -> None:
        super().__init__()
        config = timm.get_pretrained_cfg(name)
        options: dict[str, Any] = {"img_size": image_size} if config and config.fixed_input_size else {}

        def create(**more: Any) -> Any:
            return timm.create_model(name, features_only=True, **options, **more)

        try:
            strides = create().feature_info.reduction()
        except (RuntimeError, AttributeError, TypeError) as error:
            raise UserError(f"model.backbone={name} gives no feature maps ({error}): choose another, such as resnet18") from None
        levels = [max((i for i, has in enumerate(strides) if has == stride), default=None) for stride in STRIDES]
        if None in levels:
            raise UserError(
                f"model.backbone={name} has feature maps of stride {strides}, but detection needs {STRIDES}: try resnet18"
            )
        self.body = with_weights(lambda: create(pretrained=pretrained, out_indices=levels), name, pretrained)
        self.widths = self.body.feature_info.channels()
        self.pyramid = FeaturePyramidNetwork(self.widths, channels, LastLevelP6P7(channels, channels))
        self.out_channels = channels

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        """Maps `(B, 3, S, S)` to five maps `(B, channels, S / stride, S / stride)` with strides 8 to 128."""
        maps = OrderedDict()
        for number, (features, width) in enumerate(zip(self.body(images), self.widths, strict=True)):
            channels_last = features.shape[1] != width  # as Swin gives them
            maps[str(number)] = features.permute(0, 3, 1, 2) if channels_last else features
        return self.pyramid(maps)


class VisionModel(L.LightningModule):
    """FCOS (https://arxiv.org/abs/1904.01355) with the head, loss and box decoding of torchvision.

    All arguments are plain values, so that a checkpoint is plain data. Class indices start at 0: FCOS has no background class.

    Args:
        classes: Class names, by index.
        image_size: Side of the square images, in pixels.
        backbone: Name of a timm model.
        pretrained: Start from timm's weights instead of random ones.
        learning_rate: Highest rate of the schedule.
        weight_decay: Of AdamW.
        score_threshold: `predict` leaves out boxes with a lower score.

    Raises:
        UserError: If the backbone does not fit, or its weights cannot be had.
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
        score_threshold: float,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.classes = classes

        check_backbone(backbone)
        body = PyramidBackbone(backbone, pretrained, image_size)
        self.net = FCOS(body, num_classes=len(classes), score_thresh=LEAST_SCORE)
        mean, std = normalization(backbone)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

        self.val_map = MeanAveragePrecision(backend="faster_coco_eval")
        self.test_map = MeanAveragePrecision(backend="faster_coco_eval")

    def forward(self, images: Tensor) -> tuple[dict[str, Tensor], list[Tensor], list[int]]:
        """Computes the outputs of the head, which are neither decoded nor filtered.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            `cls_logits` `(B, A, classes)`, `bbox_regression` `(B, A, 4)` and `bbox_ctrness` `(B, A, 1)` for the A places of all
            levels; for each image the places as boxes `(A, 4)`; and the number of places of each level.
        """
        normalized = (images - self.mean) / self.std
        features = list(self.net.backbone(normalized).values())
        outputs = {name: output.float() for name, output in self.net.head(features).items()}
        sizes = [(images.shape[-2], images.shape[-1])] * len(images)
        anchors = self.net.anchor_generator(ImageList(normalized, sizes), features)
        return outputs, anchors, [level.shape[-2] * level.shape[-1] for level in features]

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "val", self.val_map)

    def test_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        self._step(batch, "test", self.test_map)

    def _step(self, batch: dict[str, Any], stage: str, metric: MeanAveragePrecision | None = None) -> Tensor:
        outputs, anchors, levels = self(batch["image"])
        targets = [{"boxes": boxes, "labels": labels} for boxes, labels in zip(batch["boxes"], batch["labels"], strict=True)]
        loss = torch.stack(list(self.net.compute_loss(targets, outputs, anchors, levels).values())).sum()
        self.log(f"{stage}/loss", loss, prog_bar=True, batch_size=len(targets), sync_dist=stage != "train")
        if metric is not None:
            metric.update(self._decode(outputs, anchors, levels, batch["image"]), targets)
        return loss

    def _decode(
        self, outputs: dict[str, Tensor], anchors: list[Tensor], levels: list[int], images: Tensor
    ) -> list[dict[str, Tensor]]:
        """For each image `boxes` `(N, 4)` xyxy in pixels of the square, `scores` `(N,)` and `labels` `(N,)`, best first."""
        by_level = {name: list(output.split(levels, dim=1)) for name, output in outputs.items()}
        anchors_by_level = [list(places.split(levels)) for places in anchors]
        return self.net.postprocess_detections(by_level, anchors_by_level, [(images.shape[-2], images.shape[-1])] * len(images))

    def on_validation_epoch_end(self) -> None:
        self._log_map(self.val_map, "val")

    def on_test_epoch_end(self) -> None:
        self._log_map(self.test_map, "test")

    def _log_map(self, metric: MeanAveragePrecision, stage: str) -> None:
        values = metric.compute()
        metric.reset()
        self.log_dict({f"{stage}/{name}": values[name] for name in LOGGED}, prog_bar=True)

    def predict(self, images: Tensor) -> list[dict[str, Tensor]]:
        """Finds the objects in each image.

        Args:
            images: `(B, 3, S, S)`, float32 from 0 to 1.

        Returns:
            For each image `boxes` `(N, 4)` xyxy in pixels of the square, `scores` `(N,)` and `labels` `(N,)`, best first.
        """
        threshold = self.hparams["score_threshold"]
        outputs, anchors, levels = self(images)
        found = self._decode(outputs, anchors, levels, images)
        return [{name: values[image["scores"] >= threshold] for name, values in image.items()} for image in found]

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> list[dict[str, Tensor]]:
        """As `predict`, with the boxes in pixels of the image files."""
        if not batch["path"]:  # no file of the batch was readable
            return []
        size = self.hparams["image_size"]
        return [
            found | {"boxes": boxes_on_image(found["boxes"], size, height, width)}
            for found, (height, width) in zip(self.predict(batch["image"]), batch["size"], strict=True)
        ]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return adamw_with_cosine(self, self.hparams["learning_rate"], self.hparams["weight_decay"])
