"""A folder of images for each class.

    root/                   root/
      cat/                    train/
        1.jpg                   cat/1.jpg
      dog/                      dog/2.jpg
        2.jpg                 val/            (or valid; optional)
                                cat/3.jpg
                              test/           (optional)

The name of a folder is that of the class; images may also lie in folders below it, and a folder of a
split may wrap another, as in `training_set/training_set/cat`.
"""

from pathlib import Path

from ...config.errors import UserError
from ..example import Annotation
from ..files import (
    UNREAD_SUFFIXES,
    Source,
    find_files,
    has_images,
    holds_images,
    is_image,
    only_folder,
    split_folders,
    visible_folders,
)

NAME: str = "class folders"
EXPECTED: str = "a folder of images for each of two or more classes (or train/, val/, test/ with such folders in them)"


def matches(root: Path) -> bool:
    splits = _split_folders(root)
    return bool(_class_folders(splits["train"])) if "train" in splits else not splits and len(_class_folders(root)) > 1


def read(root: Path) -> Source[Annotation]:
    """Reads which image is in which folder.

    Raises:
        UserError: If two folders are named like the same split, or a class has only images of kinds that cannot be read.
    """
    tree = _split_folders(root)
    split_of = {path: split for split, at in (tree or {"all": root}).items() for path in visible_folders(at)}
    by_parts, depths = {path.parts: path for path in split_of}, {len(path.parts) for path in split_of}
    images: dict[Path, list[Path]] = {path: [] for path in split_of}
    lost: dict[Path, list[Path]] = {path: [] for path in split_of}
    loose = []
    for file in find_files(root):
        folder = next((by_parts[parts] for depth in depths if (parts := file.parts[:depth]) in by_parts), None)
        if is_image(file):
            (images[folder] if folder else loose).append(file)
        elif folder and file.suffix.lower() in UNREAD_SUFFIXES:
            lost[folder].append(file)
    for path, unread in lost.items():
        if unread and not images[path]:
            raise UserError(
                f"{path} has only images that cannot be read, {unread[0].name} among them ({len(unread)}): "
                "convert them to JPEG or PNG, or move the folder away to do without this class"
            )
    left = {
        "images of kinds that are not read: {}, as {}; they are left out": [file for unread in lost.values() for file in unread],
        "folders without images: {}, as {}; they are no classes": [path for path, its in images.items() if not its],
        "images in no folder of a class: {}, as {}; they are left out": loose,
    }
    notes = [note.format(len(paths), paths[0]) for note, paths in left.items() if paths]
    classes = sorted({path.name for path, its in images.items() if its})
    splits: dict[str, list[Annotation]] = {split: [] for split in tree or ["all"]}
    for path, its in images.items():
        splits[split_of[path]] += [Annotation(image, (path.name,)) for image in its]
    return Source(f"{NAME} in {', '.join(tree)}" if tree else NAME, classes, splits, notes)


def _split_folders(root: Path) -> dict[str, Path]:
    """The folder of each split, or the one in it that it merely wraps, as in `training_set/training_set/cat`."""
    folders = split_folders(root)
    for split, folder in folders.items():
        inner = only_folder(folder)
        if inner and visible_folders(inner) and not has_images(inner):
            folders[split] = inner
    return folders


def _class_folders(folder: Path) -> list[Path]:
    """The folders in `folder` that have images."""
    return [path for path in visible_folders(folder) if holds_images(path)]
