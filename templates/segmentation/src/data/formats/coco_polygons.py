"""COCO: one JSON file for all images, or for those of a split, with polygons or run lengths.

    root/
      annotations.json   (or annotations/*.json, or <split>/*.json)
      images/1.jpg       (or beside the JSON, or <split>/1.jpg)

A file belongs to the split in its name or folder: `instances_train.json`, `valid/annotations.json`. Class 0 is the background, the
others are the categories in the order of their ids. Where annotations overlap, smaller ones lie on larger ones.
"""

from pathlib import Path

from ...config.errors import UserError
from ..coco_shapes import find_classes, load, read_images
from ..codes import indices
from ..example import Example
from ..files import SPLIT_NAMES, Source, find_images, split_folders

NAME: str = "COCO polygons"
EXPECTED: str = "COCO with polygons (annotations.json, annotations/*.json or <split>/*.json)"


def matches(root: Path) -> bool:
    return bool(_files(root))


def read(root: Path) -> Source[Example]:
    """Reads each file as one split.

    Raises:
        UserError: If a file has a mistake or contradicts another, or an image is missing.
    """
    notes: list[str] = []
    files = _files(root)
    contents = {file: content for file in files if (content := load(file, notes))}
    if not contents:
        raise UserError(f"{files[0]} has no images, annotations and categories, as COCO has, nor has another file in {root}")
    classes = find_classes(contents, notes)
    code = indices(len(classes))
    splits: dict[str, list[Example]] = {}
    for file, content in contents.items():
        split = _split_of(file, root)
        if split in splits:
            raise UserError(f"{root} has several COCO files of the split {split}, {file.name} among them: keep one")
        images = read_images(file, content, classes, notes)
        folder = _image_folder(file, root, images[0][0])
        splits[split] = [Example(folder / name, shapes, code) for name, shapes in images]
        if missing := [example.image for example in splits[split] if not example.image.is_file()]:
            raise UserError(
                f"{file} lists {missing[0]}, which does not exist ({len(missing)} such images): add it or remove its entry"
            )
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has COCO files with and without a split in their name: name them all after train, val or test")
    used = {example.image for members in splits.values() for example in members}
    folders = {image.parent for image in used}
    rest = [path for path in find_images(root) if path not in used and path.parent in folders]
    if rest:
        notes.append(f"{len(rest)} images without annotation are left out, {rest[0]} among them")
    return Source(NAME, classes, splits, notes)


def _files(root: Path) -> list[Path]:
    """JSON files where annotations may lie."""
    folders = [root, root / "annotations", *split_folders(root).values()]
    files = [path for folder in folders for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    # COCO itself also has files of captions and key points.
    return [path for path in files if path.name.startswith("instances")] or files


def _split_of(file: Path, root: Path) -> str:
    """The split in the name of a file, as in `instances_val2017.json`, or else in its folder."""
    words = "".join(letter if letter.isalpha() else " " for letter in file.stem.lower()).split()
    if file.parent != root:
        words.append(file.parent.name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "all")


def _image_folder(file: Path, root: Path, name: str) -> Path:
    """The folder that the file names in a COCO file count from, found by the first of them."""
    split = _split_of(file, root)
    splits = [folders[split] for folders in map(split_folders, (root, root / "images")) if split in folders]
    tried = [file.parent, root, root / "images", file.parent / "images", *splits, *(folder / "images" for folder in splits)]
    for folder in tried:
        if (folder / name).is_file():
            return folder
    places = ", ".join(str(folder) for folder in dict.fromkeys(tried))
    raise UserError(f"{file} lists the image {name}, which is in none of {places}")
