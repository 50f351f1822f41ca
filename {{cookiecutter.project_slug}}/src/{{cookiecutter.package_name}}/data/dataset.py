"""Annotated images as items and batches."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from ..config.schema import MAX_PIXELS
from .cache import ImageCache
from .chance import seeded
from .example import Example
from .images import read_reduced
from .item import stack, transformed
from .packed import Packed
from .reduction import Detail
from .shards import ShardedFiles
from .targets import collate_targets, load_target

TOGETHER = 16 * 2**20  # bytes of decoded images; large ones gain nothing from being together, and take memory


class AnnotatedImages(Dataset[dict[str, Any]]):
    """Items are what `transform` makes of an image and its target, with the size and the path of the file.

    Args:
        examples: Which images; they are packed, so that workers share them.
        classes: Class names, by index.
        transform: Takes `{"image": (3, H, W) uint8, **load_target(…)}`, where a JPEG may have been reduced: see `detail`.
        detail: What the transform lets see of an image; None gives it all.
        max_pixels: An image with more is refused.
        cache: Keeps images after they were read.
        files: The files of the examples, if they are in shards.
    """

    def __init__(
        self,
        examples: list[Example],
        classes: list[str],
        transform: Callable[[Any], Any],
        detail: Detail | None = None,
        max_pixels: int = MAX_PIXELS,
        cache: ImageCache | None = None,
        files: ShardedFiles | None = None,
    ) -> None:
        self.examples = Packed(examples)
        self.classes = classes
        self.transform = transform
        self.detail = detail
        self.max_pixels = max_pixels
        self.cache = cache
        self.files = files

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """An item, by its index or by `(index, seed)`; the seed says what the transform makes of it. That of -1 does not count."""
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[int | tuple[int, int]]) -> list[dict[str, Any]]:
        """The items of a batch, as a `DataLoader` asks for them; the seed of the first says what the transform makes of all."""
        indices, seeds = zip(*(key if isinstance(key, tuple) else (key, None) for key in keys), strict=True)
        with seeded(seeds[0]):
            return [item for some in self._read(indices) for item in transformed(some, self.transform)]

    def _read(self, indices: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
        """Items as they are in the files, some at a time, and in steps: see `transformed`."""
        examples = [self._example(range(len(self))[index]) for index in indices]
        first, images, size = 0, list[tuple[Tensor, int]](), 0
        for number, (index, example) in enumerate(zip(indices, examples, strict=True), 1):
            read = partial(read_reduced, example.image, self.detail, self.max_pixels)
            images.append(self.cache.get(index, read) if self.cache else read())
            size += images[-1][0].nbytes
            if size > TOGETHER or number == len(indices):
                yield [self._item(*each) for each in zip(indices[first:number], examples[first:number], images, strict=True)]
                first, images, size = number, [], 0

    def _item(self, index: int, example: Example, decoded: tuple[Tensor, int]) -> dict[str, Any]:
        image, factor = decoded
        height, width = (factor * side for side in image.shape[1:])  # of the file, as all targets
        item = {"image": tv_tensors.Image(image), **load_target(example, self.classes, height, width)}
        return item | {"size": (height, width), "path": str(example.image), "counted": index >= 0}

    def file(self, path: str) -> Path:
        """The file of an item, by the name in its `"path"`."""
        if not self.files:
            return Path(path)
        return next(self._example(index).image for index, each in enumerate(self.examples) if str(each.image) == path)

    def _example(self, index: int) -> Example:
        example = self.examples[index]
        return self.files.of(example, index) if self.files else example


def collate(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes a batch.

    Returns:
        `"image"` `(B, 3, h, w)` uint8, `"size"` the `(H, W)` and `"path"` the name of each file, `"counted"` how many
        of the images count, the first ones, what `collate_targets` adds, and, for training, what `change_batch` has
        to do: `"colors"` `(B, 3)` as `change_colors` wants them, and `"mixing"`, the seed of how images are mixed.
    """
    changes = {"colors": torch.stack([item["colors"] for item in items])} if "colors" in items[0] else {}
    if "mixing" in items[0]:
        changes["mixing"] = items[0]["mixing"]
    return {
        "image": stack([item["image"] for item in items]),
        "size": [item["size"] for item in items],
        "path": [item["path"] for item in items],
        "counted": sum(item["counted"] for item in items),
        **collate_targets(items),
        **changes,
    }
