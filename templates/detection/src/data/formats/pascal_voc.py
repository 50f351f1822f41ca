"""Pascal VOC: one XML file for each image.

    root/
      Annotations/1.xml          (or annotations/, or beside the image; also in folders below, as those of the images)
      JPEGImages/1.jpg           (or images/, or train/, valid/, test/)
      ImageSets/Main/train.txt   (optional; also val, test, trainval; or ImageSets/train.txt, or train.txt)

Several such folders may lie below the root, as `VOCdevkit/VOC2007` and `VOCdevkit/VOC2012`.
Objects marked as `difficult` are taken for crowds: neither learned from nor counted. Turned boxes of roLabelImg are taken for the
boxes around them, and so are polygons without a box.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from ...config.errors import UserError
from ..example import Annotation, Object, size_given
from ..files import Source, find_files
from ..lookup import CONTAINERS, Images, read_text
from ..outlines import around, around_turned
from ..xml_files import parse_xml

NAME: str = "Pascal VOC"
KIND = "Pascal VOC annotation"
EXPECTED: str = "Pascal VOC (Annotations/*.xml with JPEGImages/ or images/, or *.xml beside the images)"


def matches(root: Path) -> bool:
    files = _files(root)
    if any(_is_contained(file, root) for file in files):
        return True
    images = Images(root) if files else None
    return images is not None and any(images.partner(file) for file in files)


def read(root: Path) -> Source[Annotation]:
    """Reads all annotations, and the lists of splits if there are any.

    Raises:
        UserError: If a file has a mistake, or its partner is missing.
    """
    images = Images(root)
    found: dict[Path, Annotation] = {}
    others, renamed, holding = [], [], set[Path]()
    for file in _files(root):
        tree = parse_xml(file, KIND)
        if tree.tag != "annotation":
            others.append(file)
            continue
        image = images.partner(file)
        if image is None and (name := tree.findtext("filename")) and (image := images.named(name, file)):
            renamed.append(file)
        if image is None:
            raise UserError(f"{file} has no image {file.stem}.* in {root}: add the image or remove the annotation")
        if image in found:
            raise UserError(f"{image} has several annotations, {file} among them: keep one")
        found[image] = _read_annotation(tree, file, image)
        holding.add(file.parent)
    if not found:
        tag = parse_xml(others[0], KIND).tag
        raise UserError(f"{others[0]} is no {KIND} (it begins with <{tag}>): mend or remove it")
    notes = [f"XML files of another kind: {len(others)}, as {others[0]}; they are left out"] if others else []
    if renamed:
        notes.append(f"annotations of another name than their image: {len(renamed)}, as {renamed[0]}; their <filename> tells it")
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})
    splits, said = _listed(_lists(root, holding), found, images)
    if "train" not in splits:
        splits, more = images.by_split(list(found.values()))
        said += more
    return Source(NAME, classes, splits, notes + said + images.left_out(found))


def _files(root: Path) -> list[Path]:
    """XML files; or where there are none, those among annotations that have no suffix, as in Stanford Dogs, but begin like them."""
    files = find_files(root)
    bare = (path for path in files if not path.suffix and _is_contained(path, root) and _begins(path))
    return [path for path in files if path.suffix.lower() == ".xml"] or list(bare)


def _is_contained(file: Path, root: Path) -> bool:
    return not CONTAINERS.isdisjoint(part.lower() for part in file.relative_to(root).parts[:-1])


def _begins(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(64).lstrip().startswith(b"<annotation>")


def _lists(root: Path, holding: set[Path]) -> list[tuple[str, Path]]:
    """Splits, and the files that list their images, in or above the folders that hold annotations."""
    found = []
    above = {folder for inner in holding for folder in (inner, *inner.parents) if folder.is_relative_to(root)}
    for folder in sorted(path for path in above if path == root or path.name.lower() not in CONTAINERS):
        for place in (folder / "ImageSets" / "Main", folder / "ImageSets", folder):
            lists = {path.stem: path for path in sorted(place.glob("*.txt"))}
            if "train" not in lists and "trainval" in lists:
                lists["train"] = lists["trainval"]
            if "train" in lists or "test" in lists:
                found += [(split, lists[split]) for split in ("train", "val", "test") if split in lists]
                break
    return found


def _listed(
    lists: list[tuple[str, Path]], found: dict[Path, Annotation], images: Images
) -> tuple[dict[str, list[Annotation]], list[str]]:
    """Annotations by the splits of lists, none if these give no training images; and what is to be said of it."""
    splits: dict[str, dict[Path, Annotation]] = {}
    notes = []
    for split, file in lists:
        lines = [line.strip() for line in read_text(file).splitlines() if line.strip()]
        # Behind the name may stand whether the image has an object of a class: 1, 0 or -1.
        paths = [images.named(line, file, split) or images.named(line.split()[0], file, split) for line in lines]
        members = {path: found[path] for path in paths if path in found}
        if not members:
            notes.append(f"{file} names no image with an annotation ({len(lines)} without); it is left out")
            continue
        for line, path in zip(lines, paths, strict=True):
            if path not in members:
                raise UserError(f"{file} names {line.split()[0]}, which has no annotation: add it or remove the line")
        splits.setdefault(split, {}).update(members)
    if "train" not in splits:
        return {}, notes
    rest = [path for path in found if not any(path in members for members in splits.values())]
    if rest:
        notes.append(f"annotated images in none of the lists: {len(rest)}, as {rest[0]}; they are left out")
    return {split: list(splits[split].values()) for split in ("train", "val", "test") if split in splits}, notes


def _read_annotation(tree: ElementTree.Element, file: Path, image: Path) -> Annotation:
    """Coordinates are taken as they are, since most tools count pixels from 0, not from 1."""
    try:
        objects = tuple(_read_object(node) for node in tree.iter("object"))
        return Annotation(image, objects, size_given(tree.findtext("size/width"), tree.findtext("size/height")))
    except ValueError as error:
        raise UserError(f"{file} is no {KIND} ({error}): mend or remove it") from None


def _read_object(node: ElementTree.Element) -> Object:
    name = (node.findtext("name") or "").strip()
    if not name:
        raise ValueError("an object without a name")
    if node.find("bndbox") is None and node.find("robndbox") is not None:
        box = around_turned(*_numbers(node, "robndbox", ("cx", "cy", "w", "h", "angle")))
    elif node.find("bndbox") is None and (corners := _corners(node)):
        box = around(corners)
    else:
        box = _numbers(node, "bndbox", ("xmin", "ymin", "xmax", "ymax"))
    left, top, right, bottom = box
    difficult = (node.findtext("difficult") or "").strip() == "1"
    return Object(name, (left, top, right, bottom), difficult, (right - left) * (bottom - top))


def _numbers(node: ElementTree.Element, place: str, keys: tuple[str, ...]) -> list[float]:
    if missing := [key for key in keys if not node.findtext(f"{place}/{key}")]:
        raise ValueError(f"an object without <{place}><{missing[0]}>")
    return [float(node.findtext(f"{place}/{key}", "")) for key in keys]


def _corners(node: ElementTree.Element) -> list[tuple[float, ...]]:
    """Those of a polygon, each in an element of its own, or x1, y1, x2, y2, … in a row; none if there is no polygon."""
    points = [(each.findtext("x", ""), each.findtext("y", "")) for each in node.iterfind("polygon/pt")]
    row = [each.text or "" for each in node.iterfind("polygon/*") if re.fullmatch(r"[xy]\d+", each.tag)]
    return [(float(x), float(y)) for x, y in points or zip(row[::2], row[1::2], strict=True)]
