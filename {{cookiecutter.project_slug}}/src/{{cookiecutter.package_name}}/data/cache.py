"""Decoded images, kept for all workers: to decode an image often takes longer than all else that is done with it."""

import hashlib
import mmap
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ..config.errors import UserError

FOLDER = Path("data") / "cache"
ALWAYS_KEPT = 64 * 2**20  # bytes of images in memory, whatever is set: all of a set of small ones, a few of large ones
GIB = 2**30


class ImageCache:
    """Room for images of known sizes, which processes fill together.

    Args:
        room: Most bytes of each decoded image, `(N,)`, int64; those that need more are not kept.
        file: Keeps images longer than this process lives; None for memory.

    Attributes:
        pixels: Of one image after the other.
        states: Height and width of each that is there, and its checksum.

    Raises:
        UserError: If there is not enough memory or disk.
    """

    def __init__(self, room: np.ndarray, file: Path | None = None) -> None:
        self.room, self.file = room, file
        self.starts = torch.from_numpy(np.cumsum(room) - room)
        total, states = max(1, int(room.sum())), 3 * max(1, len(room))
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() and (free := shutil.disk_usage(file.parent).free) < total:
                raise _refusal("disk", total, f"{free / GIB:.1f} GiB are free in {file.parent}")
            self.pixels = torch.from_file(str(file), shared=True, size=total, dtype=torch.uint8)
            self.states = torch.from_file(f"{file}.states", shared=True, size=states, dtype=torch.int64).view(-1, 3)
            return
        try:
            self.pixels = torch.frombuffer(mmap.mmap(-1, total), dtype=torch.uint8)
        except OSError:
            raise _refusal("ram", total, "this machine has less memory") from None
        self.states = torch.frombuffer(mmap.mmap(-1, 8 * states), dtype=torch.int64).view(-1, 3)

    def __reduce_ex__(self, protocol: Any) -> Any:  # a process that is not forked opens the file, too
        return (ImageCache, (self.room, self.file)) if self.file else super().__reduce_ex__(protocol)

    def get(self, index: int, read: Callable[[], Tensor]) -> Tensor:
        """An image.

        Args:
            index: Which one.
            read: Gives it, `(3, H, W)`, uint8, if it is not here.
        """
        start, (height, width, checksum) = int(self.starts[index]), self.states[index].tolist()
        kept = self.pixels[start : start + 3 * height * width].view(3, height, width)
        # Another process may be writing it just now, or a machine may have failed before the file was written.
        if height and zlib.crc32(kept.numpy().data) == checksum:
            return kept
        image = read().contiguous()
        if image.numel() <= self.room[index]:
            self.pixels[start : start + image.numel()] = image.flatten()
            self.states[index] = torch.tensor([*image.shape[1:], zlib.crc32(image.numpy().data)])
        return image


def make_cache(rows: np.ndarray, kind: Literal["ram", "disk"] | None, name: str) -> ImageCache:
    """A cache for images as they are now; of what they were before, none stays.

    Args:
        rows: What was seen of them, as in `Looks`.
        kind: Where all are kept; None keeps a few in memory.
        name: Of the file.

    Raises:
        UserError: If there is not enough memory or disk.
    """
    room = 3 * rows["height"].astype(np.int64) * rows["width"]
    if kind == "disk":
        stamps = b"".join(rows[name].tobytes() for name in ("path", "bytes", "changed"))
        digest = hashlib.sha256(stamps).hexdigest()[:16]
        file = FOLDER.absolute() / f"{name}-{digest}.pixels"
        for old in set(FOLDER.glob(f"{name}-{'?' * 16}.pixels*")):
            if not old.name.startswith(file.name):
                old.unlink(missing_ok=True)
        return ImageCache(room, file)
    return ImageCache(room if kind == "ram" else np.where(np.cumsum(room) > ALWAYS_KEPT, 0, room))


def _refusal(kind: str, needed: int, there: str) -> UserError:
    return UserError(f"data.cache={kind} takes {needed / GIB:.1f} GiB for all images, decoded, but {there}: use another data.cache")
