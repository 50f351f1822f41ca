"""An image with its mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILES = ("image", "mask")  # what an example has in files of its own, unless a mask is drawn


@dataclass(frozen=True)
class Shape:
    """What one annotation covers, and with which value it is drawn.

    Attributes:
        value: Index of its class in the data.
        polygons: Each an array of x, y, x, y, … in pixels, counted from the upper left corner of the image.
        runs: Instead of polygons an array: lengths of runs of pixels outside and inside by turns, column by column.
    """

    value: int
    polygons: tuple[Sequence[float], ...] = ()
    runs: Sequence[int] | None = None


@dataclass(frozen=True)
class Shapes:
    """A mask that is drawn when it is needed: later shapes lie on earlier ones, and all on value 0.

    Attributes:
        file: Where the shapes were found, for messages.
        height: Of the image as it was annotated.
        width: Of the same.
        shapes: In the order of drawing.
        parts: Files each of which has a part of the mask; without shapes, they are yet to be united.
    """

    file: Path
    height: int
    width: int
    shapes: tuple[Shape, ...]
    parts: tuple[Path, ...] = ()

    @classmethod
    def of_parts(cls, files: Sequence[Path]) -> "Shapes":
        """A mask in several files, into which nobody has looked."""
        return cls(files[0], 0, 0, (), tuple(files))


@dataclass(frozen=True)
class Code:
    """What the values of masks stand for.

    Attributes:
        classes: Pairs of a value and its class; class 255 is ignored. A color is the value 0xRRGGBB.
        colored: Whether the values are colors.
        others_ignored: Whether pixels of other values are ignored; otherwise there must be none.
    """

    classes: tuple[tuple[int, int], ...] = ()
    colored: bool = False
    others_ignored: bool = False


@dataclass(frozen=True)
class Example:
    """An image to learn from. A format says where image and mask are; `labels.py` looks into the masks for the rest.

    Attributes:
        image: The image file.
        mask: The mask file, or what is to be drawn.
        code: What the values of the mask stand for.
        strata: The classes in the mask, which are spread evenly over the splits; none if all pixels are ignored.
    """

    image: Path
    mask: Path | Shapes
    code: Code = Code()
    strata: frozenset[int] = frozenset()

    @property
    def mask_file(self) -> Path:
        """Where the mask comes from, for messages."""
        return self.mask.file if isinstance(self.mask, Shapes) else self.mask
