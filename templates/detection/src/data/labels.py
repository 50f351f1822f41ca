"""From class names to indices."""

import math
from collections import Counter
from pathlib import Path

from ..config.errors import UserError
from .example import Annotation, Example, has_area
from .files import Source


def label(found: Source[Annotation], root: Path, classes: list[str] | None = None, kept_in: Path | None = None) -> Source[Example]:
    """Gives each object the index of its class, and each image its stratum. No object is left out.

    Args:
        found: What a format read.
        root: Folder of the data, for messages.
        classes: Class names in the order of a trained model. By default those found.
        kept_in: Folder that keeps what takes long to find out; nothing does here.

    Raises:
        UserError: If there is no class, a class is not among `classes` or there twice, or a box is no box.
    """
    names = classes or found.classes
    if not names:
        raise UserError(f"{root} has annotations but no object in them: there is nothing to learn")
    index = {name: number for number, name in enumerate(names)}
    if len(index) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise UserError(f"{root} has several classes of the name {twice}: rename or merge them")
    annotations = [annotation for split in found.splits.values() for annotation in split]
    for annotation in annotations:
        for thing in annotation.objects:
            if thing.name not in index:
                raise UserError(f"{annotation.image} has an object of the class {thing.name}: expected one of {', '.join(names)}")
            if not all(math.isfinite(number) for number in (*thing.box, thing.area)):
                raise UserError(f"{annotation.image} has an object with the box {thing.box}: mend its annotation, or remove it")

    count = Counter(thing.name for annotation in annotations for thing in annotation.objects if not thing.crowd)

    def example(annotation: Annotation) -> Example:
        objects = annotation.objects
        rarest = min((thing.name for thing in objects if not thing.crowd), key=lambda name: (count[name], name), default=None)
        return Example(
            annotation.image,
            boxes=tuple(thing.box for thing in objects),
            labels=tuple(index[thing.name] for thing in objects),
            crowds=tuple(thing.crowd for thing in objects),
            areas=tuple(thing.area for thing in objects),
            stratum=-1 if rarest is None else index[rarest],
        )

    splits = {split: [example(annotation) for annotation in members] for split, members in found.splits.items()}
    return Source(found.format, list(names), splits, found.notes + _notes(annotations))


def _notes(annotations: list[Annotation]) -> list[str]:
    """What is said of objects that are not learned from."""
    notes = []
    if crowds := sum(thing.crowd for annotation in annotations for thing in annotation.objects):
        notes.append(f"crowds or difficult objects: {crowds}; they are not learned from, and need not be found")
    flat = [
        annotation.image
        for annotation in annotations
        for thing in annotation.objects
        if not thing.crowd and not has_area(thing.box, *(annotation.size or ()))
    ]
    if flat:
        notes.append(
            f"boxes without area in their image: {len(flat)}, as in {flat[0]}; they are not learned from, but metrics count them"
        )
    return notes
