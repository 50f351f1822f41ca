"""Decoded images, kept for all workers: to decode an image often takes longer than all else that is done with it."""

import glob
import hashlib
import mmap
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ..config.errors import UserError
from .reduction import FORMATS, Detail

FOLDER = Path("data") / "cache"
ALWAYS_KEPT = 64 * 2**20  # bytes of images in memory, whatever is set: all of a set of small ones, a few of large ones
STATE = 4  # numbers
WORD = 8  # bytes; the sum of words is a checksum that takes a tenth of the time of CRC-32
GIB = 2**30


class ImageCache:
    """Room for images of known sizes, which processes fill together.

    Args:
        room: Most bytes of each decoded image, `(N,)`, int64; those that need more are not kept.
        file: Keeps images longer than this process lives; None for memory.

    Attributes:
        pixels: Of one image after the other.
        states: Of each that is there its height and width, its reduction, and its checksum.

    Raises:
        UserError: If there is not enough memory or disk.
    """

    def __init__(self, room: np.ndarray, file: Path | None = None) -> None:
        self.room, self.file = room, file
        of_words = room + -room % WORD
        self.starts = torch.from_numpy(np.cumsum(of_words) - of_words)
        total, states = max(1, int(of_words.sum())), STATE * max(1, len(room))
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() and (free := shutil.disk_usage(file.parent).free) < total:
                where = f"{file.parent} (what other trainings left there can be removed)"
                raise _refusal("disk", total, f"{free / GIB:.1f} GiB are free in {where}")
            self.pixels = torch.from_file(str(file), shared=True, size=total, dtype=torch.uint8)
            self.states = torch.from_file(f"{file}.states", shared=True, size=states, dtype=torch.int64).view(-1, STATE)
            return
        try:
            self.pixels = torch.frombuffer(mmap.mmap(-1, total), dtype=torch.uint8)
        except OSError:
            raise _refusal("ram", total, "this machine has less memory") from None
        self.states = torch.frombuffer(mmap.mmap(-1, 8 * states), dtype=torch.int64).view(-1, STATE)

    def __reduce_ex__(self, protocol: Any) -> Any:  # a process that is not forked opens the file, too
        return (ImageCache, (self.room, self.file)) if self.file else super().__reduce_ex__(protocol)

    def get(self, index: int, read: Callable[[], tuple[Tensor, int]]) -> tuple[Tensor, int]:
        """An image, and its reduction.

        Args:
            index: Which one.
            read: Gives it as `read_reduced` does, if it is not here.
        """
        start, (height, width, factor, checksum) = int(self.starts[index]), self.states[index].tolist()
        size = 3 * height * width
        # Another process may be writing it just now, or a machine may have failed before the file was written.
        if height and self._checksum(start, size) == checksum:
            return self.pixels[start : start + size].view(height, width, 3).permute(2, 0, 1), factor
        image, factor = read()
        if image.numel() <= self.room[index]:
            pixels = image.permute(1, 2, 0).contiguous().flatten()  # the order in which images are decoded, and scaled much faster
            self.pixels[start : start + len(pixels)] = pixels
            self.states[index] = torch.tensor([*image.shape[1:], factor, self._checksum(start, len(pixels))])
        return image, factor

    def _checksum(self, start: int, size: int) -> int:
        """Of so many bytes, and of the zeros behind them that fill the last word."""
        return int(self.pixels[start : start + size + -size % WORD].view(torch.int64).sum())


def make_cache(rows: np.ndarray, detail: Detail, kind: Literal["ram", "disk"] | None, name: str, chosen_by: str = "") -> ImageCache:
    """A cache for images as they are now; of what they were before, none stays.

    On disk, trainings that need other images or other sizes have other files, so that none takes those of another away.

    Args:
        rows: What was seen of them, as in `Looks`.
        detail: What will be seen of them, as `read_reduced` takes it.
        kind: Where all are kept; None keeps a few in memory.
        name: What the name of the file begins with.
        chosen_by: All by which these images were chosen, and their order.

    Raises:
        UserError: If there is not enough memory or disk.
    """
    height, width = (rows[side].astype(np.int64) for side in ("height", "width"))
    factor = np.where(np.isin(rows["format"], np.bytes_(FORMATS)), detail.reduction(height, width), 1)
    room = 3 * (height // factor) * (width // factor)
    if kind == "disk":
        stamps = b"".join(rows[column].tobytes() for column in ("path", "bytes", "changed"))
        purpose, version = (hashlib.sha256(each).hexdigest()[:16] for each in (f"{detail} {chosen_by}".encode(), stamps))
        file = FOLDER.absolute() / f"{name}-{purpose}-{version}.pixels"
        for old in set(FOLDER.glob(f"{glob.escape(name)}-{purpose}-{'?' * 16}.pixels*")):
            if not old.name.startswith(file.name):
                old.unlink(missing_ok=True)  # whoever has it open keeps it
        return ImageCache(room, file)
    return ImageCache(room if kind == "ram" else np.where(np.cumsum(room) > ALWAYS_KEPT, 0, room))


def _refusal(kind: str, needed: int, there: str) -> UserError:
    return UserError(f"data.cache={kind} takes {needed / GIB:.1f} GiB for all images, decoded, but {there}: use another data.cache")
