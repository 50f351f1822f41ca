"""Finds copies of an image: the same file, or the same picture in another size, format or quality.

Nearly the same are pictures whose difference hashes (the signs of horizontal changes of brightness on a small grid) differ in few
bits. 16 by 16 bits and the limits below were chosen on three sets of photos: re-encoded, halved and brightened copies differ in at
most 8 bits in 19 of 20 cases, while the nearest of 125,000 pairs of different hands before one wall differ in 10. The usual 8 by 8
bits take 160 of these pairs for copies.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .files import SPLIT_NAMES

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 16
BITS = SIDE * SIDE
CHANGE = 4  # of 255; less is noise
NEAR = 8  # bits in which hashes of copies differ
FEWEST = 2 * NEAR  # bits set; a picture with fewer, as a blank one, says nothing
NEIGHBORS = 4
VERSION = re.compile(r"(.+)\.rf\.\w+")
MANY = 0.1  # part of all images that may be nearly the same; more is what all of them look like

Pair = tuple[Path, Path]


@dataclass(frozen=True)
class Print:
    """By what copies of an image are known.

    Attributes:
        content: Digest of the file.
        picture: Difference hash of the pixels.
    """

    content: str
    picture: int


def difference_hash(image: "Tensor") -> int:
    """The signs of horizontal changes on a grid, as a number of 256 bits.

    Args:
        image: `(3, H, W)`, uint8.
    """
    from torchvision.transforms.v2 import functional as F

    gray = F.resize(image, [SIDE, SIDE + 1], antialias=True).float().mean(0)
    rises = gray.diff(dim=1) > CHANGE
    return int("".join("1" if rise else "0" for rise in rises.flatten().tolist()), 2)


def pairs_of_copies(prints: dict[Path, Print]) -> tuple[list[Pair], str]:
    """Pairs that join all copies of an image with each other, and what is to be said of them."""
    first: dict[str, Path] = {}
    same = [(first.setdefault(each.content, path), path) for path, each in prints.items()]
    by_picture: dict[int, Path] = {}
    near = []
    for path, each in prints.items():
        if each.picture.bit_count() >= FEWEST:
            near.append((by_picture.setdefault(each.picture, path), path))
    near += [(by_picture[one], by_picture[other]) for one, other in _near(list(by_picture))]
    largest = max(Counter(joined(prints, near).values()).values(), default=0)
    if largest > max(3, MANY * len(prints)):
        return same, f"{largest} images look nearly the same; only equal files stay together, and what data.group says"
    return same + near, ""


def pairs_of_versions(images: Iterable[Path], root: Path) -> list[Pair]:
    """Pairs that join what Roboflow made of one image, as `1_jpg.rf.0a1b.jpg`, whatever split it is in."""
    first: dict[tuple[str, ...], Path] = {}
    pairs = []
    for image in images:
        if found := VERSION.fullmatch(image.stem):
            folders = (part for part in image.relative_to(root).parts[:-1] if part.lower() not in SPLIT_NAMES)
            pairs.append((first.setdefault((*folders, found[1]), image), image))
    return [pair for pair in pairs if pair[0] != pair[1]]


def joined(paths: Iterable[Path], pairs: Iterable[Pair]) -> dict[Path, Path]:
    """For each path one that stands for all that pairs join it with."""
    over = {path: path for path in paths}

    def top(path: Path) -> Path:
        while over[path] != path:
            over[path] = path = over[over[path]]
        return path

    for one, other in pairs:
        over[top(other)] = top(one)
    return {path: top(path) for path in over}


def _near(hashes: list[int]) -> Iterator[tuple[int, int]]:
    """Hashes that differ in few bits, without comparing all with all.

    Sorted by their bits from some place on, such hashes are neighbors, unless they differ right there (Charikar 2002, "Similarity
    estimation techniques from rounding algorithms"); so they are sorted from each word of 32 bits on.
    """
    import numpy as np

    words = np.frombuffer(b"".join(bits.to_bytes(BITS // 8, "big") for bits in hashes), ">u4").astype(np.uint32)
    words = words.reshape(-1, BITS // 32)
    for turn in range(words.shape[1]):
        order = np.lexsort(np.roll(words, -turn, axis=1).T[::-1])
        for ahead in range(1, NEIGHBORS + 1):
            differ = np.bitwise_count(words[order[ahead:]] ^ words[order[:-ahead]]).sum(axis=1)
            for place in np.flatnonzero(differ <= NEAR).tolist():
                yield hashes[order[place]], hashes[order[place + ahead]]
