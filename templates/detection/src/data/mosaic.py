"""Mosaics (https://arxiv.org/abs/2004.10934): each image of a batch becomes a part of four of them, side by side."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import ops

SMALLEST_BOX = 1.0  # pixels; smaller boxes have no area to learn from; they still count, as the truth
SMALLEST_SCALE = 0.5  # of each of the four: with less, they would not fill the image


def mosaic(images: Tensor, boxes: Sequence[Tensor], labels: Sequence[Tensor]) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Sets the images of a batch in two rows and two columns, each smaller by the same scale, and cuts a window out.

    Scale and window are random, and the same for the whole batch. No image is read for it beside those in the batch: the other
    three of each are those that follow it.

    Args:
        images: `(B, 3, h, w)`.
        boxes: Of each image `(N, 4)`, xyxy in pixels.
        labels: Of each image `(N,)`.

    Returns:
        The same of the mosaics. Boxes end where the window does.
    """
    height, width = images.shape[2:]
    scale, down, right = torch.rand(3).tolist()
    scale = SMALLEST_SCALE + (1 - SMALLEST_SCALE) * scale
    tile_height, tile_width = math.ceil(height * scale), math.ceil(width * scale)
    top, left = round((2 * tile_height - height) * down), round((2 * tile_width - width) * right)

    tiles = F.interpolate(images, (tile_height, tile_width), mode="bilinear")
    rows = [torch.cat([tiles.roll(-first, 0), tiles.roll(-first - 1, 0)], dim=3) for first in (0, 2)]
    window = torch.cat(rows, dim=2)[..., top : top + height, left : left + width].contiguous()

    shrink = images.new_tensor([tile_width / width, tile_height / height]).repeat(2)
    moves = [images.new_tensor([x * tile_width - left, y * tile_height - top]).repeat(2) for y in (0, 1) for x in (0, 1)]
    new_boxes, new_labels = [], []
    for first in range(len(images)):
        of_tiles = [(first + number) % len(images) for number in range(4)]
        moved = torch.cat([boxes[index] * shrink + move for index, move in zip(of_tiles, moves, strict=True)])
        moved = ops.clip_boxes_to_image(moved, (height, width))
        kept = ops.remove_small_boxes(moved, SMALLEST_BOX)
        new_boxes.append(moved[kept])
        new_labels.append(torch.cat([labels[index] for index in of_tiles])[kept])
    return window, new_boxes, new_labels
