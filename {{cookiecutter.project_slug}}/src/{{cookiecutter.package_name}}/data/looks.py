"""What images are like, as it is remembered of those that were read."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .copies import Print

LOOKS = "-looks.npy"  # ends the names of files with such rows
ROW = np.dtype([
    ("path", "u8"), ("bytes", "i8"), ("changed", "i8"), ("format", "S8"), ("height", "i4"), ("width", "i4"),
    ("mean", "f4", 3), ("deviation", "f4", 3), ("content", "u1", 32), ("picture", "u1", 32),
])  # fmt: skip


class Look(NamedTuple):
    """What is remembered of an image that was read.

    Attributes:
        format: Pillow's name for the format of the content, whatever the suffix says.
        height: In pixels, upright.
        width: In pixels, upright.
        mean: Of its pixels, from 0 to 255, for red, green and blue.
        deviation: The standard deviation of its pixels, for red, green and blue.
        print: By what copies of it are known.
    """

    format: str
    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    print: Print


class Looks(Mapping[Path, Look]):
    """What images are like, in an array: an object for each of a million would take a gigabyte.

    Args:
        paths: The images.
        rows: Of each, what `ROW` says; without height if it was not read.
    """

    def __init__(self, paths: Sequence[Path], rows: np.ndarray) -> None:
        read = np.flatnonzero(rows["height"]).tolist()
        self.paths, self.rows = [paths[number] for number in read], rows[read]

    @cached_property
    def _numbers(self) -> dict[Path, int]:
        return {path: number for number, path in enumerate(self.paths)}

    def __getitem__(self, path: Path) -> Look:
        *_, format, height, width, mean, deviation, content, picture = self.rows[self._numbers[path]].tolist()
        copied = Print(bytes(content).hex(), int.from_bytes(bytes(picture), "big"))
        return Look(format.decode(), height, width, tuple(mean), tuple(deviation), copied)

    def rows_of(self, paths: Iterable[Path]) -> np.ndarray:
        """The rows of some images."""
        return self.rows[[self._numbers[path] for path in paths]]

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)


def stamped(paths: list[Path]) -> np.ndarray:
    """A row for each file that tells it from others, and from what it was before."""
    rows = np.zeros(len(paths), ROW)
    rows["path"] = [int.from_bytes(hashlib.blake2b(os.fsencode(path), digest_size=8).digest(), "big") for path in paths]
    rows["bytes"], rows["changed"] = np.array([_stamp(path) for path in paths], np.int64).reshape(-1, 2).T
    return rows


def _stamp(path: Path) -> tuple[int, int]:
    """Size of a file and time of its last change."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def recall(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The rows, of which those of files that have not changed say what is known of them.

    Args:
        rows: As `stamped` makes them.
        known: As `load_rows` gives them.
    """
    if not len(known):
        return rows
    places = np.searchsorted(known["path"], rows["path"]) % len(known)
    same = np.logical_and.reduce([known[name][places] == rows[name] for name in ("path", "bytes", "changed")])
    rows[same] = known[places[same]]
    return rows


def remembered_sizes(paths: list[Path], folder: Path | None) -> dict[Path, tuple[int, int]]:
    """Height and width, upright, of images that were read before and have not changed.

    Args:
        paths: The images.
        folder: Where `load_rows` finds what is known, in files that end in `LOOKS`.
    """
    known = [load_rows(file) for file in sorted(folder.glob(f"*{LOOKS}"))] if folder else []
    if not any(map(len, known)):
        return {}
    rows = stamped(paths)
    for each in known:
        rows = recall(rows, each)
    sizes = zip(paths, rows["height"].tolist(), rows["width"].tolist(), strict=True)
    return {path: (height, width) for path, height, width in sizes if height}


def load_rows(file: Path | None) -> np.ndarray:
    """The rows of images that were read, in the order of their paths' digests; none if `file` is not as written here."""
    with contextlib.suppress(OSError, ValueError, EOFError):
        if file and (rows := np.load(file)).dtype == ROW:
            return rows
    return np.zeros(0, ROW)


def save_rows(rows: np.ndarray, file: Path) -> None:
    """Writes rows, of the same path the first."""
    with contextlib.suppress(OSError):  # it only saves time
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.npy")
        np.save(partial, rows[np.unique(rows["path"], return_index=True)[1]])
        partial.replace(file)
