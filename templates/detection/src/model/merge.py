"""Boxes of tiles as those of one image."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.tiles import Window

SAME = 0.5  # overlap of two boxes, on what both tiles see, from which they are one object
NEAR = 0.02  # of the longer side of a tile: a box that ends no farther from the border may be cut by it
MOST = 1000  # boxes of an image that are compared, the best ones


def merge(predictions: Sequence[dict[str, Tensor]], windows: Sequence[Window], size: tuple[int, int]) -> dict[str, Tensor]:
    """The objects in an image, each once.

    Boxes of a class from two tiles are one object if they agree on the part of the image that both tiles see: so do a whole object
    and the piece of it in the next tile, and two pieces of one object. The better box stays; where the border of its tile cuts it,
    it grows by the others.

    Args:
        predictions: For each tile `boxes`, `scores` and `labels`, as `decode` gives them, in pixels of the file.
        windows: Where the tiles lie.
        size: Height and width of the image.

    Returns:
        The same for the image, best first.
    """
    if len(windows) == 1:
        return predictions[0]
    seen = torch.tensor([[left, top, left + width, top + height] for top, left, height, width in windows]).float()
    of_tile = torch.repeat_interleave(torch.tensor([len(each["boxes"]) for each in predictions]))
    boxes, scores, labels = (torch.cat([each[name].cpu() for each in predictions]) for name in ("boxes", "scores", "labels"))
    best = scores.argsort(descending=True, stable=True)[:MOST]
    of_tile, scores, labels = of_tile[best], scores[best], labels[best]
    seen = seen[of_tile]
    boxes = boxes[best] + seen[:, :2].repeat(1, 2)
    inner = seen != seen.new_tensor([0, 0, size[1], size[0]])
    near = NEAR * max(windows[0].height, windows[0].width)
    others = (labels[:, None] == labels) & (of_tile[:, None] != of_tile).triu()
    same = others & agree(boxes, seen, boxes, seen)
    left = torch.ones(len(boxes), dtype=torch.bool)
    for number in same.any(dim=1).nonzero()[:, 0].tolist():
        found = same[number] & left
        while left[number] and found.any():
            left[found] = False
            cut = inner[number] & ((boxes[number] - seen[number]).abs() < near)
            together = torch.cat([boxes[number : number + 1], boxes[found]])
            boxes[number] = torch.where(cut, _around(together), boxes[number])
            seen[number] = _around(torch.cat([seen[number : number + 1], seen[found]]))
            found = others[number] & left & agree(boxes[number], seen[number], boxes, seen)[0]
    device = predictions[0]["boxes"].device
    return {name: values[left].to(device) for name, values in (("boxes", boxes), ("scores", scores), ("labels", labels))}


def agree(boxes: Tensor, seen: Tensor, other_boxes: Tensor, other_seen: Tensor) -> Tensor:
    """Whether boxes are one, as far as can be told from the part of the image that both tiles see.

    Args:
        boxes: `(N, 4)`, xyxy in pixels of the image.
        seen: The parts of the image that their tiles see, `(N, 4)`.
        other_boxes: `(M, 4)`.
        other_seen: `(M, 4)`.

    Returns:
        `(N, M)`, bool.
    """
    seen = _overlap(seen.view(-1, 1, 4), other_seen)
    one, other = _overlap(boxes.view(-1, 1, 4), seen), _overlap(other_boxes, seen)
    shared = _area(_overlap(one, other))
    return shared > SAME * (_area(one) + _area(other) - shared)


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat([torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:])], dim=-1)


def _around(boxes: Tensor) -> Tensor:
    return torch.cat([boxes[:, :2].amin(dim=0), boxes[:, 2:].amax(dim=0)])


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)
