"""Reads images with boxes, as Pascal VOC XML or COCO JSON.

    Pascal VOC: root/                        COCO: root/
      Annotations/1.xml  (or annotations/)     annotations.json     (or annotations/*.json, or <split>/*.json)
      JPEGImages/1.jpg   (or images/)          images/1.jpg         (or beside the JSON, or <split>/1.jpg)
      ImageSets/Main/train.txt  (optional)

A COCO file belongs to the split in its name or folder: `instances_train.json`, `valid/annotations.json`.

Needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..config.errors import UserError
from .files import SPLIT_NAMES, Source, describe, images_by_stem, split_folders, subfolders

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sample:
    """An image with its objects.

    Attributes:
        image: The image file.
        boxes: One `xyxy` box for each object, in pixels of the image.
        labels: The class index of each object.
        stratum: The rarest class in the image, or -1 if it has no object.
    """

    image: Path
    boxes: tuple[Box, ...]
    labels: tuple[int, ...]
    stratum: int = -1


@dataclass(frozen=True)
class _Annotated:
    """An image with its objects by class name, before the classes have indices."""

    image: Path
    objects: list[tuple[str, Box]]


def find_format(root: Path) -> str:
    """Names the format of the folder `root`, by looking at it.

    Raises:
        UserError: If no format is found; the message says what was looked for and what is there.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not an existing folder: give the folder that holds the images and annotations")
    if _voc_folders(root):
        return "Pascal VOC"
    if _coco_files(root):
        return "COCO JSON"
    raise UserError(
        f"{root} holds no images with boxes: expected Pascal VOC (Annotations/*.xml with JPEGImages/, or annotations/ with "
        f"images/) or COCO (annotations.json, annotations/*.json or <split>/*.json); found {describe(root)}"
    )


def read_source(root: Path, classes: list[str] | None = None) -> Source[Sample]:
    """Reads the samples in the folder `root`.

    Args:
        root: Folder of the data.
        classes: Class names in the order of a trained model. By default those of the data.

    Raises:
        UserError: If no format is found, a file has a mistake, or a class is not among `classes`.
    """
    found = find_format(root)
    splits, named = _read_voc(root) if found == "Pascal VOC" else _read_coco(root)
    names = classes or named
    for samples in splits.values():
        for sample in samples:
            for name, _ in sample.objects:
                if name not in names:
                    raise UserError(f"{sample.image} has an object of the class {name}: expected one of {', '.join(names)}")
    if not names:
        raise UserError(f"{root} has annotations but no object in them: there is nothing to learn")

    index = {name: number for number, name in enumerate(names)}
    count = Counter(name for samples in splits.values() for sample in samples for name, _ in sample.objects)
    flat = 0
    result: dict[str, list[Sample]] = {}
    for split, samples in splits.items():
        result[split] = []
        for sample in samples:
            objects = [(name, box) for name, box in sample.objects if box[2] > box[0] and box[3] > box[1]]
            flat += len(sample.objects) - len(objects)
            read = Sample(sample.image, tuple(box for _, box in objects), tuple(index[name] for name, _ in objects))
            rarest = min((name for name, _ in objects), key=lambda name: (count[name], name), default=None)
            result[split].append(read if rarest is None else replace(read, stratum=index[rarest]))
    notes = [f"{flat} boxes without area were left out"] if flat else []
    return Source(found, list(names), result, notes)


def _voc_folders(root: Path) -> tuple[Path, Path] | None:
    """The folders of annotations and of images."""
    folders = subfolders(root)
    annotations = folders.get("annotations")
    images = folders.get("jpegimages") or folders.get("images")
    if annotations and images and next(annotations.glob("*.xml"), None):
        return annotations, images
    return None


def _read_voc(root: Path) -> tuple[dict[str, list[_Annotated]], list[str]]:
    folders = _voc_folders(root)
    assert folders is not None
    annotations, images = folders
    image_of = images_by_stem(images)
    samples: dict[str, _Annotated] = {}
    for file in sorted(annotations.glob("*.xml")):
        if file.stem not in image_of:
            raise UserError(f"{file} has no image {images / file.stem}.*: add the image or remove the annotation")
        samples[file.stem] = _Annotated(image_of[file.stem], _read_xml(file))
    classes = sorted({name for sample in samples.values() for name, _ in sample.objects})

    lists = {path.stem: path for path in (root / "ImageSets" / "Main").glob("*.txt")}
    lists = {split: lists[split] for split in ("train", "val", "test", "trainval") if split in lists}
    trainval = lists.pop("trainval", None)
    if "train" not in lists and trainval:
        lists["train"] = trainval
    if "train" not in lists:
        return {"all": list(samples.values())}, classes
    splits: dict[str, list[_Annotated]] = {}
    for split, path in sorted(lists.items()):
        stems = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if missing := [stem for stem in stems if stem not in samples]:
            raise UserError(f"{path} names {missing[0]}, which has no annotation in {annotations}: add it or remove the line")
        splits[split] = [samples[stem] for stem in stems]
    return splits, classes


