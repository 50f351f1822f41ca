"""Data sets in shards: a few large files in place of many small ones, on a disk or in a bucket, from which they come when needed.

A folder of shards is what `sharding.py` writes:

  index.json       LitData's list of the chunks: https://lightning.ai/docs/litdata
  chunk-0-0.bin …  the files of one example after the other, as they were
  examples.json    what is known of them: the classes, and the examples of each split
  looks.npy        what `looks.py` remembers of the images
"""

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from ..config.errors import UserError
from .bucket import Bucket
from .collection import Splits, counted
from .example import FILES, Example
from .files import SCHEME, Source, StoredFile
from .kept import digest
from .looks import Looks, load_rows

EXAMPLES, LOOKS, INDEX = "examples.json", "looks.npy", "index.json"
VERSION = 1
TASK = "{{ cookiecutter.task }}"
FETCHED = Path("data") / "cache" / "shards"  # where those of buckets are kept
SPARED = 0.1  # part of the disk that fetched chunks leave free
ALWAYS_KEPT = 20  # chunks, of which some are in use

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """What is known of a data set in shards.

    Attributes:
        version: Of this format.
        task: What the labels are for.
        format: The format that it was in before, in words.
        classes: Class names, by index.
        facts: As in `Source`.
        splits: Examples by split, which are in the chunks in this order. Their files are named as they were, relative to the data.
    """

    version: int
    task: str
    format: str
    classes: list[str]
    facts: dict[str, Any]
    splits: dict[str, list[Example]]


def is_sharded(root: str) -> bool:
    """Whether a folder holds shards, or is a bucket, which can hold nothing else."""
    return root.startswith(SCHEME) or (Path(root) / EXAMPLES).is_file()


class Chunks:
    """The files of all examples. Each process opens them for itself.

    Args:
        root: A folder of shards, or their place in a bucket.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.bucket = Bucket(root) if root.startswith(SCHEME) else None
        self.folder = FETCHED.absolute() / digest(root) if self.bucket else Path(root)

    def __getstate__(self) -> dict[str, Any]:
        return {"root": self.root, "bucket": self.bucket, "folder": self.folder}

    def __len__(self) -> int:
        return len(self.chunk_of)

    def content(self, number: int, name: str) -> bytes:
        """What is in a file of an example; nothing if it has none of this name, which is one in `FILES`."""
        self._provide(int(self.chunk_of[number]))
        return bytes(self._data[number][FILES.index(name)])

    @cached_property
    def chunk_of(self) -> np.ndarray:
        """The number of the chunk that each example is in."""
        return np.repeat(np.arange(len(self._names)), np.diff(self.ends, prepend=0))

    @cached_property
    def ends(self) -> np.ndarray:
        """How many examples there are up to the end of each chunk."""
        return np.cumsum([chunk["chunk_size"] for chunk in self._index["chunks"]], dtype=np.int64)

    def fetch_ahead(self, chunks: Iterable[int]) -> None:
        """Begins to fetch chunks that will be needed soon. Whoever needs one that did not come says why."""
        if self.bucket:
            Thread(target=self._try_to_provide, args=(chunks,), daemon=True).start()

    def refresh(self) -> None:
        """Fetches what is known of the images. If others are there now, what was fetched of the former ones goes."""
        if not self.bucket:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        telling = [self.folder / INDEX, self.folder / LOOKS]  # how the images lie in chunks, and a digest of each
        before = [file.read_bytes() for file in telling if file.exists()]
        for name in (INDEX, LOOKS, EXAMPLES):
            self.bucket.fetch(name, self.folder / name)
        if before != [file.read_bytes() for file in telling]:
            for chunk in self.folder.glob("*.bin"):
                chunk.unlink(missing_ok=True)

    @cached_property
    def _index(self) -> dict[str, Any]:
        """What LitData knows of the chunks, which may come from anywhere.

        Raises:
            UserError: If it would have to load more than bytes, as it could be made to run code then, or names other files.
        """
        try:
            index = json.loads((self.folder / INDEX).read_text(encoding="utf-8"))
            names, kinds = [chunk["filename"] for chunk in index["chunks"]], index["config"]["data_format"]
            [int(chunk["chunk_size"]) for chunk in index["chunks"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{self.folder / INDEX} is no list of shards ({error!r}): write the shards again") from None
        if kinds != ["bytes"] * len(FILES) or any(Path(name).name != name for name in names):
            raise UserError(f"{self.folder / INDEX} is of shards that this project did not write: write them with `shards`")
        return index

    @cached_property
    def _names(self) -> list[str]:
        return [chunk["filename"] for chunk in self._index["chunks"]]

    @cached_property
    def _data(self) -> Any:
        return litdata().StreamingDataset(str(self.folder))

    def _provide(self, chunk: int) -> None:
        """Fetches a chunk that is not there; the longest unused ones make room for it."""
        if not self.bucket:
            return
        from filelock import FileLock

        file = self.folder / self._names[chunk]
        if not file.exists():
            with FileLock(f"{file}.lock"):
                if not file.exists():
                    self._make_room(int(self._index["chunks"][chunk]["chunk_bytes"]))
                    self.bucket.fetch(file.name, file)
        os.utime(file)

    def _try_to_provide(self, chunks: Iterable[int]) -> None:
        with contextlib.suppress(UserError):
            for chunk in chunks:
                self._provide(chunk)

    def _make_room(self, size: int) -> None:
        kept = sorted(self.folder.glob("*.bin"), key=lambda file: file.stat().st_mtime)
        for file in kept[: max(0, len(kept) - ALWAYS_KEPT)]:
            disk = shutil.disk_usage(self.folder)
            if disk.free - size > SPARED * disk.total:
                return
            file.unlink(missing_ok=True)  # whoever has it open keeps it


class ShardedFiles:
    """The files of the examples of a split.

    Args:
        chunks: All files.
        first: The number of the first example of the split.
    """

    def __init__(self, chunks: Chunks, first: int) -> None:
        self.chunks, self.first = chunks, first

    def chunk_of(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers of the chunks that hold examples of the split, `(N,)`, by where they are in it."""
        return self.chunks.chunk_of[self.first + numbers]

    def fetch_ahead(self, chunks: Iterable[int]) -> None:
        """As that of `Chunks`."""
        self.chunks.fetch_ahead(chunks)

    def of(self, example: Example, number: int) -> Example:
        """An example, with files in the chunks in place of mere names.

        Args:
            example: As it is in the split.
            number: Where it is in the split.
        """
        names = {name: getattr(example, name) for name in FILES}
        stored = {
            name: StoredFile.of(path, partial(self.chunks.content, self.first + number, name))
            for name, path in names.items()
            if isinstance(path, Path)
        }
        return replace(example, **stored)


