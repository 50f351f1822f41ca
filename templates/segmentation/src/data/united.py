"""Masks whose parts lie in several files: what the parts have together is remembered as long as none of them changes."""

import contextlib
import json
import os
from array import array
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from .example import Example, Shape, Shapes
from .masks import unite
from .survey import stamp


def with_united_masks(splits: Mapping[str, list[Example]], root: Path, kept_in: Path | None) -> dict[str, list[Example]]:
    """The examples, in which a mask of several files is drawn as one.

    Args:
        splits: Examples by split.
        root: Folder of the data.
        kept_in: Folder of the file that remembers what masks have together; where there is none, nothing is remembered.

    Raises:
        UserError: As `unite`.
    """
    parts = [each.mask for its in splits.values() for each in its if isinstance(each.mask, Shapes) and each.mask.parts]
    if not parts:
        return dict(splits)
    memory = kept_in / f"{root.resolve().name}-united.json" if kept_in else None
    known = _load(memory)
    stamps = {mask.file: stamp(*mask.parts) for mask in parts}
    united = {mask.file: known[str(mask.file)][1] for mask in parts if known.get(str(mask.file), ([],))[0] == stamps[mask.file]}
    new = [mask for mask in parts if mask.file not in united]
    with ThreadPoolExecutor() as threads:
        united |= {mask.file: drawn for mask, drawn in zip(new, threads.map(_unite, new), strict=True)}
    if new and memory:
        _save(memory, {file: (stamps[file], mask) for file, mask in united.items()})
    drawn = {mask.file: replace(united[mask.file], parts=mask.parts) for mask in parts}
    return {split: [replace(each, mask=drawn.get(each.mask_file, each.mask)) for each in its] for split, its in splits.items()}


def _unite(mask: Shapes) -> Shapes:
    return unite(list(mask.parts))


def _load(file: Path | None) -> dict[str, tuple[list[int], Shapes]]:
    """What is remembered; nothing if `file` is not as written here."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        if file:
            saved = json.loads(file.read_text("utf-8"))
            return {
                first: (its, Shapes(Path(first), height, width, (Shape(value, runs=array("l", runs)),)))
                for first, (its, height, width, value, runs) in saved.items()
            }
    return {}


def _save(file: Path, known: dict[Path, tuple[list[int], Shapes]]) -> None:
    content = {
        str(first): (its, mask.height, mask.width, mask.shapes[0].value, list(mask.shapes[0].runs or ()))
        for first, (its, mask) in known.items()
    }
    with contextlib.suppress(OSError):  # it only saves time
        partial = file.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps(content), "utf-8")
        partial.replace(file)
