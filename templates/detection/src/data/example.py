"""An image with its objects."""

import math
from dataclasses import dataclass
from pathlib import Path

Box = tuple[float, float, float, float]


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
        size: Width and height of the image, if the annotation file gives them.
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
        stratum: The rarest class in the image, or -1 if it has no object but crowds.
    """

    image: Path
    boxes: tuple[Box, ...]
    labels: tuple[int, ...]
    crowds: tuple[bool, ...]
    areas: tuple[float, ...]
    stratum: int = -1


def has_area(box: Box, width: float = math.inf, height: float = math.inf) -> bool:
    """Whether some of a box lies inside an image of this size."""
    left, top, right, bottom = box
    return min(right, width) > max(left, 0) and min(bottom, height) > max(top, 0)
