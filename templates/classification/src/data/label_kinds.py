"""Lists of several kinds beside each other, such as those of variants and of families: which tell the labels.

What the names of lists say beside splits is their kind: `images_family_train.txt` and `images_family_test.txt` are of one.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from .clues import NUMBERED
from .files import SPLIT_NAMES, is_image, words

Lists = dict[Path, list[list[str]]]  # by file: the name of an image, and what is said of it

OF_BOTH = "trainval"  # a list in whose place those of its parts are read
SEVERAL_NUMBERS = re.compile(r"-?\d+(\s+-?\d+)+")


def with_labels(lists: Lists) -> tuple[Lists, list[str]]:
    """The lists that tell labels, the finest of several, and what is to be said of it."""
    kinds: dict[tuple[str, ...], Lists] = {}
    for file, rows in lists.items():
        kind = tuple(word for word in _words(file) if word not in (*SPLIT_NAMES, OF_BOTH))
        kinds.setdefault(kind, {})[file] = rows
    labeled = _without_own([its for each in kinds.values() if (its := _labeled(_parted(each)))])
    labeled.sort(key=lambda its: all(label.isdecimal() for _, label in _rows(its)))  # names before their numbers
    left, notes = _coarser(labeled)
    kept = {file: rows for number, its in enumerate(labeled) if number not in left for file, rows in its.items()}
    if guessed := [(file, *rows[0]) for file, rows in kept.items() if rows[0] != lists[file][0]]:
        file, name, label = guessed[0]
        notes.append(f"labels are those in names of images, as {label} in {name}, which numbers in {file} agree with")
    return kept, notes


def _without_own(kinds: list[Lists]) -> list[Lists]:
    """Kinds but for those in which each image has its own label, such as a number or a sentence, if others are of these images."""
    labels = [dict(_rows(its)) for its in kinds]
    shared = {name for its in labels if not _is_own(its) for name in its}
    kept = [kind for kind, its in zip(kinds, labels, strict=True) if not _is_own(its) or shared.isdisjoint(its)]
    return [] if _is_own(dict(row for its in kept for row in _rows(its))) else kept


def _is_own(labels: Mapping[str, str]) -> bool:
    return len({*labels.values()}) == len(labels)


def _coarser(labeled: list[Lists]) -> tuple[set[int], list[str]]:
    """The places of kinds whose labels another kind tells, too, and what is to be said of it."""
    labels = [dict(_rows(its)) for its in labeled]
    left: set[int] = set()
    notes: list[str] = []
    for number, its in enumerate(labels):
        others = [other for other in range(len(labels)) if other != number and other not in left and _tells(labels[other], its)]
        finer = next((other for other in others if other < number or not _tells(its, labels[other])), None)
        if finer is not None:
            left.add(number)
            if any(labels[finer][name] != label for name, label in its.items()):
                file, better = next(iter(labeled[number])), next(iter(labeled[finer]))
                notes.append(
                    f"lists of coarser labels of the same images: {len(labeled[number])}, as {file}; they are left out: to learn "
                    f"these, move the finer ones away, as {better}"
                )
    return left, notes


def split_of_list(file: Path, lists: Lists) -> str | None:
    """The split that a list of all but the test is of where no other is that of the training."""
    alone = OF_BOTH in _words(file) and not any("train" in _words(other) for other in lists)
    return "train" if alone else None


def _words(file: Path) -> list[str]:
    return [word.lower() for word in words(file.stem)]


def _rows(lists: Lists) -> list[list[str]]:
    return [row for rows in lists.values() for row in rows]


def _parted(lists: Lists) -> Lists:
    """Lists of one kind, without those that others divide."""
    parted = any("train" in _words(file) for file in lists)
    return {file: rows for file, rows in lists.items() if not (parted and OF_BOTH in _words(file))}


def _labeled(lists: Lists) -> Lists:
    """Lists of one kind with labels; empty if they tell none, but several numbers."""
    numbers = all(SEVERAL_NUMBERS.fullmatch(what) for _, what in _rows(lists))
    return _labels_in_names(lists) if numbers else lists


def _labels_in_names(lists: Lists) -> Lists:
    """Lists with the labels in the names of their images, as `Abyssinian_1`; empty unless numbers agree with these."""
    rows = _rows(lists)
    found = {name: match[1] for name, _ in rows if (match := NUMBERED.fullmatch(Path(name).stem if is_image(Path(name)) else name))}
    labels = [found.get(name, "") for name, _ in rows]
    for numbers in zip(*(what.split() for _, what in rows), strict=False):
        pairs = {*zip(numbers, labels, strict=True)}
        if len(pairs) > 1 and len(pairs) == len({*numbers}) == len({*labels} - {""}):
            return {file: [[name, found[name]] for name, _ in its] for file, its in lists.items()}
    return {}


def _tells(finer: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether names of classes of all these images tell their other labels, too, as a variant of aircraft tells its family."""
    if not labels.keys() <= finer.keys() or all(map(str.isdecimal, finer.values())):
        return False
    pairs = {(finer[name], label) for name, label in labels.items()}
    return len(pairs) == len({name for name, _ in pairs})
