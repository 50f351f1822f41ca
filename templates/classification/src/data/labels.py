"""From class names to indices."""

import re
from collections import Counter, defaultdict
from pathlib import Path

from ..config.errors import UserError
from .example import Annotation, Example
from .files import Source
from .lookup import composed

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SHOWN = 12  # classes that are counted one by one


def label(found: Source[Annotation], root: Path, classes: list[str] | None = None, kept_in: Path | None = None) -> Source[Example]:
    """Gives each image the indices of its classes.

    The data are multi-label if some image has not exactly one class: `facts` says so, for the model.

    Args:
        found: What a format read.
        root: Folder of the data, for messages.
        classes: Class names in the order of a trained model. By default those found.
        kept_in: Folder that keeps what takes long to find out; nothing does here.

    Raises:
        UserError: If there is a single class, one without training images, one that is not among `classes`, or one whose
            name is no text on one line.
    """
    names = classes or sorted({composed(name) for name in found.classes})
    if len(names) < 2:
        raise UserError(f"{root} has {f'the single class {names[0]}' if names else 'no class'}: a classifier needs two or more")
    index = {composed(name): number for number, name in enumerate(names)}
    annotations = [annotation for members in found.splits.values() for annotation in members]
    for annotation in annotations:
        for name in annotation.names:
            if UNPRINTABLE.search(name):
                raise UserError(f"{root} has the class {name!r}: expected a name without line breaks and the like, rename it")
            if composed(name) not in index:
                raise UserError(f"{annotation.image} is of no known class, but of {name}: expected one of {', '.join(names)}")
    if not classes and "train" in found.splits:
        seen = {composed(name) for annotation in found.splits["train"] for name in annotation.names}
        if unseen := [name for name in names if name not in seen]:
            raise UserError(
                f"{root} has no training images of {', '.join(unseen)}, which other splits have: add some or remove the class"
                + "".join(f"; {said}: rename them if they are one" for said in _alike(names)[:1])
            )
    # Few combinations of names, however many images: each is made once.
    labels = {names: tuple(sorted({index[composed(name)] for name in names})) for names in {each.names for each in annotations}}
    splits = {split: [Example(each.image, labels[each.names]) for each in members] for split, members in found.splits.items()}
    facts = {"multi_label": any(len(its) != 1 for its in labels.values())}
    count = Counter(dict.fromkeys(names, 0))
    count.update(names[number] for each in annotations for number in labels[each.names])
    notes = found.notes + _alike(names)
    return Source(found.format, list(names), splits, notes, _summary(count), facts=facts, columns=found.columns)


def _summary(count: Counter[str]) -> str:
    """How many images the classes have, in one line."""
    if len(count) <= SHOWN:
        return "Images by class: " + ", ".join(f"{name}: {number}" for name, number in count.items())
    (most, largest), *_, (least, smallest) = count.most_common()
    return f"Images by class: from {smallest} ({least}) to {largest} ({most})"


def _alike(names: list[str]) -> list[str]:
    """What is said of classes that differ only in case or in blanks."""
    alike = defaultdict(list)
    for name in names:
        alike["".join(name.lower().split())].append(name)
    return [f"classes that differ only in case or blanks: {', '.join(same)}" for same in alike.values() if len(same) > 1]
