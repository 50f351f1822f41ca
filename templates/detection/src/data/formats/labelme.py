"""LabelMe: one JSON file for each image, with shapes drawn in it.

    root/
      1.jpg
      1.json   (or annotations/1.json, labels/1.json with images/1.jpg; also below train/, valid/, test/)

A shape is taken for the box around it. Shapes of one `group_id` and label are one object.
"""

import json
import re
from pathlib import Path
from typing import Any

from ...config.errors import UserError
from ..example import Annotation, Box, Object, size_given
from ..files import Source
from ..lookup import Images, files_of_kind, mistakes_of
from ..outlines import around

NAME: str = "LabelMe JSON"
EXPECTED: str = "LabelMe (1.json for 1.jpg, beside it or in annotations/)"
WITHOUT_AREA = {"point", "points", "line", "linestrip"}


def matches(root: Path) -> bool:
    return any(_has_shapes(file) for file in files_of_kind(root, ".json"))


def read(root: Path) -> Source[Annotation]:
    """Reads all files that have shapes.

    Raises:
        UserError: If a file has a mistake, or its image is missing.
    """
    images = Images(root)
    found: dict[Path, Annotation] = {}
    others: list[Path] = []
    lines: list[Path] = []
    for file in files_of_kind(root, ".json"):
        with mistakes_of(file, "LabelMe file"):
            content = json.loads(file.read_bytes())
            if not isinstance(content, dict) or "shapes" not in content:
                others.append(file)
                continue
            image = images.partner(file) or images.named(content["imagePath"], file)
            size = size_given(content.get("imageWidth"), content.get("imageHeight"))
            objects, without_area = _read_shapes(content["shapes"])
        if image is None:
            raise UserError(f"{file} has no image {file.stem}.* in {root}: add the image or remove the annotation")
        if image in found:
            raise UserError(f"{image} has several annotations, {file} among them: keep one")
        found[image] = Annotation(image, objects, size)
        lines += [file] * without_area
    if not found:
        raise UserError(f"{root} has no JSON file with shapes, as LabelMe writes them")
    notes = []
    if others:
        notes.append(f"JSON files of another kind: {len(others)}, as {others[0]}; they are left out")
    if lines:
        notes.append(f"points and lines, which have no box: {len(lines)}, as in {lines[0]}; they are left out")
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})
    splits, said = images.by_split(list(found.values()))
    return Source(NAME, classes, splits, notes + said + images.left_out(found))


def _has_shapes(file: Path) -> bool:
    """Whether a file begins as LabelMe's do: their image may be in them, so that the shapes come far behind."""
    with file.open("rb") as opened:
        return bool(re.search(rb'"(shapes|imagePath|imageData)"\s*:', opened.read(4096)))


def _read_shapes(shapes: list[dict[str, Any]]) -> tuple[tuple[Object, ...], int]:
    """The objects, and how many shapes are none."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    drawn = [shape for shape in shapes if shape.get("shape_type") not in WITHOUT_AREA]
    for number, shape in enumerate(drawn):
        group = ("alone", number) if shape.get("group_id") is None else ("group", shape["group_id"])
        groups.setdefault((shape["label"].strip(), group), []).append(shape)
    objects = []
    for (name, _), members in groups.items():
        left, top, right, bottom = around([corner for box in map(_box_of, members) for corner in (box[:2], box[2:])])
        difficult = any(shape.get("difficult") for shape in members)
        objects.append(Object(name, (left, top, right, bottom), difficult, (right - left) * (bottom - top)))
    return tuple(objects), len(shapes) - len(drawn)


def _box_of(shape: dict[str, Any]) -> Box:
    points = shape["points"]
    if shape.get("shape_type") == "circle":  # its center, and a point on it
        (x, y), (at_x, at_y) = points
        radius = ((x - at_x) ** 2 + (y - at_y) ** 2) ** 0.5
        return x - radius, y - radius, x + radius, y + radius
    return around(points)
