"""Pascal VOC: one XML file for each image.

    root/
      Annotations/1.xml          (or annotations/)
      JPEGImages/1.jpg           (or images/)
      ImageSets/Main/train.txt   (optional; also val, test, trainval)

Objects marked as `difficult` are taken for crowds: neither learned from nor counted.
"""

from pathlib import Path
from xml.etree import ElementTree

from ...config.errors import UserError
from ..example import Annotation, Object
from ..files import Source, images_by_stem, subfolders

NAME: str = "Pascal VOC"
EXPECTED: str = "Pascal VOC (Annotations/*.xml with JPEGImages/, or annotations/ with images/)"


def matches(root: Path) -> bool:
    return _folders(root) is not None


def read(root: Path) -> Source[Annotation]:
    """Reads all annotations, and the lists of splits if there are any.

    Raises:
        UserError: If a file has a mistake, or its partner is missing.
    """
    folders = _folders(root)
    assert folders is not None
    annotations, images = folders
    image_of = images_by_stem(images)
    found: dict[str, Annotation] = {}
    for file in sorted(annotations.glob("*.xml")):
        if file.stem not in image_of:
            raise UserError(f"{file} has no image {images / file.stem}.*: add the image or remove the annotation")
        found[file.stem] = _read_xml(file, image_of[file.stem])
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})

    lists = _lists(root)
    if not lists:
        return Source(NAME, classes, {"all": list(found.values())})
    splits: dict[str, list[Annotation]] = {}
    for split, path in sorted(lists.items()):
        stems = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if missing := [stem for stem in stems if stem not in found]:
            raise UserError(f"{path} names {missing[0]}, which has no annotation in {annotations}: add it or remove the line")
        splits[split] = [found[stem] for stem in stems]
    return Source(NAME, classes, splits)


def _folders(root: Path) -> tuple[Path, Path] | None:
    """The folders of annotations and of images."""
    folders = subfolders(root)
    annotations = folders.get("annotations")
    images = folders.get("jpegimages") or folders.get("images")
    if annotations and images and next(annotations.glob("*.xml"), None):
        return annotations, images
    return None


def _lists(root: Path) -> dict[str, Path]:
    """The files that list the images of a split; none if no images are for training."""
    lists = {path.stem: path for path in (root / "ImageSets" / "Main").glob("*.txt")}
    if "train" not in lists and "trainval" in lists:
        lists["train"] = lists["trainval"]
    return {split: lists[split] for split in ("train", "val", "test") if split in lists} if "train" in lists else {}


def _read_xml(file: Path, image: Path) -> Annotation:
    """Coordinates are taken as they are, since most tools count pixels from 0, not from 1."""
    try:
        tree = ElementTree.parse(file).getroot()
        width, height = (float(tree.findtext(f"size/{side}") or 0) for side in ("width", "height"))
        objects = tuple(_read_object(node) for node in tree.iter("object"))
    except (ElementTree.ParseError, ValueError) as error:
        raise UserError(f"{file} is no Pascal VOC annotation ({error}): mend or remove it") from None
    return Annotation(image, objects, (width, height) if width and height else None)


def _read_object(node: ElementTree.Element) -> Object:
    name = (node.findtext("name") or "").strip()
    if not name:
        raise ValueError("an object without a name")
    left, top, right, bottom = (
        float(node.findtext(f"bndbox/{corner}") or "missing") for corner in ("xmin", "ymin", "xmax", "ymax")
    )
    difficult = (node.findtext("difficult") or "").strip() == "1"
    return Object(name, (left, top, right, bottom), difficult, (right - left) * (bottom - top))
