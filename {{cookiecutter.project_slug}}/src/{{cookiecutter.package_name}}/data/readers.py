"""Reads a folder of annotated images in whichever format of `formats/` it is.

Needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..config.errors import UserError, nearest
from .beside import with_what_lies_beside
from .clues import clue
from .containers import said_of_containers
from .example import Example
from .files import Format, Source, describe, find_unread_images, holds_images, only_folder, unwrapped, visible_folders
from .formats import FORMATS
from .labels import label
from .other_tasks import said_of_other_tasks

SHOWN = 3  # folders in a message


def find_format(root: Path, name: str | None = None) -> Format:
    """The first format that matches the folder `root`, or a folder that it is a mere wrapping of.

    Args:
        root: Folder of the data.
        name: Of the module of a format, which alone is tried then.

    Raises:
        UserError: If there is none; the message says what was looked for and what is there.
    """
    return _find(root, name)[0]


def read_source(
    root: Path, classes: list[str] | None = None, format: str | None = None, kept_in: Path | None = None, **options: Any
) -> Source[Example]:
    """Reads the examples in the folder `root`.

    Args:
        root: Folder of the data.
        classes: Class names of a trained model, which then give the indices. By default the data's own.
        format: Name of the module of a format. By default it is found by looking.
        kept_in: Folder that keeps what takes long to find out.
        options: Of `label`.

    Raises:
        UserError: If no format matches, the data have a mistake, no images or a class that is not among `classes`.
    """
    found, folder = _find(root, format)
    if not holds_images(root):
        raise UserError(f"{root} has {found.NAME}, but no images{_said_of_unread(root)}")
    source = found.read(folder)
    if folder != root:
        source = replace(source, format=f"{source.format} in {folder.relative_to(root)}/")
    return label(with_what_lies_beside(source, root), root, classes, kept_in, **options)


def _find(root: Path, name: str | None) -> tuple[Format, Path]:
    """A format, and the folder that is in it."""
    if not root.is_dir():
        raise UserError(
            f"{root} is not an existing folder: give the folder that holds the images and what is known of them, "
            "or the shards that `uv run shards` has written"
        )
    candidates = [candidate for candidate in FORMATS if name is None or name == name_of(candidate)]
    if not candidates:
        names = [name_of(candidate) for candidate in FORMATS]
        raise UserError(f"data.format={name} is no known format: expected one of {', '.join(names)}{nearest(str(name), names)}")
    innermost = unwrapped(root)  # before the others, since some formats would match these, but look in vain for other files there
    if found := _match(innermost, candidates):
        return found
    expected = ", or ".join(candidate.EXPECTED for candidate in candidates)
    where = "" if innermost == root else f" in {innermost.relative_to(root)}/"
    kind = "in no known format" if name is None else f"not in the format {name} that data.format names"
    hint = _said_of_folders(innermost, candidates) or said_of_other_tasks(innermost) or clue(innermost) or said_of_containers(root)
    raise UserError(f"{root} is {kind}: expected {expected}; found {describe(innermost)}{where}{hint}")


def _match(folder: Path | None, candidates: list[Format]) -> tuple[Format, Path] | None:
    """The first format that matches, and the folder that is in it: `folder`, or one that it merely wraps."""
    while folder:
        for candidate in candidates:
            if candidate.matches(folder):
                return candidate, folder
        folder = only_folder(folder)
    return None


def _said_of_folders(root: Path, candidates: list[Format]) -> str:
    """What is said of the folders in one in no known format that are in one themselves; empty if none is."""
    found: list[tuple[Format, Path]] = []
    for folder in filter(holds_images, visible_folders(root)):
        with contextlib.suppress(UserError):  # which is said where this folder is given
            found += filter(None, [_match(folder, candidates)])
    if not found:
        return ""
    names = " and ".join(str(path) for _, path in found[:SHOWN]) + ("…" if len(found) > SHOWN else "")
    return f"; {names} can be read ({found[0][0].NAME}): give {'one' if len(found) > 1 else 'it'} as data.root"


def _said_of_unread(root: Path) -> str:
    """What is said of a folder without images: what may hold them, or what to do."""
    if unread := find_unread_images(root):
        return f" of a kind that is read: convert those such as {unread[0]} ({len(unread)}) to JPEG or PNG"
    return said_of_containers(root) or ": put them there"


def name_of(format: Format) -> str:
    """What `data.format` calls a format: the name of its module."""
    return format.__name__.rpartition(".")[2]
