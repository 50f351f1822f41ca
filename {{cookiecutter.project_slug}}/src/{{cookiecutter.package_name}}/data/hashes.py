"""Finds images that look alike, whatever their size, compression and brightness."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

ROWS, COLUMNS = 8, 9
BITS = 64
DISTANCE = 6  # bits in which the hashes of copies may differ
CORRELATION = 0.985  # of the brightness of copies, at the least


def shrink(image: Tensor) -> bytes:
    """The brightness of 8 by 9 parts of an image `(3, H, W)`, uint8, row by row."""
    small = F.resize(image, [ROWS, COLUMNS], antialias=True).to(torch.int32).sum(dim=0) // 3
    return small.to(torch.uint8).numpy().tobytes()


def difference_hash(image: Tensor) -> int:
    """Says of 64 places of an image whether it is brighter on the right of each.

    Source: https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html

    Args:
        image: `(3, H, W)`, uint8.

    Returns:
        64 bits; 0 for an image of one color.
    """
    return int(_hashes([shrink(image)])[0])


def group_alike(small: Sequence[bytes]) -> list[list[int]]:
    """Groups images that look like another one of their group.

    Hashes that differ in few bits are equal in one of some parts: only those that share a part are compared. As many images
    have such hashes by chance, their brightness is compared, too.

    Args:
        small: What `shrink` makes of each image.

    Returns:
        Indices, in groups of two or more, in order.
    """
    if not small:
        return []
    hashes = _hashes(small)
    gray = np.frombuffer(b"".join(small), dtype=np.uint8).reshape(len(small), -1).astype(np.float32)
    gray -= gray.mean(axis=1, keepdims=True)
    gray /= np.linalg.norm(gray, axis=1, keepdims=True) + 1e-6
    first_of = list(range(len(small)))

    def first(index: int) -> int:
        while first_of[index] != index:
            first_of[index] = index = first_of[first_of[index]]
        return index

    width = BITS // (DISTANCE + 1)
    for part in range(DISTANCE + 1):
        keys = hashes >> np.uint64(part * width) & np.uint64(2**width - 1)
        order = np.argsort(keys, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
            for position, index in enumerate(bucket[:-1]):
                others = bucket[position + 1 :]
                others = others[np.bitwise_count(hashes[others] ^ hashes[index]) <= DISTANCE]
                for other in others[gray[others] @ gray[index] > CORRELATION]:
                    one, two = sorted((first(int(index)), first(int(other))))
                    first_of[two] = one
    groups = defaultdict(list)
    for index in range(len(small)):
        groups[first(index)].append(index)
    return [group for group in groups.values() if len(group) > 1]


def _hashes(small: Sequence[bytes]) -> np.ndarray:
    """The `difference_hash` of each shrunken image, uint64."""
    gray = np.frombuffer(b"".join(small), dtype=np.uint8).reshape(-1, ROWS, COLUMNS)
    bits = (gray[:, :, 1:] > gray[:, :, :-1]).reshape(-1, BITS)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)
