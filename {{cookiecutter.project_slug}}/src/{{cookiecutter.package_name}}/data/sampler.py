"""Which images a device gets, and in which order."""

from collections.abc import Iterator, Sized
from itertools import chain, groupby, zip_longest
from typing import Any

import numpy as np
import torch
from torch.utils.data import DistributedSampler

from .shards import ShardedFiles

MIXED = 8  # chunks of shards, about half a gigabyte


class EpochSampler(DistributedSampler[Any]):
    """Gives `(index, seed)` of each image in an epoch, in an order that only the seed and the epoch say.

    What is random about a batch follows from the seed of its first image, whoever loads it, and when: so an epoch can be entered at
    any batch.

    Args:
        images: As many as there are indices.
        seed: Of all orders.
        rank: Which part of the images, of those that `devices` devices share.
        devices: How many parts there are.
        times: How often each image comes in an epoch.
        files: Of images in shards: those of a few chunks are mixed at a time, so that others need not be there, and each device
            gets a part of the chunks.

    Attributes:
        start: How many images of the current epoch are left out, since they have trained already.
    """

    def __init__(
        self,
        images: Sized,
        seed: int,
        rank: int = 0,
        devices: int = 1,
        times: int | np.ndarray = 1,
        files: ShardedFiles | None = None,
    ) -> None:
        self.images = np.arange(len(images)).repeat(times)
        self.files = files
        super().__init__(range(len(self.images)), devices, rank, seed=seed)  # pyright: ignore[reportArgumentType]
        self.start = 0

    def set_epoch(self, epoch: int) -> None:
        if epoch != self.epoch:
            self.start = 0
        super().set_epoch(epoch)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        seeds = torch.randint(2**62, (len(self.dataset),), generator=generator).tolist()  # pyright: ignore[reportArgumentType]
        places = list(super().__iter__())[self.start :] if self.files is None else self._by_chunks(self.files)
        return ((int(self.images[place]), seeds[place]) for place in places)

    def _by_chunks(self, files: ShardedFiles) -> Iterator[int]:
        """With no more than `MIXED` chunks, the order is that of images which are in none."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        order = torch.randperm(len(self.images), generator=generator).numpy()
        chunk_of = files.chunk_of(self.images)
        group_of = torch.randperm(int(chunk_of.max()) + 1, generator=generator).numpy() // MIXED
        order = order[np.argsort(group_of[chunk_of[order]], kind="stable")]
        mine = np.resize(order, self.total_size).reshape(self.num_replicas, -1)[self.rank, self.start :].tolist()
        groups = [list(members) for _, members in groupby(mine, key=lambda place: group_of[chunk_of[place]])]
        for group, following in zip_longest(groups, groups[1:], fillvalue=()):
            files.fetch_ahead(dict.fromkeys(chunk_of[list(following)].tolist()))
            yield from group


class SharedBatches(DistributedSampler[Any]):
    """Deals the batches that a single device would have out to the devices in turn, so that together they count what it would.

    All devices have to take each step together: where the last round does not reach one, it gets -1, the last image, which does not
    count.

    Args:
        images: As many as there are indices.
        batch_size: Images in a batch.
        rank: Which of the devices gets these batches.
        devices: How many there are.
    """

    def __init__(self, images: Sized, batch_size: int, rank: int = 0, devices: int = 1) -> None:
        indices = range(len(images))
        super().__init__(indices, devices, rank, shuffle=False)  # pyright: ignore[reportArgumentType]
        batches = [indices[start : start + batch_size] for start in indices[::batch_size]]
        dealt = batches[rank::devices]
        self.indices = [*chain(*dealt), *([-1] if len(dealt) < len(batches[::devices]) else [])]

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)
