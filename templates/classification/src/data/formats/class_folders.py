"""A folder of images for each class.

    root/                   root/
      cat/                    train/
        1.jpg                   cat/1.jpg
      dog/                      dog/2.jpg
        2.jpg                 val/            (or valid; optional)
                                cat/3.jpg
                              test/           (optional)

The name of a folder is that of the class; images may also lie in folders below it, and a folder of a
split may wrap another, as in `training_set/training_set/cat`, or have a longer name, as `seg_train`. What
has no images may lie beside the folder that holds those of the classes. Each class may have folders of splits, too, as
`cat/train/1.jpg`. Images such as `1_mask.png` beside `1.png` are left out. A split without folders of classes gets its labels from
a list, as `val/val_annotations.txt`.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_tree import Tree, find_tree, names_inside
from ..example import Annotation
from ..files import UNREAD_SUFFIXES, Source, find_files, is_image, only_folder, split_in, visible_folders
from ..loose_images import is_labeled_in, label_loose, may_label
from ..marks import MARKS, marks_among, refuse_kinds

NAME: str = "class folders"
EXPECTED: str = "a folder of images for each of two or more classes (or train/, val/, test/ with such folders in them)"

LOOSE = "images in no folder of a class"


def matches(root: Path) -> bool:
    """Whether there are folders of classes.

    Raises:
        UserError: If two folders are named like the same split, or hold pictures and what is drawn over them, or one is called
            after files.
    """
    tree = find_tree(root)
    if tree:
        refuse_kinds([path for at in tree.splits.values() for path in visible_folders(at) if path not in tree.apart])
    # Another format may be in a folder that is wrapped.
    return tree is not None and (tree.at == root or not only_folder(root) or is_labeled_in(root, tree))


def read(root: Path) -> Source[Annotation]:
    """Reads which image is in which folder.

    Raises:
        UserError: If two folders are named like the same split, or a class has only images of kinds that cannot be read.
    """
    tree = find_tree(root) or Tree(root, {"all": root}, {}, {})
    split_of = {path: split for split, at in tree.splits.items() for path in visible_folders(at) if path not in tree.apart}
    by_parts = {path.parts: path for path in (*split_of, *tree.apart, *tree.flat)}
    depths = {*map(len, by_parts)}
    images: dict[Path, list[Path]] = {path: [] for path in split_of}
    lost: dict[Path, list[Path]] = {path: [] for path in split_of}
    loose: dict[str, list[Path]] = {}
    flat: dict[str, list[Path]] = {}
    lists: list[Path] = []
    for file in find_files(root):
        folder = next((by_parts[parts] for depth in depths if (parts := file.parts[:depth]) in by_parts), root)
        if folder in images:
            if is_image(file):
                images[folder].append(file)
            elif file.suffix.lower() in UNREAD_SUFFIXES:
                lost[folder].append(file)
        elif is_image(file):
            kinds, kind = (flat, tree.flat[folder]) if folder in tree.flat else (loose, tree.apart.get(folder, LOOSE))
            kinds.setdefault(kind, []).append(file)
        elif may_label(file):
            lists.append(file)
    marks: list[Path] = []
    for path, its in images.items():
        if found := marks_among(its):
            marks += found
            images[path] = sorted({*its} - {*found})
    for path, unread in lost.items():
        if unread and not images[path]:
            raise UserError(
                f"{path} has only images that cannot be read, {unread[0].name} among them ({len(unread)}): "
                "convert them to JPEG or PNG, or move the folder away to do without this class"
            )
    classes = sorted({path.name for path, its in images.items() if its})
    labeled, said, read_lists = label_loose(flat, lists, {*classes}, root) if flat else ({}, [], [])
    for split, its in flat.items():
        known = {each.image for each in labeled.get(split, [])}
        loose[f"images of {split} in no folder of a class"] = [image for image in its if image not in known]
    left = [
        ("images of kinds that are not read", "they are left out", [file for unread in lost.values() for file in unread]),
        ("images that mark something in others beside them, by their names", "they are left out", marks),
        ("folders without images", "they are no classes", [path for path, its in images.items() if not its]),
        *((what, "they are left out", its) for what, its in loose.items()),
    ]
    notes = [f"{what}: {len(paths)}, as {paths[0]}; {done}" for what, done, paths in left if paths]
    splits: dict[str, list[Annotation]] = {split: [] for split in tree.splits}
    for path, its in images.items():
        names = (path.name,)
        splits[split_of[path]] += [Annotation(image, names) for image in its]
    for split, annotations in labeled.items():
        splits.setdefault(split, []).extend(annotations)
    if "all" in splits and (inside := _splits_inside(images)):
        splits = inside
    else:
        notes += _said_of_inside([path for path, its in images.items() if its])
    name = f"{NAME} in {tree.at.relative_to(root)}/" if tree.at != root else NAME
    name = name if "all" in splits else f"{name} in {', '.join(splits)}"
    return Source(name, classes, splits, notes + said, tables=read_lists)


def _splits_inside(images: dict[Path, list[Path]]) -> dict[str, list[Annotation]]:
    """Images by the folders of splits in those of classes, as in `cat/train/1.jpg`; none if some lie in no such folder."""
    splits: dict[str, list[Annotation]] = {}
    for path, its in images.items():
        names = (path.name,)
        for image in its:
            split = split_in(image.relative_to(path).parts[:-1])
            if split is None:
                return {}
            splits.setdefault(split, []).append(Annotation(image, names))
    return splits if "train" in splits else {}


def _said_of_inside(folders: list[Path]) -> list[str]:
    """What is said of the folders in those of classes: they may be the classes, or hold images of several kinds."""
    inside: dict[str, set[str]] = {}
    for path in folders:  # of a class in each split
        inside.setdefault(path.name, set()).update(name for name in names_inside(path) if not MARKS.fullmatch(name))
    first = next(iter(inside.values()), set())
    names = sorted(first) if all(each == first for each in inside.values()) else []
    if len(names) > 1:
        return [
            f"each class has the same folders ({', '.join(names)}), whose images are all read: remove those of other kinds, "
            "or give one folder as data.root, if these are the classes"
        ]
    several = [f"{name}/{min(its)}" for name, its in inside.items() if len(its) > 1]
    if 2 * len(several) > len(inside):
        return [f"classes have folders inside, as {several[0]}: if these are the classes, move them up, beside each other"]
    return []
