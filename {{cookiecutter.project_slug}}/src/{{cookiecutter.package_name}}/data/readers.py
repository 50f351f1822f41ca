"""Reads a folder of annotated images in whichever format of `formats/` it is.

Needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..config.errors import UserError, nearest
from .beside import with_what_lies_beside
from .clues import clue
from .containers import said_of_containers
from .example import Example
from .files import Format, Source, describe, only_folder, unwrapped
from .formats import FORMATS
from .labels import label


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
        UserError: If no format matches, the data have a mistake, or a class is not among `classes`.
    """
    found, folder = _find(root, format)
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
    folder: Path | None = innermost
    while folder:
        for candidate in candidates:
            if candidate.matches(folder):
                return candidate, folder
        folder = only_folder(folder)
    expected = ", or ".join(candidate.EXPECTED for candidate in candidates)
    where = "" if innermost == root else f" in {innermost.relative_to(root)}/"
    kind = "in no known format" if name is None else f"not in the format {name} that data.format names"
    found = f"{describe(innermost)}{where}{clue(innermost) or said_of_containers(innermost)}"
    raise UserError(f"{root} is {kind}: expected {expected}; found {found}")


def name_of(format: Format) -> str:
    """What `data.format` calls a format: the name of its module."""
    return format.__name__.rpartition(".")[2]
