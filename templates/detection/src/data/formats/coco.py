"""COCO: one JSON file for all images, or for those of a split.

    root/
      annotations.json   (or annotations/*.json, or <split>/*.json; or where none is there, in any folder)
      images/1.jpg       (or beside the JSON, or <split>/1.jpg, or in any other folder)

A file belongs to the split in its name or folder: `instances_train.json`, `valid/annotations.json`.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..coco_file import CocoFile, load, parse
from ..example import Annotation
from ..files import Source, is_visible, split_folders, subfolders
from ..lookup import Images, files_of_kind, split_of_file

NAME: str = "COCO JSON"
EXPECTED: str = "COCO (annotations.json, annotations/*.json or <split>/*.json)"
FEW = 20  # files that may lie in any folder


def matches(root: Path) -> bool:
    return any(_may_be(file) for file in _files(root))


def read(root: Path) -> Source[Annotation]:
    """Reads each file as one split.

    Raises:
        UserError: If a file has a mistake or contradicts another, or an image is missing.
    """
    images, notes = Images(root), []
    contents = {file: load(file) for file in _files(root)}
    others = [
        file for file, its in contents.items() if not isinstance(its, dict) or not its.keys() >= {"annotations", "categories"}
    ]
    if 0 < len(others) < len(contents):
        notes.append(f"JSON files that are no COCO: {len(others)}, as {others[0]}; they are left out")
        contents = {file: content for file, content in contents.items() if file not in others}
    splits: dict[str, list[Annotation]] = {}
    parsed: dict[Path, CocoFile] = {}
    for file, content in contents.items():
        split = split_of_file(file, root)
        if split in splits:
            raise UserError(f"{root} has several COCO files of the split {split}, {file.name} among them: keep one")
        parsed[file] = parse(content, file, images, split)
        splits[split] = parsed[file].annotations
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has COCO files with and without a split in their name: name them all after train, val or test")
    if outlined := sum(its.outlined for its in parsed.values()):
        notes.append(f"boxes of no width or height beside an outline: {outlined}; the boxes around the outlines are taken")
    if pointed := sum(its.pointed for its in parsed.values()):
        notes.append(f"key points without a box: {pointed}; they are left out")
    if groups := set.intersection(*(its.groups for its in parsed.values())):
        said = ", ".join(sorted(name for _, name in groups))
        notes.append(f"categories that only group others, without an object: {said}; they are no classes")
    classes: list[str] = []
    for file, its in parsed.items():
        names = [name for key, name in its.names.items() if (key, name) not in groups]
        classes = classes or names
        if set(names) != set(classes):
            raise UserError(
                f"{file} has the categories {', '.join(names)}, but another file has {', '.join(classes)}: they must agree; "
                "list the same categories in each, also those without an object there"
            )
    if list(splits) == ["all"]:
        splits, said = images.by_split(splits["all"])
        notes += said
    used = [annotation.image for members in splits.values() for annotation in members]
    return Source(NAME, classes, splits, notes + images.left_out(used))


def _files(root: Path) -> list[Path]:
    """JSON files where annotations may lie."""
    folders = [root, *split_folders(root).values()]
    folders += [inner for folder in folders for name, inner in subfolders(folder).items() if name == "annotations"]
    files = [path for folder in folders for path in sorted(folder.glob("*.json")) if is_visible(path.name)]
    if not files and len(deep := files_of_kind(root, ".json")) <= FEW:  # more are of an image each
        files = [path for path in deep if _may_be(path, lists=False)]
    # Beside the boxes, COCO itself has files of captions and key points.
    return [path for path in files if path.name.startswith("instances")] or files


def _may_be(file: Path, lists: bool = True) -> bool:
    """Whether a file begins like COCO's, and has annotations, which the notes beside other formats have not; or is a list."""
    with file.open("rb") as opened:
        head = opened.read(4096)
        if not re.match(rb"(\xef\xbb\xbf)?\s*\{", head):
            return lists
        known = re.search(rb'"(images|annotations|categories|info|licenses)"', head)
        return known is not None and b'"annotations"' in head + opened.read()
