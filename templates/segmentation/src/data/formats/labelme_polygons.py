"""LabelMe: a JSON file of polygons for each image.

    root/               root/                      root/
      1.jpg               train/1.jpg                images/1.jpg
      1.json              train/1.json, val/…        annotations/1.json (or labels/, json/)

Classes are the labels in the order of the alphabet, after the background. Later shapes lie on earlier ones. As in LabelMe,
`_background_` is the background, and pixels of `__ignore__` are ignored. Polygons, rectangles, circles and masks have pixels; lines
and points are left out. An image without JSON is left out, too: nothing is known of it.
"""

import base64
import json
import math
from array import array
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...config.errors import UserError
from ..clues import origin_of
from ..codes import indices
from ..example import Example, Shape, Shapes
from ..files import Source, find_files, is_image, split_folders
from ..masks import IGNORED, LARGEST
from ..runs import part_to_runs

NAME: str = "LabelMe polygons"
EXPECTED: str = "LabelMe (1.json with shapes beside 1.jpg)"
BACKGROUND, IGNORE = "background", "__ignore__"
CORNERS = 64  # of a circle
JSON_FOLDERS = {"annotations", "labels", "json", "jsons", "label", "annotation"}


def matches(root: Path) -> bool:
    return bool(_pairs(root))


def read(root: Path) -> Source[Example]:
    """Reads the polygons of all images.

    Raises:
        UserError: If a file is no JSON as LabelMe writes it, or no shape covers a pixel.
    """
    pairs, notes, left_out = _pairs(root), [], Counter()
    content = {file: _load(file) for file in pairs.values()}
    names = {name for shapes, *_ in content.values() for name, _ in shapes}
    classes = [BACKGROUND, *sorted(names - {BACKGROUND, IGNORE})]
    value_of = {name: value for value, name in enumerate(classes)} | {IGNORE: IGNORED}
    if len(classes) < 2:
        raise UserError(f"{root} has no polygon of any class: draw some with LabelMe")
    examples = {}
    for image, file in pairs.items():
        shapes, without_area, height, width = content[file]
        left_out.update(without_area)
        drawn = [replace(shape, value=value_of[name]) for name, shape in shapes]
        examples[image] = Example(image, Shapes(file, height, width, tuple(drawn)), indices(len(classes)))
    if left_out:
        notes.append(f"{left_out.total()} shapes without area are left out ({', '.join(left_out)})")
    splits = {}
    folders = split_folders(root) or split_folders(root / "images") or {"all": root}
    notes += _left_out(root, pairs, folders)
    for split, folder in folders.items():
        if inside := [example for image, example in examples.items() if folder in image.parents]:
            splits[split] = inside
    return Source(NAME, classes, splits, notes)


def _left_out(root: Path, pairs: dict[Path, Path], folders: dict[str, Path]) -> list[str]:
    """What is said of files of which nothing is learned."""
    files, used = find_files(root), set(pairs.values())
    left_out = {
        "images without JSON": [path for path in filter(is_image, files) if path not in pairs],
        "JSON files without image": [path for path in files if path.suffix.lower() == ".json" and path not in used],
        "images beside the splits": [path for path in pairs if not any(folder in path.parents for folder in folders.values())],
    }
    return [f"{len(paths)} {what} are left out, {paths[0]} among them" for what, paths in left_out.items() if paths]


def _pairs(root: Path) -> dict[Path, Path]:
    """The JSON file of each image."""
    files = find_files(root)
    jsons = {file.with_suffix("").relative_to(root).parts: file for file in files if file.suffix.lower() == ".json"}
    if not jsons:
        return {}
    without = {tuple(part for part in parts if part.lower() not in JSON_FOLDERS): file for parts, file in jsons.items()}
    found = {}
    for image in filter(is_image, files):
        parts = image.with_suffix("").relative_to(root).parts
        bare = tuple(part for part in parts if part.lower() != "images")
        if file := jsons.get(parts) or without.get(bare):
            found[image] = file
    return found


def _load(file: Path) -> tuple[list[tuple[str, Shape]], list[str], int, int]:
    """The labels and shapes in a file, the kinds of those without area, and height and width of the image."""
    try:
        content = json.loads(file.read_bytes())
        shapes, size = content["shapes"], (int(content["imageHeight"]), int(content["imageWidth"]))
        if min(size) < 1:
            raise ValueError(f"the image has {size[1]}x{size[0]} pixels")
        if not all("label" in shape and isinstance(shape["points"], list) for shape in shapes):
            raise KeyError("label")
        read = [(shape, _read_shape(shape, *size)) for shape in shapes]
        without_area = [str(shape.get("shape_type")) for shape, found in read if not found]
        return [(_label(shape), found) for shape, found in read if found], without_area, *size
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        if origin := origin_of(file):
            raise UserError(f"{file} is no JSON of LabelMe, but has annotations like {origin}") from None
        raise UserError(f"{file} is no JSON as LabelMe writes it ({type(error).__name__}: {error}): mend or remove it") from None


def _label(shape: dict[str, Any]) -> str:
    return str(shape["label"]).replace("_background_", BACKGROUND)


def _read_shape(shape: dict[str, Any], height: int, width: int) -> Shape | None:
    """What a shape covers, of a value that is not known yet; None if it has no area."""
    points = [(float(x), float(y)) for x, y in shape["points"]]
    if not all(abs(number) < LARGEST for point in points for number in point):
        raise ValueError("a point is far outside of any image")
    kind = shape.get("shape_type") or "polygon"
    if kind == "mask":
        return Shape(0, runs=part_to_runs(base64.b64decode(shape["mask"]), points[0], height, width))
    if kind == "rectangle" and len(points) == 2:
        (left, top), (right, bottom) = points
        points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    elif kind == "circle" and len(points) == 2:
        (x, y), radius = points[0], math.dist(*points)
        angles = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
        points = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
    if kind not in ("polygon", "rectangle", "circle") or len(points) < 3:
        return None
    return Shape(0, (array("f", [number for point in points for number in point]),))
