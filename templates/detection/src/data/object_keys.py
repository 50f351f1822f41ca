"""What programs write of an image and its objects into JSON, whatever the keys are called."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .box_rows import COLUMNS, CORNERS, SIDES
from .example import Box, Object, size_given
from .files import is_image
from .label_studio import answers, is_task
from .outlines import around, around_ellipse
from .tables import plain

ENTRIES = ("frames", "imgs", "assets", "items")  # of images, in a file of them all
ABOUT_IMAGE = ("asset", "item", "data", "image")  # what holds the name of an image, beside its objects
NAMES = ("image", "file_name", "filename", "name", "path", "ID", "id")
OBJECTS = ("annotations", "labels", "objects", "regions", "label", "gtboxes")
OF_TASKS = ("rectanglelabels", "polygonlabels", "ellipselabels")
CLASS = ("category", "classTitle", "label", "tag", "tags", *OF_TASKS, "name", "categories", "label_id")
BOX = ("coordinates", "box2d", "bbox", "boundingBox", "bounding_box", "fbox", "points")
KIND = ("geometryType", "type")  # what is drawn: of the kinds below, what has no area, whatever is around it
WITHOUT_AREA = {"point", "points", "line", "polyline", "graph", "skeleton", "keypointlabels"}

Entry = dict[str, Any]


def entries_in(content: Any) -> list[Entry]:
    """What is said of each image, in a file of many or of one."""
    if isinstance(content, list):  # of Label Studio; a task that nobody has done yet has no annotations
        return [entry for entry in content if entry.get("annotations") or "data" not in entry]
    inner = next((content[key] for key in ENTRIES if key in content), [content])
    return list(inner.values()) if isinstance(inner, dict) else inner


def class_names(content: Any) -> list[str]:
    """The names of numbered classes, as Datumaro writes them; none where objects have names."""
    known = content.get("categories") if isinstance(content, dict) else None
    return [entry["name"] for entry in known["label"]["labels"]] if isinstance(known, dict) else []


def is_skipped(entry: Entry) -> bool:
    """Whether a task of Label Studio was given to people all of whom have skipped it."""
    return is_task(entry) and not answers(entry)


def name_of(entry: Entry) -> str | None:
    """What an entry calls its image; None if only its file does."""
    about = next((entry[key] for key in ABOUT_IMAGE if isinstance(entry.get(key), dict)), entry)
    texts = {key: value for key, value in about.items() if isinstance(value, str)}
    usual = [texts[key] for key in NAMES if key in texts]
    # Whoever makes tasks of Label Studio calls the image as he likes.
    of_image = filter(_is_address, [*usual, *texts.values()] if is_task(entry) else [])
    return next(of_image, usual[0] if usual else None)


def _is_address(text: str) -> bool:
    """Whether this leads to an image, as `https://host/1.jpg?size=1` and `/data/local-files/?d=1.jpg`."""
    return is_image(Path(text)) or is_image(Path(text.partition("?")[0]))


def size_of(entry: Entry) -> tuple[float, float] | None:
    """Width and height, where an entry gives them."""
    about = next((entry[key] for key in ABOUT_IMAGE if isinstance(entry.get(key), dict)), entry)
    size = about.get("size") or about
    return size_given(size.get("width"), size.get("height")) if isinstance(size, dict) else size_given(*reversed(size))


def objects_of(entry: Entry, names: list[str]) -> tuple[list[Object], int]:
    """The objects, and how many others have no box, as lines.

    Args:
        entry: Of an image.
        names: Of the classes, if objects have their numbers.
    """
    objects, without = [], 0
    for its in _listed(entry):
        if (box := _box_of(its)) is None:
            without += 1
            continue
        called = next((its[key] for key in CLASS if its.get(key) not in (None, [])), None)
        called = called[0] if isinstance(called, list) else called
        if called is None:
            raise ValueError("an object without a class")
        name = names[called] if names and isinstance(called, int) else str(called).strip()
        crowd = bool(its.get("iscrowd") or (its.get("extra") or {}).get("ignore"))  # CrowdHuman has the latter
        objects.append(Object(name, box, crowd, (box[2] - box[0]) * (box[3] - box[1])))
    return objects, without


def _listed(entry: Entry) -> Iterator[Entry]:
    """The objects of an entry, one by one."""
    found = next((entry[key] for key in OBJECTS if entry.get(key)), [])
    if isinstance(found, dict):  # of lists, as Hugging Face has it
        found = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    if is_task(entry):
        found = [each | each["value"] for each in answers(entry)[0] if "value" in each]
    yield from found


def _box_of(its: Entry) -> Box | None:
    """The box of an object; None if it has none."""
    if any(str(its.get(key)).lower() in WITHOUT_AREA for key in KIND):
        return None
    if "original_width" in its:
        return _of_percents(its)
    key = next((key for key in BOX if its.get(key)), None)
    given = its[key] if key else None
    if isinstance(given, list):
        if key == "points":
            return around(given if isinstance(given[0], list) else list(zip(given[::2], given[1::2], strict=True)))
        x, y, width, height = map(float, given)
        return x, y, x + width, y + height
    if not isinstance(given, dict):
        return None
    if "exterior" in given:
        return around(given["exterior"])
    numbers = {plain(name): float(number) for name, number in given.items() if isinstance(number, int | float)}
    found = {column: numbers[name] for column, its_names in COLUMNS.items() for name in reversed(its_names) if name in numbers}
    if found.keys() >= {*CORNERS}:
        return found["left"], found["top"], found["right"], found["bottom"]
    x, y, width, height = (found[side] for side in SIDES)
    if key == "coordinates":  # CreateML gives the middle
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return x, y, x + width, y + height


def _of_percents(its: Entry) -> Box | None:
    """The box around what is drawn in Label Studio, in percents of the image; None around what has no area there."""
    across, down = its["original_width"] / 100, its["original_height"] / 100
    turn = math.radians(its.get("rotation") or 0)
    if "points" in its:
        return around([(x * across, y * down) for x, y in its["points"]])
    if "radiusX" in its:
        return around_ellipse(its["x"] * across, its["y"] * down, its["radiusX"] * across, its["radiusY"] * down, turn)
    if not its.keys() >= {"width", "height"}:
        return None
    left, top, width, height = its["x"] * across, its["y"] * down, its["width"] * across, its["height"] * down
    cos, sin = math.cos(turn), math.sin(turn)  # a rectangle is turned around its first corner
    return around([(left + x * cos - y * sin, top + x * sin + y * cos) for x in (0, width) for y in (0, height)])
