"""What a COCO file says: images, categories, and what annotations cover."""

import json
from array import array
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .example import Shape, Shapes
from .lookup import Images
from .masks import LARGEST
from .runs import read_runs
from .survey import image_size

BACKGROUND = "background"


def load(file: Path, notes: list[str]) -> dict[str, Any] | None:
    """The content of a COCO file; None, and a note, if it is another kind of JSON.

    Raises:
        UserError: If it is no JSON, or of a panoptic segmentation.
    """
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise UserError(f"{file} is no JSON ({error}): mend or remove it") from None
    if isinstance(content, dict) and all(isinstance(content.get(key), list) for key in ("images", "annotations", "categories")):
        if any("segments_info" in annotation for annotation in content["annotations"] if isinstance(annotation, dict)):
            raise UserError(
                f"{file} is of COCO's panoptic segmentation, whose shapes are colors in PNG files: write masks of classes with "
                "panopticapi (panoptic2semantic_segmentation.py), or take instances_*.json in its place"
            )
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
            names = [_class_name(each) for each in categories if _key(each["id"]) in used or each["name"] not in groups]
        except (KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{file} is no COCO file ({type(error).__name__}: {error}): mend or remove it") from None
        if dropped := [_class_name(each) for each in categories if _class_name(each) not in [BACKGROUND, *names]]:
            notes.append(f"{file} has the category {', '.join(dropped)} only to group others: it is no class")
        names = list(dict.fromkeys([BACKGROUND, *names]))
        if found and names != found:
            raise UserError(
                f"{file} has the categories {', '.join(names)}, but another file has {', '.join(found)}: they must agree"
            )
        found = names
    return found


def read_images(
    file: Path, content: dict[str, Any], classes: list[str], images: Images, split: str, notes: list[str]
) -> list[tuple[Path, Shapes]]:
    """Each image, and what is to be drawn as its mask, larger annotations first.

    Args:
        file: The COCO file.
        content: What is in it.
        classes: Of all files.
        images: Where its images are.
        split: Where they are looked for first.
        notes: Gets what was left out.

    Raises:
        UserError: If there is a mistake, an image is missing, or no annotation says which pixels it covers.
    """
    found: dict[str, tuple[Path, int, int, list[tuple[float, Shape]]]] = {}
    empty = 0
    try:
        names = {_key(category["id"]): _class_name(category) for category in content["categories"]}
        path_of = _find_images(file, content, images, split)
        for image in content["images"]:
            path, key = path_of[_key(image["id"])], _key(image["id"])
            found[key] = path, *_size(image, path), []
            if min(found[key][1:3]) < 1:
                raise ValueError(f"{path} has {image['width']}x{image['height']} pixels")
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
        (path, Shapes(file, height, width, tuple(shape for _, shape in sorted(shapes, key=lambda each: -each[0]))))
        for path, height, width, shapes in found.values()
    ]


def _find_images(file: Path, content: dict[str, Any], images: Images, split: str) -> dict[str, Path]:
    """The image of each id."""
    names: dict[str, str] = {}
    for image in content["images"]:
        name, key = str(image["file_name"]), _key(image["id"])
        if key in names:
            raise UserError(f"{file} has the id {key} twice, for {names[key]} and {name}: give each image its own")
        names[key] = name
    found: dict[str, Path] = {}
    key_of: dict[Path, str] = {}
    for key, name in names.items():
        if path := images.named(name, file, split):
            if key_of.setdefault(path, key) != key:
                raise UserError(f"{file} lists {path} twice, with the ids {key_of[path]} and {key}: merge the entries")
            found[key] = path
    if missing := [name for key, name in names.items() if key not in found]:
        raise UserError(
            f"{file} lists {missing[0]!r}, which is no image in {images.root} ({len(missing)} such): add it or remove its entry"
        )
    return found


def _size(image: dict[str, Any], path: Path) -> tuple[int, int]:
    """Height and width of an image as it was annotated."""
    if image.get("height") is None or image.get("width") is None:
        return image_size(path) or (1, 1)  # what cannot be opened is never drawn on
    return int(image["height"]), int(image["width"])


def _class_name(category: dict[str, Any]) -> str:
    name = str(category["name"])
    return BACKGROUND if name.strip("_ ").lower() == BACKGROUND else name


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
    return sum(area(polygon) for polygon in polygons), Shape(value, polygons)


def area(polygon: "array[float]") -> float:
    """The area of a polygon x, y, x, y, …, which must not cross itself."""
    x, y = polygon[::2], polygon[1::2]
    return abs(sum(x[i - 1] * y[i] - x[i] * y[i - 1] for i in range(len(x)))) / 2
