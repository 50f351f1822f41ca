"""Labels of images in no folder of a class, which a list gives, as in `val/` of ImageNet beside the folders of its training.

The name of a list, or of its folder, says which split it is of; each line has the name of an image and its class, and perhaps more:
`val_0.JPEG n01443537 0 32 44 62`. Numbers are known as those of classes where a list of the training has them, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..config.errors import UserError
from .class_tree import Tree, find_tree
from .example import Annotation
from .files import find_images, visible_folders
from .label_rows import find_columns
from .lookup import read_text, split_of_file
from .places import Places
from .tables import read_rows

SUFFIXES = {".txt", ".csv", ".tsv"}


def may_label(file: Path) -> bool:
    """Whether a file may be a list of images and their classes, by its name."""
    return file.suffix.lower() in SUFFIXES and "submission" not in file.stem.lower()


def is_labeled_in(root: Path, tree: Tree) -> bool:
    """Whether a list directly in `root` labels images of a split in which there are no folders of classes."""
    files = [file for file in sorted(root.iterdir()) if may_label(file) and split_of_file(file, root) in tree.flat.values()]
    images = {split: find_images(path) for path, split in tree.flat.items()} if files else {}
    classes = {path.name for at in tree.splits.values() for path in visible_folders(at)}
    return any(label_loose(images, files, classes, root)[0].values())


def label_only_loose_images(root: Path, tables: Iterable[Path]) -> bool:
    """Whether tables are only of splits without folders of classes, beside such folders of the training."""
    splits = {split_of_file(file, root) for file in tables}
    tree = find_tree(root) if splits.isdisjoint({"all", "train"}) else None
    return tree is not None and splits <= {*tree.flat.values()}


def label_loose(
    images: Mapping[str, list[Path]], files: list[Path], classes: set[str], root: Path
) -> tuple[dict[str, list[Annotation]], list[str], list[Path]]:
    """Images by split with the labels that lists give them, what is to be said of it, and the lists.

    Args:
        images: Those in no folder of a class, by split.
        files: The lists, perhaps.
        classes: The names of the classes.
        root: Folder of the data.

    Raises:
        UserError: If two lists contradict each other.
    """
    splits: dict[str, list[Annotation]] = {}
    notes: list[str] = []
    read: list[Path] = []
    for split, its in images.items():
        places = Places(its, root)
        label_of: dict[Path, tuple[str, Path]] = {}
        for file in files:
            if split_of_file(file, root) != split or places.has_name(file.stem):
                continue
            rows = list(_rows(file))
            if len(rows) == len(its) and all(name.isdecimal() and not said for name, said in rows):
                notes.append(
                    f"{file} has a number for each of {len(its)} images of {split}, but not which class it is that of: "
                    f"write a line such as `{its[0].name} {min(classes)}` for each image instead"
                )
                continue
            known = _known(rows, places, _meant(file, files, classes, root) | {name: name for name in classes})
            read += [file] if known else []
            for image, name in known.items():
                first, other = label_of.setdefault(image, (name, file))
                if first != name:
                    raise UserError(f"{image} is {first} in {other}, but {name} in {file}: keep one of the files")
        if label_of:
            splits[split] = [Annotation(image, (name,)) for image, (name, _) in label_of.items()]
            lists = " and ".join(str(file) for file in dict.fromkeys(file for _, file in label_of.values()))
            notes.append(f"images of {split} that have their labels from {lists}: {len(label_of)}")
    return splits, notes, read


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    """The name of an image in each line, and what else is there."""
    text = read_text(file)
    if file.suffix.lower() == ".txt" and not any(mark in text.partition("\n")[0] for mark in ",;\t"):
        for line in filter(str.strip, text.splitlines()):
            name, *said = line.split()
            yield name, " ".join(said)
        return
    rows = [[cell.strip() for cell in row] for row in read_rows(file)]
    columns = find_columns(rows)
    for row in rows:
        if columns and columns.label is not None and len(row) > max(columns.image, columns.label):
            yield row[columns.image], row[columns.label]
        else:
            yield row[0], " ".join(row[1:])


def _known(rows: list[tuple[str, str]], places: Places, meant: Mapping[str, str]) -> dict[Path, str]:
    """The classes of images that a list has one of; none if it has those of few."""
    found: dict[Path, set[str]] = {}
    for name, said in rows:
        if image := places.find(name):
            found.setdefault(image, set()).add(_class(said, meant))
    known = {image: next(iter(names)) for image, names in found.items() if len(names) == 1 and "" not in names}
    return known if 2 * len(known) > len(found) else {}


def _class(said: str, meant: Mapping[str, str]) -> str:
    """The only class in what a list says of an image; empty if it does not begin with one."""
    if name := meant.get(said):
        return name
    words = said.split()
    known = {meant[word] for word in words if word in meant}
    return known.pop() if len(known) == 1 and words[0] in meant else ""


def _meant(file: Path, files: list[Path], classes: set[str], root: Path) -> dict[str, str]:
    """The classes that numbers mean, as a list of the training beside `file` has them behind paths through folders of classes."""
    pairs: set[tuple[str, str]] = set()
    for other in files:
        if other.parent == file.parent and split_of_file(other, root) == "train":
            for name, said in _rows(other):
                pairs |= {(said, part) for part in name.split("/")[:-1] if part in classes}
                if len(pairs) > len(classes):  # as where lines are numbered
                    return {}
    numbers = dict(pairs)
    return numbers if len(pairs) == len(numbers) == len({*numbers.values()}) and all(map(str.isdecimal, numbers)) else {}
