"""An image with its objects."""

import math
from dataclasses import dataclass
from pathlib import Path

Box = tuple[float, float, float, float]
FILES = ("image",)  # what an example has in files of its own
PARTS = (1.0, 1.0)  # the size of an image whose boxes are in parts of its width and height, not in pixels


@dataclass(frozen=True)
class Object:
    """What a format says of an object.

    Attributes:
        name: Of its class.
        box: `xyxy`, in pixels of the image, as in the annotation file.
        crowd: Whether it is a group (COCO's `iscrowd`) or `difficult`: neither learned from, nor missed if it is not found.
        area: In pixels; small, medium and large objects are told apart by it.
    """

    name: str
    box: Box
    crowd: bool
    area: float


@dataclass(frozen=True)
class Annotation:
    """What a format says of an image.

    Attributes:
        image: The image file.
        objects: What is in it.
        size: Width and height of the image that the boxes were drawn on, if the annotation file gives them; or `PARTS`.
    """

    image: Path
    objects: tuple[Object, ...]
    size: tuple[float, float] | None = None


@dataclass(frozen=True)
class Example:
    """An image to learn from, with all that its annotation has, each with one entry for each object.

    Attributes:
        image: The image file.
        boxes: `xyxy`, in pixels of the image, as in the annotation file.
        labels: Class indices.
        crowds: Whether an object is a group or difficult, which neither counts nor is learned from.
        areas: In pixels.
    """

    image: Path
    boxes: tuple[Box, ...]
    labels: tuple[int, ...]
    crowds: tuple[bool, ...]
    areas: tuple[float, ...]

    @property
    def strata(self) -> frozenset[int]:
        """The classes in the image, but those of crowds; each is spread evenly over the splits."""
        return frozenset(label for label, crowd in zip(self.labels, self.crowds, strict=True) if not crowd)


def size_given(width: float | str | None, height: float | str | None) -> tuple[float, float] | None:
    """The size of an image as a file gives it; None where that says nothing, as 0 by 0."""
    size = float(width or 0), float(height or 0)
    return size if all(0 < side < math.inf for side in size) else None


def has_area(box: Box, width: float = math.inf, height: float = math.inf) -> bool:
    """Whether some of a box lies inside an image of this size."""
    left, top, right, bottom = box
    return min(right, width) > max(left, 0) and min(bottom, height) > max(top, 0)
