"""COCO: one JSON file for all images, or for those of a split.

    root/
      annotations.json   (or annotations/*.json, or <split>/*.json)
      images/1.jpg       (or beside the JSON, or <split>/1.jpg)

A file belongs to the split in its name or folder: `instances_train.json`, `valid/annotations.json`.
"""

import json
from pathlib import Path
from typing import Any

from ...config.errors import UserError
from ..example import Annotation, Object
from ..files import SPLIT_NAMES, Source, split_folders, subfolders

NAME: str = "COCO JSON"
EXPECTED: str = "COCO (annotations.json, annotations/*.json or <split>/*.json)"


def matches(root: Path) -> bool:
    return bool(_files(root))


def read(root: Path) -> Source[Annotation]:
    """Reads each file as one split.

    Raises:
        UserError: If a file has a mistake or contradicts another, or an image is missing.
    """
    splits: dict[str, list[Annotation]] = {}
    classes: list[str] = []
    for file in _files(root):
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
    return Source(NAME, classes, splits)


def _files(root: Path) -> list[Path]:
    """JSON files where annotations may lie."""
    folders = [root, root / "annotations", *split_folders(root).values()]
    files = [path for folder in folders for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    # Beside the boxes, COCO itself has files of captions and key points.
    return [path for path in files if path.name.startswith("instances")] or files


def _split_of(file: Path, root: Path) -> str:
    """The split in the name of a file, as in `instances_val2017.json`, or else in its folder."""
    words = "".join(letter if letter.isalpha() else " " for letter in file.stem.lower()).split()
    if file.parent != root:
        words.append(file.parent.name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "all")


def _read_json(file: Path, root: Path) -> tuple[list[Annotation], list[str]]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        categories = sorted(content["categories"], key=lambda category: category["id"])
        name_of = {category["id"]: str(category["name"]) for category in categories}
        objects: dict[Any, list[Object]] = {image["id"]: [] for image in content["images"]}
        for annotation in content["annotations"]:
            objects[annotation["image_id"]].append(_read_object(annotation, name_of))
        found = [(image["file_name"], tuple(objects[image["id"]]), _size(image)) for image in content["images"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"{file} is no COCO file of boxes ({what}): mend or remove it") from None
    if not found:
        raise UserError(f"{file} lists no images")
    folder = _image_folder(file, root, found[0][0])
    annotated = [Annotation(folder / name, inside, size) for name, inside, size in found]
    if missing := [annotation.image for annotation in annotated if not annotation.image.is_file()]:
        raise UserError(f"{file} lists {missing[0]}, which does not exist ({len(missing)} such images): add it or remove its entry")
    return annotated, list(name_of.values())


def _read_object(annotation: dict[str, Any], name_of: dict[Any, str]) -> Object:
    x, y, width, height = (float(number) for number in annotation["bbox"])
    area = float(annotation.get("area", width * height))
    box = (x, y, x + width, y + height)
    return Object(name_of[annotation["category_id"]], box, bool(annotation.get("iscrowd")), area)


def _size(image: dict[str, Any]) -> tuple[float, float] | None:
    return (float(image["width"]), float(image["height"])) if image.get("width") and image.get("height") else None


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
