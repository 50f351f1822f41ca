"""From the outputs of the network to predictions, and the places that the outputs belong to."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import batched_nms, clip_boxes_to_image

from ..data.input_size import fitted_size
from .decode_arrays import CANDIDATES, LEAST_SCORE, MOST_BOXES, OVERLAP, STRIDES, padded_size


def places(image_size: tuple[int, int], device: torch.device | str | None = None) -> tuple[Tensor, list[int]]:
    """The places for which the network has outputs: the cells of its maps.

    Args:
        image_size: Height and width of the input, in pixels.
        device: Where the places are wanted.

    Returns:
        Each place as a box of the size of its stride, `(A, 4)`, float32, xyxy in pixels of the input, and the number of places
        of each map.
    """
    boxes = []
    for stride in STRIDES:
        steps = (torch.arange(-(-side // stride), dtype=torch.float32, device=device) * stride for side in padded_size(image_size))
        y, x = torch.meshgrid(*steps, indexing="ij")
        boxes.append(torch.stack([x - stride / 2, y - stride / 2, x + stride / 2, y + stride / 2], dim=-1).reshape(-1, 4))
    return torch.cat(boxes), [len(level) for level in boxes]


def boxes_at(distances: Tensor, at: Tensor) -> Tensor:
    """Boxes by their distances from places.

    Args:
        distances: From the center to the left, top, right and bottom, in strides, `(..., 4)`.
        at: The places, `(..., 4)`.

    Returns:
        `(..., 4)`, xyxy in pixels.
    """
    center = (at[..., :2] + at[..., 2:]) / 2
    distances = distances * (at[..., 2:] - at[..., :2]).repeat_interleave(2, dim=-1)
    return torch.cat([center - distances[..., :2], center + distances[..., 2:]], dim=-1)


def candidates(outputs: dict[str, Tensor], image_size: tuple[int, int]) -> dict[str, Tensor]:
    """The box of every place, and its score for every class: all of decoding that can be part of an exported network.

    Args:
        outputs: Of the network, `cls_logits` `(B, A, classes)`, `bbox_regression` `(B, A, 4)` and `bbox_ctrness` `(B, A, 1)`. An
            exported network gives the candidates themselves, which are returned, and so is what D-FINE gives.
        image_size: Height and width of the input, in pixels.

    Returns:
        `boxes` `(B, A, 4)`, xyxy in pixels of the input, and `scores` `(B, A, classes)`, from 0 to 1.
    """
    if "scores" in outputs:
        return outputs
    at, _ = places(image_size, outputs["cls_logits"].device)
    scores = (outputs["cls_logits"].float().sigmoid() * outputs["bbox_ctrness"].float().sigmoid()).sqrt()
    return {"boxes": boxes_at(outputs["bbox_regression"].float(), at), "scores": scores}


def decode(
    outputs: dict[str, Tensor], sizes: Sequence[tuple[int, int]], image_size: tuple[int, int], score_threshold: float = LEAST_SCORE
) -> list[dict[str, Tensor]]:
    """The objects in each image, in pixels of its file.

    Args:
        outputs: Of the network, or what `candidates` makes of them.
        sizes: Height and width of each image file; that of the input gives boxes in its pixels.
        image_size: Height and width of the input, in pixels.
        score_threshold: Leaves out what has no higher score, or none higher than `LEAST_SCORE`.

    Returns:
        For each image `boxes` `(N, 4)` xyxy, `scores` `(N,)` and `labels` `(N,)`, best first, at most 100.
    """
    outputs = candidates(outputs, image_size)
    if "objects" in outputs:  # of D-FINE, which gives each object one box
        boxes, scores, levels, overlap = outputs["objects"], outputs["scores"], [outputs["objects"].shape[1]], 1.0
    else:
        boxes, scores, levels, overlap = outputs["boxes"], outputs["scores"], places(image_size)[1], OVERLAP
    threshold = max(score_threshold, LEAST_SCORE)
    found = []
    for image_boxes, image_scores, size in zip(boxes, scores, sizes, strict=True):
        content = clip_boxes_to_image(image_boxes, fitted_size(*size, image_size))
        best = _best(content, image_scores, levels, threshold, overlap)
        found.append(best | {"boxes": boxes_on_image(best["boxes"], size, image_size)})
    return found


def _best(boxes: Tensor, scores: Tensor, levels: list[int], threshold: float, overlap: float) -> dict[str, Tensor]:
    """Of boxes `(A, 4)` with scores `(A, classes)` those that are left after non-maximum suppression."""
    candidates, first = [], 0
    for level in scores.split(levels):
        flat = level.flatten()
        above = (flat > threshold).nonzero()[:, 0]
        above = above[flat[above].topk(min(CANDIDATES, len(above))).indices]
        candidates.append(above + first)
        first += len(flat)
    chosen = torch.cat(candidates)
    place, labels = chosen // scores.shape[1], chosen % scores.shape[1]
    boxes, scores = boxes[place], scores.flatten()[chosen]
    inside = (boxes[:, :2] < boxes[:, 2:]).all(dim=1)  # not those that lay wholly in the border
    boxes, scores, labels = boxes[inside], scores[inside], labels[inside]
    kept = batched_nms(boxes, scores, labels, overlap)[:MOST_BOXES]
    return {"boxes": boxes[kept], "scores": scores[kept], "labels": labels[kept]}


def boxes_on_image(boxes: Tensor, size: tuple[int, int], image_size: tuple[int, int]) -> Tensor:
    """Takes boxes from the input back to the image it was made from.

    Args:
        boxes: `(N, 4)`, xyxy, pixels of the input.
        size: Height and width of the image.
        image_size: Height and width of the input.

    Returns:
        `(N, 4)`, xyxy, pixels of the image, inside it.
    """
    (height, width), (fitted_height, fitted_width) = size, fitted_size(*size, image_size)
    x, y = width / fitted_width, height / fitted_height
    return clip_boxes_to_image(boxes * boxes.new_tensor([x, y, x, y]), (height, width))
