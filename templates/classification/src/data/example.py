"""An image with its labels: one, or any number of them where the data are multi-label."""

from dataclasses import dataclass
from pathlib import Path

FILES = ("image",)  # what an example has in files of its own


@dataclass(frozen=True)
class Annotation:
    """What a format says of an image: the names of its classes."""

    image: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """An image to learn from.

    Attributes:
        image: The image file.
        labels: The indices of its classes, ascending.
    """

    image: Path
    labels: tuple[int, ...]

    @property
    def strata(self) -> tuple[int, ...]:
        """Each class is spread evenly over the splits."""
        return self.labels
