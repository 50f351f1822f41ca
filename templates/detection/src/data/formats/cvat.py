"""CVAT for images: an XML file with what is drawn in all images, or in those of a split.

    root/
      annotations.xml   (or train.xml, or train/annotations.xml, …)
      images/1.jpg      (or in any other folder)

The subset of an image tells its split. Polygons, ellipses and masks are taken for the boxes around them, and so are turned boxes.
Points and lines are left out.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from ...config.errors import UserError
from ..example import Annotation, Box, Object, size_given
from ..files import Source, split_in
from ..lookup import Images, files_of_kind, mistakes_of, split_of_file
from ..outlines import around, around_ellipse, around_turned
from ..xml_files import parse_xml

NAME: str = "CVAT for images"
KIND = "XML of CVAT for images"
EXPECTED: str = "CVAT for images (annotations.xml)"
HEAD = 1 << 16  # bytes of a file, which begins with what is known of the task
SIGN = re.compile(rb"<annotations>.*<image\s[^>]*\bname=", re.DOTALL)
OF_IMAGES = {"tag"}  # what is said of a whole image


def matches(root: Path) -> bool:
    return bool(_files(root))


def read(root: Path) -> Source[Annotation]:
    """Reads all files.

    Raises:
        UserError: If a file has a mistake, an image is there twice, or most are missing.
    """
    images = Images(root)
    found: dict[Path, Annotation] = {}
    splits: dict[str, list[Annotation]] = {}
    absent, without = [], []
    for file in _files(root):
        with mistakes_of(file, KIND):
            for node in parse_xml(file, KIND).iter("image"):
                split = split_in([node.get("subset", "")]) or split_of_file(file, root)
                path = images.named(node.attrib["name"], file, split)
                if path is None:
                    absent.append(f"{node.attrib['name']!r} in {file}")
                    continue
                if path in found:
                    raise UserError(f"{path} has several annotations, one of them in {file}: keep one")
                objects = [_read_object(each) for each in node if each.tag not in OF_IMAGES]
                size = size_given(node.get("width"), node.get("height"))
                found[path] = Annotation(path, tuple(filter(None, objects)), size)
                splits.setdefault(split, []).append(found[path])
                without += [file] * objects.count(None)
    said = images.said_of_absent(absent, found)
    notes = []
    if "train" not in splits:
        splits, notes = images.by_split(list(found.values()))
    notes += said
    if without:
        notes.append(f"points and lines, which have no box: {len(without)}, as in {without[0]}; they are left out")
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})
    return Source(NAME, classes, splits, notes + images.left_out(found))


def _files(root: Path) -> list[Path]:
    return [file for file in files_of_kind(root, ".xml") if _is_of_images(file)]


def _is_of_images(file: Path) -> bool:
    with file.open("rb") as opened:
        return SIGN.search(opened.read(HEAD)) is not None


def _read_object(node: ElementTree.Element) -> Object | None:
    box = _box_of(node.tag, node.attrib)
    return Object(node.attrib["label"], box, False, (box[2] - box[0]) * (box[3] - box[1])) if box else None


def _box_of(kind: str, its: Mapping[str, str]) -> Box | None:
    """The box around what is drawn; None if it has no area."""
    turn = math.radians(float(its.get("rotation", 0)))
    if kind == "box":
        left, top, right, bottom = (float(its[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
        if turn:
            return around_turned((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, turn)
        return left, top, right, bottom
    if kind == "ellipse":
        x, y, across, down = (float(its[key]) for key in ("cx", "cy", "rx", "ry"))
        return around_ellipse(x, y, across, down, turn)
    if kind == "mask":
        left, top, width, height = (float(its[key]) for key in ("left", "top", "width", "height"))
        return left, top, left + width, top + height
    if kind == "polygon":
        return around([[float(number) for number in point.split(",")] for point in its["points"].split(";")])
    return None
