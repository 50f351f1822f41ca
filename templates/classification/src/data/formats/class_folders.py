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
    by_split = {split: {path: find_images(path) for path in visible_folders(at)} for split, at in (tree or {"all": root}).items()}
    folders = {path: images for found in by_split.values() for path, images in found.items()}
    empty = [path for path, images in folders.items() if not images]
    unread = {path: images for path in folders if (images := find_unread_images(path))}
    for path in empty:
        if path in unread:
            raise UserError(
                f"{path} has only images that cannot be read, {unread[path][0].name} among them ({len(unread[path])}): "
                "convert them to JPEG or PNG, or move the folder away to do without this class"
            )
    lost = [image for images in unread.values() for image in images]
    notes = [f"images of kinds that are not read: {len(lost)}, as {lost[0]}; they are left out"] if lost else []
    notes += [f"folders without images: {len(empty)}, as {empty[0]}; they are no classes"] if empty else []
    used = {image for images in folders.values() for image in images}
    loose = [image for image in find_images(root) if image not in used]
    notes += [f"images in no folder of a class: {len(loose)}, as {loose[0]}; they are left out"] if loose else []
    classes = sorted({path.name for path, images in folders.items() if images})
    splits = {
        split: [Annotation(image, (path.name,)) for path, images in found.items() for image in images]
        for split, found in by_split.items()
    }
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
