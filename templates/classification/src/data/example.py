"""An image with its class."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Annotation:
    """What a format says of an image: the name of its class."""

    image: Path
    name: str


@dataclass(frozen=True)
class Example:
    """An image to learn from.

    Attributes:
        image: The image file.
        label: The index of its class.
    """

    image: Path
    label: int

    @property
    def strata(self) -> tuple[int]:
        """Each class is spread evenly over the splits."""
        return (self.label,)
