"""The loss of FCOS (https://arxiv.org/abs/1904.01355), equal to torchvision's."""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from .decode import boxes_at, places

RADIUS = 1.5  # strides around the center of an object, where places can learn it
SCALES = (4, 8)  # strides: the largest distances that the places of a map learn, but for the first and last map


def fcos_loss(outputs: dict[str, Tensor], boxes: list[Tensor], labels: list[Tensor], image_size: tuple[int, int]) -> Tensor:
    """Focal loss of the classes, GIoU loss of the boxes, and cross-entropy of the centerness, by the number of places that learn.

    Args:
        outputs: Of the network, in float32.
        boxes: The objects of each image, `(N, 4)`, xyxy in pixels of the input.
        labels: Their class indices, `(N,)`.
        image_size: Height and width of the input.
    """
    at, levels = places(image_size, outputs["cls_logits"].device)
    matches = [match(of_image.float(), at, levels) for of_image in boxes]
    learns = torch.stack(matches) >= 0
    matched = [objects[objects >= 0] for objects in matches]
    true_boxes = torch.cat([of_image.float()[index] for of_image, index in zip(boxes, matched, strict=True)])
    true_labels = torch.cat([of_image[index] for of_image, index in zip(labels, matched, strict=True)])
    image, place = learns.nonzero(as_tuple=True)
    at = at[place]

    targets = torch.zeros_like(outputs["cls_logits"])
    targets[image, place, true_labels] = 1
    of_classes = sigmoid_focal_loss(outputs["cls_logits"], targets, reduction="sum")
    predicted = boxes_at(outputs["bbox_regression"][image, place], at)
    of_boxes = generalized_box_iou_loss(predicted, true_boxes, reduction="sum")
    of_centers = F.binary_cross_entropy_with_logits(
        outputs["bbox_ctrness"][image, place, 0], _centerness(true_boxes, at), reduction="sum"
    )
    return (of_classes + of_boxes + of_centers) / max(1, len(place))


def match(boxes: Tensor, at: Tensor, levels: list[int]) -> Tensor:
    """Which object each place learns: the smallest of those near whose center it is and whose size suits its map.

    Args:
        boxes: The objects, `(N, 4)`, xyxy in pixels of the input.
        at: The places, `(A, 4)`.
        levels: The number of places of each map.

    Returns:
        Indices of objects, `(A,)`, or -1.
    """
    if not len(boxes):
        return torch.full((len(at),), -1, device=at.device)
    stride = (at[:, 2] - at[:, 0])[:, None]
    center, object_center = (at[:, None, :2] + at[:, None, 2:]) / 2, (boxes[:, :2] + boxes[:, 2:]) / 2
    near = (center - object_center).abs().amax(dim=2) < RADIUS * stride
    distances = torch.cat([center - boxes[:, :2], boxes[:, 2:] - center], dim=2)
    inside = distances.amin(dim=2) > 0
    least, most = SCALES[0] * stride, SCALES[1] * stride
    least[: levels[0]], most[-levels[-1] :] = 0, torch.inf
    farthest = distances.amax(dim=2)
    suits = near & inside & (farthest > least) & (farthest < most)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    smallest = torch.where(suits, areas, torch.inf).min(dim=1)
    return torch.where(suits.any(dim=1), smallest.indices, -1)


def _centerness(boxes: Tensor, at: Tensor) -> Tensor:
    """1 for places at the center of their boxes, 0 at the border."""
    center = (at[:, :2] + at[:, 2:]) / 2
    before, after = center - boxes[:, :2], boxes[:, 2:] - center
    return (torch.minimum(before, after) / torch.maximum(before, after)).prod(dim=1).sqrt()
