"""D-FINE (https://arxiv.org/abs/2410.13842) of transformers: to be fine-tuned from its weights of COCO, which are Apache-2.0."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from timm.models import PretrainedCfg
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import box_convert

from .backbones import weights_file
from .decode_arrays import padded_size
from .exported_file import optional_package
from .weights import load_local

MOST_QUERIES = 300
SMALL: dict[str, Any] = {
    "stem_channels": [3, 16, 16],
    "stage_in_channels": [16, 64, 256, 512],
    "stage_mid_channels": [16, 32, 64, 128],
    "stage_out_channels": [64, 256, 512, 1024],
    "hidden_sizes": [128, 256, 512, 1024],
    "stage_num_blocks": [1, 1, 2, 1],
    "stage_numb_of_layers": [3, 3, 3, 3],
    "use_learnable_affine_block": True,
}
MEDIUM: dict[str, Any] = {
    "stem_channels": [3, 24, 32],
    "stage_in_channels": [32, 96, 384, 768],
    "stage_mid_channels": [32, 64, 128, 256],
    "stage_out_channels": [96, 384, 768, 1536],
    "hidden_sizes": [192, 384, 768, 1536],
    "stage_num_blocks": [1, 1, 3, 1],
    "stage_numb_of_layers": [4, 4, 4, 4],
    "use_learnable_affine_block": True,
}
NANO: dict[str, Any] = {
    "feat_strides": [16, 32], "num_feature_levels": 2, "encode_proj_layers": [1], "encoder_in_channels": [512, 1024],
    "decoder_in_channels": [128, 128], "d_model": 128, "encoder_hidden_dim": 128, "encoder_ffn_dim": 512, "decoder_ffn_dim": 512,
    "hidden_expansion": 0.34, "depth_mult": 0.5, "decoder_layers": 3, "decoder_n_points": [6, 6],
}  # fmt: skip
LICENSE = "apache-2.0"  # of the weights below
STRIDES = {"feat_strides": [8, 16, 32], "decoder_n_points": [3, 6, 3]}
# By name: the repository in the hub; what differs from the defaults of transformers in the backbone, and in all else.
SIZES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "dfine_n": ("ustc-community/dfine-nano-coco", SMALL, NANO),
    "dfine_s": (
        "ustc-community/dfine-small-coco",
        SMALL,
        STRIDES | {"encoder_in_channels": [256, 512, 1024], "hidden_expansion": 0.5, "depth_mult": 0.34, "decoder_layers": 3},
    ),
    "dfine_m": (
        "ustc-community/dfine-medium-coco",
        MEDIUM,
        STRIDES | {"encoder_in_channels": [384, 768, 1536], "depth_mult": 0.67, "decoder_layers": 4},
    ),
}


class DFine(nn.Module):
    """From images to boxes with scores, one for each query; no two queries are for the same object. Normalizes nothing.

    Args:
        num_classes: Number of classes.
        image_size: Height and width of the input, in pixels.
        size: A key of `SIZES`.
        pretrained: Start from the weights of COCO; what depends on the number of classes starts from random ones.

    Raises:
        UserError: If transformers is not installed, or the weights cannot be had.
    """

    def __init__(self, num_classes: int, image_size: tuple[int, int], size: str, pretrained: bool) -> None:
        super().__init__()
        weights = prepare_dfine(size, pretrained)
        transformers = optional_package("transformers", "dfine")
        _, backbone, options = SIZES[size]
        (height, width), strides = padded_size(image_size), options["feat_strides"]
        config = transformers.DFineConfig(
            **options,
            backbone_config=transformers.HGNetV2Config(**backbone, out_indices=[2, 3, 4][-len(strides) :]),
            num_labels=num_classes,
            num_queries=min(MOST_QUERIES, sum((height // stride) * (width // stride) for stride in strides)),
        )
        self.net: Any = transformers.DFineForObjectDetection(config)
        if weights:
            load_local(self, str(weights))

    @property
    def backbone(self) -> nn.Module:
        """The part that sees the image, HGNetV2."""
        return self.net.model.backbone

    def translated(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those weights of other versions of transformers that fit, by the names that they have in this one."""
        logging = optional_package("transformers", "dfine").utils.logging
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        options = {"state_dict": dict(tensors), "ignore_mismatched_sizes": True, "output_loading_info": True}
        net, report = type(self.net).from_pretrained(None, config=self.net.config, **options)
        found = net.state_dict()
        names = [*report["missing_keys"], *(name for name, *_ in report["mismatched_keys"])]
        random = {found[name].data_ptr() for name in names}  # a tensor can have several names
        return {f"net.{name}": tensor for name, tensor in found.items() if tensor.data_ptr() not in random}

    def forward(self, images: Tensor, boxes: Sequence[Tensor] = (), labels: Sequence[Tensor] = ()) -> dict[str, Tensor]:
        """Finds objects, and computes the loss where the truth is given.

        Args:
            images: `(B, 3, h, w)`, from 0 to 1.
            boxes: The objects of each image, `(N, 4)`, xyxy in pixels of the input.
            labels: Their class indices, `(N,)`.

        Returns:
            For Q queries `objects` `(B, Q, 4)`, xyxy in pixels of the input, and `scores` `(B, Q, classes)`, from 0 to 1; with the
            truth also `loss`. In training, there are queries more, which only learn.
        """
        images = F.pad(images, [0, -images.shape[-1] % 32, 0, -images.shape[-2] % 32])
        scale = images.new_tensor([images.shape[-1], images.shape[-2]] * 2)
        truth = [
            {"boxes": box_convert(of_image, "xyxy", "cxcywh") / scale, "class_labels": classes}
            for of_image, classes in zip(boxes, labels, strict=True)
        ]
        found = self.net(images, labels=truth or None)
        objects = box_convert(found.pred_boxes.float(), "cxcywh", "xyxy") * scale
        return {"objects": objects, "scores": found.logits.float().sigmoid()} | ({"loss": found.loss} if truth else {})


def prepare_dfine(size: str, pretrained: bool) -> Path | None:
    """Does what takes no data.

    Args:
        size: A key of `SIZES`.
        pretrained: Whether the weights of COCO are wanted.

    Returns:
        The file of the weights, in the cache.

    Raises:
        UserError: If transformers is not installed, or the weights cannot be had.
    """
    for package in ("transformers", "scipy"):  # which pairs objects and queries
        optional_package(package, "dfine")
    return weights_file(size, PretrainedCfg(hf_hub_id=SIZES[size][0])) if pretrained else None
