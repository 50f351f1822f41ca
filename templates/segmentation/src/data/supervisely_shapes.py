"""Shapes as Supervisely writes them: polygons with holes, rectangles, and bitmaps, which are packed PNG files in text."""

import base64
import json
import zlib
from array import array
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

from .codes import BACKGROUND
from .example import Shape
from .lookup import mistakes_of
from .masks import LARGEST
from .runs import part_to_runs

KIND = "JSON as Supervisely writes it"
MOST = 64 << 20  # bytes of a bitmap

Named = tuple[str, Shape]  # a class, and a shape whose value is not known yet


def read_titles(file: Path) -> list[str]:
    """The classes in the order of `meta.json`; none if there is no such file."""
    if not file.is_file():
        return []
    with mistakes_of(file, KIND):
        return list(dict.fromkeys(_name(each["title"]) for each in json.loads(file.read_bytes())["classes"]))


def load(file: Path, others: Counter[str]) -> tuple[list[Named], int, int]:
    """The shapes in a file with their classes, and height and width of the image.

    Args:
        file: Of one image.
        others: Counts the kinds of shapes without area.

    Raises:
        UserError: If the file is no JSON as Supervisely writes it.
    """
    with mistakes_of(file, KIND):
        content = json.loads(file.read_bytes())
        height, width = int(content["size"]["height"]), int(content["size"]["width"])
        if min(height, width) < 1:
            raise ValueError(f"the image has {width}x{height} pixels")
        found: list[Named] = []
        for each in content["objects"]:
            if shape := _shape(each, height, width):
                found.append((_name(each["classTitle"]), shape))
            else:
                others[str(each["geometryType"])] += 1
        return found, height, width


def unpacked(text: str) -> bytes:
    """The PNG file in the text of a bitmap, no more of it than `MOST`: a few bytes could unpack to all of the memory."""
    return zlib.decompressobj().decompress(base64.b64decode(text), MOST)


def _name(title: Any) -> str:
    return BACKGROUND if str(title).strip("_ ").lower() == BACKGROUND else str(title)


def _shape(thing: dict[str, Any], height: int, width: int) -> Shape | None:
    """What a shape covers; None if it has no area."""
    kind = thing["geometryType"]
    if kind == "bitmap":
        left, top = (float(number) for number in thing["bitmap"]["origin"])
        try:
            return Shape(0, runs=part_to_runs(unpacked(thing["bitmap"]["data"]), (left, top), height, width))
        except (zlib.error, OSError) as error:
            raise ValueError(f"a bitmap cannot be unpacked: {error}") from None
    if kind not in ("polygon", "rectangle"):
        return None
    outer, holes = thing["points"]["exterior"], thing["points"].get("interior", [])
    if kind == "rectangle":
        (left, top), (right, bottom) = outer
        outer = [(left, top), (right, top), (right, bottom), (left, bottom)]
    # A line to each hole and back: what is crossed twice is not crossed.
    points = [*outer, *chain.from_iterable((outer[0], *hole, hole[0]) for hole in holes if hole)]
    corners = array("f", [float(number) for x, y in points for number in (x, y)])
    if not all(abs(number) < LARGEST for number in corners):
        raise ValueError("a point is far outside of any image")
    return Shape(0, (corners,)) if len(outer) > 2 else None
