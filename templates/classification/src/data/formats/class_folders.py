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
from ..files import Source, find_images, find_unread_images, has_images, only_folder, split_folders, visible_folders

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
    folders = {split: _class_folders(folder) for split, folder in (tree or {"all": root}).items()}
    splits = {
        split: [Annotation(image, (folder.name,)) for folder in found for image in find_images(folder)]
        for split, found in folders.items()
    }
    lost = []
    for path in [path for folder in tree.values() or [root] for path in visible_folders(folder)]:
        lost += (unread := find_unread_images(path))
        if unread and not find_images(path):
            raise UserError(
                f"{path} has only images that cannot be read, {unread[0].name} among them ({len(unread)}): "
                "convert them to JPEG or PNG, or move the folder away to do without this class"
            )
    classes = sorted({folder.name for found in folders.values() for folder in found})
    notes = [f"images of kinds that are not read: {len(lost)}, as {lost[0]}; they are left out"] if lost else []
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
    return [path for path in visible_folders(folder) if find_images(path)]
