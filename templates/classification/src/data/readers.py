"""Reads labeled images: one folder of images for each class.

    root/                   root/
      cat/                    train/
        1.jpg                   cat/1.jpg
      dog/                      dog/2.jpg
        2.jpg                 val/            (or valid; optional)
                                cat/3.jpg
                              test/           (optional)

Needs nothing but the standard library: the generator asks the same code whether it knows a folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config.errors import UserError
from .files import Source, describe, find_images, split_folders, visible_folders


@dataclass(frozen=True)
class Sample:
    image: Path
    label: int

    @property
    def stratum(self) -> int:
        return self.label


def find_format(root: Path) -> str:
    """Names the format of the folder `root`, by looking at it.

    Raises:
        UserError: If no format is found; the message says what was looked for and what is there.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not an existing folder: give the folder that holds the images")
    folders = split_folders(root)
    if "train" in folders and _class_folders(folders["train"]):
        return f"class folders in {', '.join(folders)}"
    if len(_class_folders(root)) > 1 and not folders:
        return "class folders"
    raise UserError(
        f"{root} holds no images for classification: expected a folder of images for each of two or more classes "
        f"(or train/, val/, test/ with such folders in them); found {describe(root)}"
    )


def read_source(root: Path, classes: list[str] | None = None) -> Source[Sample]:
    """Reads the samples in the folder `root`.

    Args:
        root: Folder of the data.
        classes: Class names in the order of a trained model. By default the sorted names of the folders.

    Raises:
        UserError: If no format is found, or a class has no image, or is not among `classes`.
    """
    found = find_format(root)
    tree = split_folders(root) if found != "class folders" else {"all": root}
    names = classes or sorted({name for folder in tree.values() for name in _class_folders(folder)})
    if len(names) < 2:
        raise UserError(f"{root} has the single class {names[0]}: a classifier needs two or more")
    splits = {split: _read_folder(folder, names) for split, folder in tree.items()}
    if not classes and "train" in splits:
        seen = {sample.label for sample in splits["train"]}
        if unseen := [name for index, name in enumerate(names) if index not in seen]:
            raise UserError(
                f"{tree['train']} has no images of {', '.join(unseen)}, which other splits have: add some or remove the class"
            )
    return Source(found, list(names), splits)


def _class_folders(folder: Path) -> Mapping[str, Path]:
    """Folders with images, by their name as written."""
    return {path.name: path for path in visible_folders(folder) if find_images(path)}


def _read_folder(folder: Path, classes: list[str]) -> list[Sample]:
    samples = []
    for name, path in _class_folders(folder).items():
        if name not in classes:
            raise UserError(f"{path} is no known class: expected one of {', '.join(classes)}")
        samples += [Sample(image, classes.index(name)) for image in find_images(path)]
    return samples
