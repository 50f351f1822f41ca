"""An image with its mask."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Example:
    """An image to learn from. A format says the files; `labels.py` looks into the masks for the rest.

    Attributes:
        image: The image file.
        mask: The mask file.
        binary: Whether the mask has 255 for class 1, instead of class indices.
        stratum: The rarest class in the mask if it is known, or else -1.
    """

    image: Path
    mask: Path
    binary: bool = False
    stratum: int = -1
