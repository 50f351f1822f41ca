"""Reads a folder of annotated images in whichever format of `formats/` it is.

Needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

from pathlib import Path

from ..config.errors import UserError
from .example import Example
from .files import Format, Source, describe
from .formats import FORMATS
from .labels import label


def find_format(root: Path) -> Format:
    """The first format that matches the folder `root`.

    Raises:
        UserError: If there is none; the message says what was looked for and what is there.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not an existing folder: give the folder that holds the images and what is known of them")
    for candidate in FORMATS:
        if candidate.matches(root):
            return candidate
    expected = ", or ".join(candidate.EXPECTED for candidate in FORMATS)
    raise UserError(f"{root} holds no images in a known format: expected {expected}; found {describe(root)}")


def read_source(root: Path, classes: list[str] | None = None) -> Source[Example]:
    """Reads the examples in the folder `root`.

    Args:
        root: Folder of the data.
        classes: Class names of a trained model, which then give the indices. By default the data's own.

    Raises:
        UserError: If no format matches, the data have a mistake, or a class is not among `classes`.
    """
    return label(find_format(root).read(root), root, classes)
