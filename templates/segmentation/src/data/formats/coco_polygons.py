"""COCO: one JSON file for all images, or for those of a split, with polygons or run lengths.

    root/
      annotations.json   (or annotations/*.json, or <split>/*.json)
      images/1.jpg       (or beside the JSON, or <split>/1.jpg, or in any other folder)

A file belongs to the split in its name or folder: `instances_train.json`, `valid/annotations.json`. Class 0 is the background, also
where that is a category; the others are the categories in the order of their ids. Where annotations overlap, smaller ones lie on
larger ones.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..clues import clue
from ..coco_shapes import find_classes, load, read_images
from ..codes import indices
from ..example import Example
from ..files import Source, split_folders, subfolders
from ..lookup import Images, split_of_file

KEYS = re.compile(rb'"(info|licenses|images|annotations|categories)"|^[^{]')
NAME: str = "COCO polygons"
EXPECTED: str = "COCO with polygons (annotations.json, annotations/*.json or <split>/*.json)"


def matches(root: Path) -> bool:
    return any(map(_may_be_coco, _files(root)))


def read(root: Path) -> Source[Example]:
    """Reads each file as one split.

    Raises:
        UserError: If a file has a mistake or contradicts another, or an image is missing.
    """
    notes: list[str] = []
    images, files = Images(root), _files(root)
    contents = {file: content for file in files if (content := load(file, notes))}
    if not contents:
        lacking = f"{files[0]} has no images, annotations and categories, as COCO has, nor has another file in {root}"
        raise UserError(f"{lacking}{clue(root)}")
    classes = find_classes(contents, notes)
    code = indices(len(classes))
    splits: dict[str, list[Example]] = {}
    for file, content in contents.items():
        split = split_of_file(file, root)
        if split in splits:
            raise UserError(f"{root} has several COCO files of the split {split}, {file.name} among them: keep one")
        found = read_images(file, content, classes, images, split, notes)
        splits[split] = [Example(image, shapes, code) for image, shapes in found]
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has COCO files with and without a split in their name: name them all after train, val or test")
    if list(splits) == ["all"]:
        splits, said = images.by_split(splits["all"])
        notes += said
    used = [example.image for members in splits.values() for example in members]
    return Source(NAME, classes, splits, notes + images.left_out(used))


def _may_be_coco(file: Path) -> bool:
    """Whether a file begins as COCO does, or is empty, and so to be named as broken."""
    with file.open("rb") as opened:
        head = opened.read(4096)
    return not head or bool(KEYS.search(head))


def _files(root: Path) -> list[Path]:
    """JSON files where annotations may lie."""
    folders = [root, *split_folders(root).values()]
    folders += [inner for folder in folders for name, inner in subfolders(folder).items() if name == "annotations"]
    files = [path for folder in folders for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    # COCO itself also has files of captions and key points.
    return [path for path in files if path.name.startswith("instances")] or files
