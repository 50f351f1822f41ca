"""From class names to indices."""

from pathlib import Path

from ..config.errors import UserError
from .example import Annotation, Example
from .files import Source


def label(found: Source[Annotation], root: Path, classes: list[str] | None = None, kept_in: Path | None = None) -> Source[Example]:
    """Gives each image the index of its class.

    Args:
        found: What a format read.
        root: Folder of the data, for messages.
        classes: Class names in the order of a trained model. By default those found.
        kept_in: Folder that keeps what takes long to find out; nothing does here.

    Raises:
        UserError: If there is a single class, one without training images, or one that is not among `classes`.
    """
    names = classes or found.classes
    if len(names) < 2:
        raise UserError(f"{root} has the single class {names[0]}: a classifier needs two or more")
    index = {name: number for number, name in enumerate(names)}
    for annotations in found.splits.values():
        for annotation in annotations:
            if annotation.name not in index:
                raise UserError(
                    f"{annotation.image} is of no known class, but of {annotation.name}: expected one of {', '.join(names)}"
                )
    if not classes and "train" in found.splits:
        seen = {annotation.name for annotation in found.splits["train"]}
        if unseen := [name for name in names if name not in seen]:
            raise UserError(
                f"{root} has no training images of {', '.join(unseen)}, which other splits have: add some or remove the class"
            )
    splits = {
        split: [Example(annotation.image, index[annotation.name]) for annotation in annotations]
        for split, annotations in found.splits.items()
    }
    return Source(found.format, list(names), splits, found.notes)
