"""Pascal VOC: one XML file for each image.

    root/
      Annotations/1.xml          (or annotations/, or beside the image; also in folders below, as those of the images)
      JPEGImages/1.jpg           (or images/, or train/, valid/, test/)
      ImageSets/Main/train.txt   (optional; also val, test, trainval)

Objects marked as `difficult` are taken for crowds: neither learned from nor counted.
"""

from pathlib import Path
from xml.etree import ElementTree

from ...config.errors import UserError
from ..example import Annotation, Object, size_given
from ..files import Source
from ..lookup import CONTAINERS, Images, files_of_kind, read_text

NAME: str = "Pascal VOC"
EXPECTED: str = "Pascal VOC (Annotations/*.xml with JPEGImages/ or images/, or *.xml beside the images)"


def matches(root: Path) -> bool:
    files = files_of_kind(root, ".xml")
    if any(CONTAINERS & {part.lower() for part in file.relative_to(root).parts[:-1]} for file in files):
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
    others = []
    for file in files_of_kind(root, ".xml"):
        tree = _parse(file)
        if tree.tag != "annotation":
            others.append(file)
            continue
        image = images.partner(file)
        if image is None:
            raise UserError(f"{file} has no image {file.stem}.* in {root}: add the image or remove the annotation")
        if image in found:
            raise UserError(f"{image} has several annotations, {file} among them: keep one")
        found[image] = _read_annotation(tree, file, image)
    if not found:
        raise UserError(f"{others[0]} is no Pascal VOC annotation (it begins with <{_parse(others[0]).tag}>): mend or remove it")
    notes = [f"XML files of another kind: {len(others)}, as {others[0]}; they are left out"] if others else []
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})
    lists = _lists(root)
    splits, said = _listed(lists, found, images) if lists else images.by_split(list(found.values()))
    return Source(NAME, classes, splits, notes + said + images.left_out(found))


def _lists(root: Path) -> dict[str, Path]:
    """The files that list the images of a split; none if no images are for training."""
    lists = {path.stem: path for folder in ("ImageSets", "ImageSets/Main") for path in sorted((root / folder).glob("*.txt"))}
    if "train" not in lists and "trainval" in lists:
        lists["train"] = lists["trainval"]
    return {split: lists[split] for split in ("train", "val", "test") if split in lists} if "train" in lists else {}


def _listed(lists: dict[str, Path], found: dict[Path, Annotation], images: Images) -> tuple[dict[str, list[Annotation]], list[str]]:
    splits = {}
    for split, file in lists.items():
        members: dict[Path, Annotation] = {}
        for line in filter(None, map(str.strip, read_text(file).splitlines())):
            # Behind the name may stand whether the image has an object of a class: 1, 0 or -1.
            path = images.named(line, file, split) or images.named(line.split()[0], file, split)
            if path not in found:
                raise UserError(f"{file} names {line.split()[0]}, which has no annotation: add it or remove the line")
            members[path] = found[path]
        splits[split] = list(members.values())
    rest = [path for path in found if not any(found[path] in members for members in splits.values())]
    return splits, [f"annotated images in none of the lists: {len(rest)}, as {rest[0]}; they are left out"] if rest else []


def _parse(file: Path) -> ElementTree.Element:
    try:
        content = file.read_bytes()
        if b"<!ENTITY" in content.replace(b"\0", b"").upper():  # a few can make gigabytes of text
            raise UserError(f"{file} declares entities, which no annotation needs: remove it, or the declarations")
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{file} is no Pascal VOC annotation ({error}): mend or remove it") from None


def _read_annotation(tree: ElementTree.Element, file: Path, image: Path) -> Annotation:
    """Coordinates are taken as they are, since most tools count pixels from 0, not from 1."""
    try:
        objects = tuple(_read_object(node) for node in tree.iter("object"))
        return Annotation(image, objects, size_given(tree.findtext("size/width"), tree.findtext("size/height")))
    except ValueError as error:
        raise UserError(f"{file} is no Pascal VOC annotation ({error}): mend or remove it") from None


def _read_object(node: ElementTree.Element) -> Object:
    name = (node.findtext("name") or "").strip()
    if not name:
        raise ValueError("an object without a name")
    left, top, right, bottom = (
        float(node.findtext(f"bndbox/{corner}") or "missing") for corner in ("xmin", "ymin", "xmax", "ymax")
    )
    difficult = (node.findtext("difficult") or "").strip() == "1"
    return Object(name, (left, top, right, bottom), difficult, (right - left) * (bottom - top))
