"""What is in one COCO file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .example import Annotation, Object, size_given
from .lookup import Images, mistakes_of
from .outlines import around_outline

KIND = "COCO file of boxes"


@dataclass(frozen=True)
class CocoFile:
    """What is in a file.

    Attributes:
        annotations: Of its images.
        names: Of its categories by id, in the order of the ids.
        outlined: How many objects have a box without area, and get that around their outline.
        pointed: How many have key points, but neither area nor outline, and are left out.
        groups: Ids and names of those that are the supercategory of others and of no object, as the first of Roboflow's.
    """

    annotations: list[Annotation]
    names: dict[str, str]
    outlined: int
    pointed: int
    groups: set[tuple[str, str]]


def load(file: Path) -> Any:
    """The content of a JSON file in UTF-8, -16 or -32, with or without a byte-order mark."""
    with mistakes_of(file, KIND):
        return json.loads(file.read_bytes())


def parse(content: Any, file: Path, images: Images, split: str) -> CocoFile:
    """Reads the content of a file.

    Args:
        content: What `load` gave.
        file: Where it comes from.
        images: Where its images are.
        split: Where they are looked for first.

    Raises:
        UserError: If there is a mistake in it, or an image is missing.
    """
    with mistakes_of(file, KIND):
        if isinstance(content, list):
            raise ValueError("it is a list, without images, annotations and categories; export it as COCO")
        names = _by_id(content["categories"], "name", file)
        outlined = sum(map(_must_be_outlined, content["annotations"]))
        pointed = sum(map(_is_of_points, content["annotations"]))
        return CocoFile(_read_images(content, names, images, file, split), names, outlined, pointed, _groups(content, names))


def _read_images(content: Any, names: dict[str, str], images: Images, file: Path, split: str) -> list[Annotation]:
    # LVIS has addresses in place of names.
    listed = [{"file_name": entry["coco_url"]} | entry if "coco_url" in entry else entry for entry in content["images"]]
    objects: dict[str, list[Object]] = {key: [] for key in _by_id(listed, "file_name", file)}
    for annotation in content["annotations"]:
        key = _text(annotation["image_id"])
        if key not in objects:
            raise ValueError(f"the annotation {annotation.get('id', 'without id')} names the image {key}, which is not listed")
        if not _is_of_points(annotation):
            objects[key].append(_read_object(annotation, names))
    found: dict[Path, Annotation] = {}
    missing = []
    for key, entry in {_text(entry["id"]): entry for entry in listed}.items():
        path = images.named(entry["file_name"], file, split)
        if path is None:
            missing.append(entry["file_name"])
        elif path in found:
            raise UserError(f"{file} lists {path} twice, with different ids: merge the entries")
        else:
            found[path] = Annotation(path, tuple(objects[key]), size_given(entry.get("width"), entry.get("height")))
    if missing:
        raise UserError(
            f"{file} lists {missing[0]!r}, which is no image in {images.root} ({len(missing)} such): add it or remove its entry"
        )
    if not found:
        raise UserError(f"{file} lists no images")
    return list(found.values())


def _read_object(annotation: dict[str, Any], names: dict[str, str]) -> Object:
    if annotation.get("bbox") and not _must_be_outlined(annotation):
        x, y, width, height = (float(number) for number in annotation["bbox"])
        box = (x, y, x + width, y + height)
    elif annotation.get("segmentation"):
        box = around_outline(annotation["segmentation"])
        width, height = box[2] - box[0], box[3] - box[1]
    else:
        raise ValueError(f"the annotation {annotation.get('id', 'without id')} has neither bbox nor segmentation")
    category = _text(annotation["category_id"])
    if category not in names:
        raise ValueError(f"the annotation {annotation.get('id', 'without id')} names the category {category}, which is not listed")
    area = width * height if annotation.get("area") is None else float(annotation["area"])
    return Object(names[category], box, bool(int(annotation.get("iscrowd") or 0)), area)


def _must_be_outlined(annotation: dict[str, Any]) -> bool:
    """Whether there is an outline beside a box without width or height."""
    box, outline = annotation.get("bbox"), annotation.get("segmentation")
    if not box or not outline or not any(outline):
        return False
    return not all(float(side) > 0 for side in box[2:])


def _is_of_points(annotation: dict[str, Any]) -> bool:
    """Whether there are key points, but neither an outline nor a box with an area."""
    has_area = annotation.get("bbox") and all(float(side) > 0 for side in annotation["bbox"][2:])
    return bool(annotation.get("keypoints")) and not has_area and not any(annotation.get("segmentation") or ())


def _by_id(entries: list[dict[str, Any]], name: str, file: Path) -> dict[str, str]:
    """What entries are called, in the order of their ids."""
    found: dict[str, str] = {}
    for entry in entries:
        key, called = _text(entry["id"]), _text(entry[name])
        if found.setdefault(key, called) != called:
            raise UserError(f"{file} gives the id {key} to both {found[key]} and {called}: give each its own")
    return dict(sorted(found.items(), key=lambda item: (not item[0].isdecimal(), item[0].zfill(20))))


def _text(identity: Any) -> str:
    """An id or a name as text, since tools write 1, 1.0 or "1" for the same."""
    if isinstance(identity, bool) or not isinstance(identity, str | int | float):
        raise TypeError(f"{identity!r} is neither number nor text")
    return str(int(identity)) if isinstance(identity, float) else str(identity).strip()


def _groups(content: Any, names: dict[str, str]) -> set[tuple[str, str]]:
    used = {_text(annotation["category_id"]) for annotation in content["annotations"]}
    over = [(_text(category["id"]), category.get("supercategory")) for category in content["categories"]]
    return {
        (key, name)
        for key, name in names.items()
        if key not in used and any(name == group for other, group in over if other != key)
    }
