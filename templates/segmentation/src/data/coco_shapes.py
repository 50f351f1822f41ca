"""What a COCO file says: images, categories, and what annotations cover."""

import json
from array import array
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .example import Shape, Shapes
from .masks import LARGEST
from .runs import read_runs

BACKGROUND = "background"


def load(file: Path, notes: list[str]) -> dict[str, Any] | None:
    """The content of a COCO file; None, and a note, if it is another kind of JSON.

    Raises:
        UserError: If it is no JSON.
    """
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise UserError(f"{file} is no JSON ({error}): mend or remove it") from None
    if isinstance(content, dict) and all(isinstance(content.get(key), list) for key in ("images", "annotations", "categories")):
        return content
    notes.append(f"{file} is left out: it has no images, annotations and categories, as COCO has")
    return None


def find_classes(contents: dict[Path, dict[str, Any]], notes: list[str]) -> list[str]:
    """The background and the categories; but not one that merely groups the others.

    Raises:
        UserError: If the files do not agree.
    """
    found: list[str] = []
    for file, content in contents.items():
        try:
            categories = sorted(content["categories"], key=lambda category: _order(category["id"]))
            used = {_key(annotation["category_id"]) for each in contents.values() for annotation in each["annotations"]}
            groups = {each.get("supercategory") for each in categories if each.get("supercategory") != each["name"]}
            names = [str(each["name"]) for each in categories if _key(each["id"]) in used or each["name"] not in groups]
        except (KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{file} is no COCO file ({type(error).__name__}: {error}): mend or remove it") from None
        if dropped := [str(each["name"]) for each in categories if str(each["name"]) not in names]:
            notes.append(f"{file} has the category {', '.join(dropped)} only to group others: it is no class")
        names = list(dict.fromkeys([BACKGROUND, *names]))
        if found and names != found:
            raise UserError(
                f"{file} has the categories {', '.join(names)}, but another file has {', '.join(found)}: they must agree"
            )
        found = names
    return found


def read_images(file: Path, content: dict[str, Any], classes: list[str], notes: list[str]) -> list[tuple[str, Shapes]]:
    """The name of each image, and what is to be drawn as its mask, larger annotations first.

    Raises:
        UserError: If there is a mistake, or no annotation says which pixels it covers.
    """
    found: dict[str, tuple[str, int, int, list[tuple[float, Shape]]]] = {}
    empty = 0
    try:
        names = {_key(category["id"]): str(category["name"]) for category in content["categories"]}
        key_of: dict[str, str] = {}
        for image in content["images"]:
            name, key = str(image["file_name"]).replace("\\", "/"), _key(image["id"])
            if key in found:
                raise UserError(f"{file} has the id {key} twice, for {found[key][0]} and {name}: give each image its own")
            if key_of.setdefault(name, key) != key:
                raise UserError(f"{file} lists {name} twice, with the ids {key_of[name]} and {key}: merge the entries")
            found[key] = name, int(image["height"]), int(image["width"]), []
            if min(found[key][1:3]) < 1:
                raise ValueError(f"{name} has {image['width']}x{image['height']} pixels")
        for annotation in content["annotations"]:
            _, height, width, shapes = found[_key(annotation["image_id"])]
            if annotation.get("segmentation"):
                value = classes.index(names[_key(annotation["category_id"])])
                shapes.append(_read_shape(annotation["segmentation"], value, height, width))
            else:
                empty += 1
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(f"{file} is no COCO file of polygons ({type(error).__name__}: {error}): mend or remove it") from None
    if not found:
        raise UserError(f"{file} lists no images")
    if empty and not any(shapes for *_, shapes in found.values()):
        raise UserError(f"{file} does not say which pixels its annotations cover: expected polygons or run lengths as segmentation")
    if empty:
        notes.append(f"{file} has {empty} annotations without polygon, which are left out")
    return [
        (name, Shapes(file, height, width, tuple(shape for _, shape in sorted(shapes, key=lambda each: -each[0]))))
        for name, height, width, shapes in found.values()
    ]


def _key(identity: Any) -> str:
    """An id as text, since tools write 1, 1.0 or "1" for the same."""
    return str(int(identity)) if isinstance(identity, float) else str(identity)


def _order(identity: Any) -> tuple[bool, str]:
    """By what ids are sorted: numbers by their value, before texts."""
    key = _key(identity)
    return not key.isdecimal(), key.zfill(20)


def _read_shape(segmentation: Any, value: int, height: int, width: int) -> tuple[float, Shape]:
    """What an annotation covers, and its area."""
    if isinstance(segmentation, dict):
        if (size := segmentation.get("size", [height, width])) != [height, width]:
            raise ValueError(f"run lengths are for height and width {size}, but the image has {[height, width]}")
        runs = read_runs(segmentation["counts"], height * width)
        return sum(runs[1::2]), Shape(value, runs=runs)
    polygons = tuple(array("f", polygon) for polygon in segmentation if len(polygon) >= 6)
    if not all(abs(number) < LARGEST for polygon in polygons for number in polygon):  # not a number is not less than anything
        raise ValueError("a polygon has a corner far outside of any image")
    return sum(_area(polygon) for polygon in polygons), Shape(value, polygons)


def _area(polygon: "array[float]") -> float:
    x, y = polygon[::2], polygon[1::2]
    return abs(sum(x[i - 1] * y[i] - x[i] * y[i - 1] for i in range(len(x)))) / 2