class ShardedCollection:
    """What `Collection` is for a folder of images: which there are, and who trains, was settled when the shards were written.

    Args:
        root: A folder of shards, or their place in a bucket.
        classes: Class names of a trained model, which have to be those of the data.
    """

    def __init__(self, root: str, classes: list[str] | None) -> None:
        self.root, self.classes = root, classes
        self.chunks = Chunks(root)
        self.skipped: dict[Path, str] = {}
        self.kept_as = None  # shards have their splits

    def remember(self) -> None:
        """Nothing: all was remembered when the shards were written."""

    @cached_property
    def source(self) -> Source[Example]:
        """What the shards hold, said in one line.

        Raises:
            UserError: If they are damaged, of another task, or have other classes than the model.
        """
        self.chunks.refresh()
        file = self.chunks.folder / EXAMPLES
        try:
            known = TypeAdapter(Contents).validate_json(file.read_bytes())
        except (ValidationError, OSError) as error:
            raise UserError(f"{file} does not tell of shards for {TASK} ({_first_line(error)}): write them again") from None
        if (known.version, known.task) != (VERSION, TASK):
            raise UserError(f"{file} tells of shards for {known.task}, version {known.version}: write them for {TASK} again")
        if self.classes and self.classes != known.classes:
            raise UserError(
                f"{self.root} has the classes {', '.join(known.classes)}, but the model was trained on {', '.join(self.classes)}: "
                "use shards of the same classes"
            )
        examples = [example for members in known.splits.values() for example in members]
        if len(examples) != len(self.chunks):
            raise UserError(
                f"{self.root} has {len(self.chunks)} images in its chunks, but {len(examples)} in {EXAMPLES}: write them again"
            )
        if known.splits.keys() != {"train", "val", "test"}:
            raise UserError(f"{file} has the splits {', '.join(known.splits)}: write the shards again")
        labels = set[int]().union(*(example.strata for example in examples))
        if not labels <= set(range(len(known.classes))):
            raise UserError(f"{file} has labels that are none of its {len(known.classes)} classes: write the shards again")
        log.info("Data: shards of %s in %s; %s; %d classes", known.format, self.root, counted(known.splits), len(known.classes))
        return Source(f"shards of {known.format}", known.classes, known.splits, facts=known.facts)

    @property
    def splits(self) -> Splits:
        return self.source.splits

    @property
    def readable(self) -> Splits:
        return self.source.splits

    def of_split(self, split: str) -> list[Example]:
        if split == "all":
            return [example for examples in self.splits.values() for example in examples]
        return self.splits[split]

    @cached_property
    def looks(self) -> tuple[Looks, dict[Path, str]]:
        rows = load_rows(self.chunks.folder / LOOKS)
        if len(rows) != len(self.chunks):
            raise UserError(f"{self.chunks.folder / LOOKS} does not tell of {len(self.chunks)} images: write the shards again")
        return Looks([example.image for example in self.of_split("all")], rows), {}

    def files(self, split: str) -> ShardedFiles:
        """The files of the examples in `of_split`."""
        before = 0
        for name, examples in self.splits.items():
            if name == split:
                return ShardedFiles(self.chunks, before)
            before += len(examples)
        return ShardedFiles(self.chunks, 0)

    def release(self) -> None:
        self.source = replace(self.source, splits={})
        vars(self).pop("looks", None)


def litdata() -> Any:
    """The package, which asks nobody for a newer one, and does not talk of itself.

    Raises:
        UserError: If it is not installed.
    """
    os.environ.setdefault("LITDATA_DISABLE_VERSION_CHECK", "1")
    logging.getLogger("litdata").setLevel(logging.ERROR)
    try:
        import litdata  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise UserError("shards need litdata, which is not installed: uv sync --extra streaming") from None
    return litdata


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