def _read_xml(file: Path) -> list[tuple[str, Box]]:
    """Objects in a VOC file. Coordinates are taken as they are, since most tools count pixels from 0, not from 1."""
    try:
        objects = []
        for node in ElementTree.parse(file).getroot().iter("object"):
            corners = [float(node.findtext(f"bndbox/{corner}") or "missing") for corner in ("xmin", "ymin", "xmax", "ymax")]
            name = (node.findtext("name") or "").strip()
            if not name:
                raise ValueError("an object without a name")
            objects.append((name, (corners[0], corners[1], corners[2], corners[3])))
        return objects
    except (ElementTree.ParseError, ValueError) as error:
        raise UserError(f"{file} is no Pascal VOC annotation ({error}): mend or remove it") from None


def _coco_files(root: Path) -> list[Path]:
    """JSON files where COCO annotations may lie."""
    folders = [root, root / "annotations", *split_folders(root).values()]
    files = [path for folder in folders for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    # Beside the boxes, COCO itself has files of captions and key points.
    return [path for path in files if path.name.startswith("instances")] or files


def _read_coco(root: Path) -> tuple[dict[str, list[_Annotated]], list[str]]:
    splits: dict[str, list[_Annotated]] = {}
    classes: list[str] = []
    for file in _coco_files(root):
        split = _split_of(file, root)
        if split in splits:
            raise UserError(f"{root} has several COCO files of the split {split}, {file.name} among them: keep one")
        splits[split], names = _read_json(file, root)
        classes = classes or names
        if set(names) != set(classes):
            raise UserError(
                f"{file} has the categories {', '.join(names)}, but another file has {', '.join(classes)}: they must agree"
            )
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has COCO files with and without a split in their name: name them all after train, val or test")
    return splits, classes


def _split_of(file: Path, root: Path) -> str:
    """The split in the name of a file, as in `instances_val2017.json`, or else in its folder."""
    words = "".join(letter if letter.isalpha() else " " for letter in file.stem.lower()).split()
    if file.parent != root:
        words.append(file.parent.name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "all")


def _read_json(file: Path, root: Path) -> tuple[list[_Annotated], list[str]]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        categories = sorted(content["categories"], key=lambda category: category["id"])
        name_of = {category["id"]: str(category["name"]) for category in categories}
        objects: dict[Any, list[tuple[str, Box]]] = {image["id"]: [] for image in content["images"]}
        for annotation in content["annotations"]:
            if annotation.get("iscrowd"):
                continue  # a crowd is no single object
            x, y, width, height = (float(number) for number in annotation["bbox"])
            objects[annotation["image_id"]].append((name_of[annotation["category_id"]], (x, y, x + width, y + height)))
        names = [image["file_name"] for image in content["images"]]
        samples = list(zip(names, (objects[image["id"]] for image in content["images"]), strict=True))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"{file} is no COCO file of boxes ({what}): mend or remove it") from None
    if not samples:
        raise UserError(f"{file} lists no images")
    folder = _image_folder(file, root, samples[0][0])
    annotated = [_Annotated(folder / name, found) for name, found in samples]
    if missing := [sample.image for sample in annotated if not sample.image.is_file()]:
        raise UserError(f"{file} lists {missing[0]}, which does not exist ({len(missing)} such images): add it or remove its entry")
    return annotated, list(name_of.values())


def _image_folder(file: Path, root: Path, name: str) -> Path:
    """The folder that the file names in a COCO file count from, found by the first of them."""
    split = _split_of(file, root)
    tried = [file.parent, root, root / "images", file.parent / "images", root / split, root / "images" / split]
    tried += [folder for parent in (root, root / "images") for folder in subfolders(parent).values() if folder.name in file.stem]
    tried += [folder for name, folder in split_folders(root).items() if name == split]
    for folder in tried:
        if (folder / name).is_file():
            return folder
    places = ", ".join(str(folder) for folder in dict.fromkeys(tried))
    raise UserError(f"{file} lists the image {name}, which is in none of {places}")
