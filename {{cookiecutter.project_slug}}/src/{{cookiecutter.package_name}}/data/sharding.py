"""Writes data sets in shards, which `shards.py` reads."""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from rich.progress import track

from ..config.errors import UserError
from .bucket import Bucket
from .checks import LONG
from .collection import Collection
from .example import FILES, Example
from .files import SCHEME, absolute
from .kept import relative
from .shards import EXAMPLES, LOOKS, TASK, VERSION, Contents, litdata

CHUNK = "64MB"  # large enough for a bucket, and small enough to wait for


def write_shards(collection: Collection, to: str, overwrite: bool) -> int:
    """Writes the images that can be read, with their labels and in their splits, to a folder or a bucket.

    They appear whole or not at all; `examples.json` is the last to be copied to a bucket.

    Args:
        collection: The images.
        to: A folder, or a place in a bucket, as in `s3://bucket/folder`.
        overwrite: Whether shards that are there are replaced.

    Returns:
        How many images were written.

    Raises:
        UserError: If there is something already, or the data cannot be read.
    """
    there = f"to={to} holds shards already: name another place, or replace them by overwrite=true"
    if to.startswith(SCHEME):
        litdata()  # brings boto3 along
        bucket = Bucket(to)
        if bucket.holds(EXAMPLES) and not overwrite:
            raise UserError(there)
        with tempfile.TemporaryDirectory(prefix="shards-") as folder:
            count = _write(collection, Path(folder))
            files = sorted(Path(folder).iterdir(), key=lambda file: (file.name == EXAMPLES, file.name))
            for file in track(files, "Uploading", transient=True):
                bucket.send(file)
        return count
    target = Path(absolute(to))
    if target.exists() and any(target.iterdir()):
        if not (target / EXAMPLES).exists():
            raise UserError(f"to={to} has other files: name a new folder")
        if not overwrite:
            raise UserError(there)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        count = _write(collection, partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return count


def _write(collection: Collection, folder: Path) -> int:
    splits, source = collection.readable, collection.source
    examples = [example for members in splits.values() for example in members]
    cache = litdata().streaming.Cache(str(folder), chunk_bytes=CHUNK)
    for number, example in enumerate(track(examples, "Writing", transient=True, disable=len(examples) < LONG)):
        cache[number] = [_content(example, name) for name in FILES]
    cache.done()
    cache.merge()
    np.save(folder / LOOKS, collection.looks[0].rows_of(example.image for example in examples))
    named = {split: [_named(example, collection.root) for example in members] for split, members in splits.items()}
    contents = Contents(VERSION, TASK, source.format, source.classes, source.facts, named)
    (folder / EXAMPLES).write_bytes(TypeAdapter(Contents).dump_json(contents, fallback=list))  # arrays are lists there
    return len(examples)


def _content(example: Example, name: str) -> bytes:
    file = getattr(example, name)
    return file.read_bytes() if isinstance(file, Path) else b""


def _named(example: Example, root: Path) -> Example:
    """An example whose files have the names that they have in the folder of the data."""
    files = {name: getattr(example, name) for name in FILES}
    return replace(example, **{name: Path(relative(file, root)) for name, file in files.items() if isinstance(file, Path)})
