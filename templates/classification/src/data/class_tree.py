"""Which folders are those of classes, and of splits, in the trees that archives unpack to.

Names are looked at before files, and folders with images in them are not listed: there may be many.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..config.errors import UserError
from .files import has_images, holds_images, names_among, only_folder, split_folders, split_in, visible_folders, words
from .lookup import CONTAINERS, composed

PARTS = {"image", "images", "img", "imgs", "jpegimages", "photos", "part", "batch", "chunk"}  # in names of parts of an archive


@dataclass(frozen=True)
class Tree:
    """Where the folders of the classes are.

    Attributes:
        at: What holds them, or the splits.
        splits: The folder of each split in which they lie, or of `all`.
        apart: Folders beside them, and what their images are.
        flat: Folders of splits that hold none of a class, and their splits.
    """

    at: Path
    splits: dict[str, Path]
    apart: dict[Path, str]
    flat: dict[Path, str]


def find_tree(root: Path) -> Tree | None:
    """The folders of classes in `root`, or in the only folder there that has images, whatever else lies beside it.

    Raises:
        UserError: If two folders are named like the same split.
    """
    folder: Path | None = root
    while folder:
        if tree := _tree(folder):
            return tree
        folder = _only(folder)
    return None


def names_inside(folder: Path) -> set[str]:
    """The names of the folders in `folder`, or in the only one there, if there are no images beside them."""
    while inner := only_folder(folder):
        folder = inner
    return set() if has_images(folder) else {path.name for path in visible_folders(folder)}


def _tree(folder: Path) -> Tree | None:
    exact = {path: split for split, path in split_folders(folder).items()}
    folders = visible_folders(folder)
    known = names_among(path.name for path in folders)
    alone = [(path, split) for path in folders if len(words(path.name)) == 1 and (split := split_in(words(path.name), known))]
    count = Counter(split for _, split in alone)
    exact |= {path: split for path, split in alone if count[split] == 1}  # as `val_256`, which has no other word
    spoken = {path: split for path in folders if (split := split_in(words(path.name), known)) and split not in exact.values()}
    spoken |= _training_of({**exact, **spoken}, folders)
    copies = _copies([path for path in folders if path not in exact | spoken])
    others = [path for path in folders if path not in exact | spoken | copies]
    for named in (exact | spoken, exact):
        holding = _holding(named)
        alone = len(named) == 1 and not any(map(holds_images, others))
        # Classes may be called train_station and bus_stop, too, and a folder that wraps all may have any name.
        sure = named == exact or len(holding) > 1 or not (alone or any(map(_around_classes, others)))
        if sure and any(named[path] == "train" for path in holding):
            for at in holding.values():
                copies |= _copies(visible_folders(at))
            flat = {path: split for path, split in named.items() if path not in holding}
            return Tree(folder, _by_split(named, holding), copies, flat)
    if exact or len(_some([*others, *spoken])) < 2 or not _some(others) or _are_parts(others) or _is_of_sets(others):
        return None
    return Tree(folder, {"all": folder}, copies, {})


def _training_of(named: dict[Path, str], folders: list[Path]) -> dict[Path, str]:
    """The folder that those of splits are called after, as `rps` beside `rps-test-set`, if it has their classes, too."""
    rest = [path for path in folders if path not in named and holds_images(path)]
    if not named or "train" in named.values() or len(rest) != 1:
        return {}
    after = {*words(rest[0].name)}
    is_it = all(after < {*words(path.name)} and names_inside(path) == names_inside(rest[0]) for path in named)
    return {rest[0]: "train"} if is_it else {}


def _holding(named: dict[Path, str]) -> dict[Path, Path]:
    """Which of the folders of splits hold those of classes, and where.

    A single folder which is no class of the training, or called after a kind of files, as `images` in `test/images/1.jpg`, is none.
    """
    around = {path: at for path in named if (at := _around_classes(path))}
    classes = {
        path: {composed(each.name).lower() for each in filter(holds_images, visible_folders(at))} for path, at in around.items()
    }
    trained = set[str]().union(*(classes[path] for path in around if named[path] == "train"))
    return {path: at for path, at in around.items() if len(classes[path]) > 1 or classes[path] & trained - CONTAINERS}


def _by_split(named: dict[Path, str], holding: dict[Path, Path]) -> dict[str, Path]:
    splits: dict[str, Path] = {}
    for path, at in holding.items():
        if first := splits.get(named[path]):
            raise UserError(f"{first} and {path.name} are both named like the split {named[path]}: keep or rename one of them")
        splits[named[path]] = at
    return splits


def _around_classes(folder: Path) -> Path | None:
    """What holds folders of images: `folder`, or one that it merely wraps, as in `training_set/training_set/cat`."""
    inner = _only(folder)
    if inner and not has_images(inner) and (at := _around_classes(inner)):
        return at
    wraps = inner and inner.name == folder.name
    return folder if not wraps and _some(visible_folders(folder)) else None


def _only(folder: Path) -> Path | None:
    """The only folder in `folder` that has images, if none lie beside it."""
    filled = [] if has_images(folder) else _some(visible_folders(folder))
    return filled[0] if len(filled) == 1 else None


def _some(folders: list[Path]) -> list[Path]:
    """The first two that have images."""
    return list(islice(filter(holds_images, folders), 2))


def _copies(folders: list[Path]) -> dict[Path, str]:
    """The folders that hold what lies beside them once more, as in archives that were packed twice, and what their images are."""
    names = {path.name for path in folders}
    return {
        path: "images in a copy of the folders beside it"
        for path in folders
        if len(names) > 2 and names_inside(path) == names - {path.name}
    }


def _is_of_sets(folders: list[Path]) -> bool:
    """Whether some of the folders hold splits, and others do not, as sets of images do, but hardly classes."""
    divided = [any(map(split_in, ([name] for name in names_inside(path)))) for path in folders if holds_images(path)]
    return len({*divided}) > 1


def _are_parts(folders: list[Path]) -> bool:
    """Whether folders are parts of an archive (`images_001`, `images_002`) or of kinds of files (`images`, `labels`)."""
    names = {path: tuple(word.lower() for word in words(path.name)) for path in folders}
    if all(PARTS.isdisjoint(name) for name in names.values()):
        return False
    kinds = {name for path, name in names.items() if holds_images(path)}
    return len(kinds) == 1 or all(len(name) == 1 and name[0] in CONTAINERS for name in kinds)
