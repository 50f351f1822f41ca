"""From the numbers in masks to classes: their names, whether 255 is one of them, and the stratum of each image."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from ..config.errors import UserError
from .example import Example
from .files import Source
from .masks import IGNORED, read_mask

MASKS_LOOKED_AT = 50  # enough where the classes have names, and one of the masks shows that they hold indices


def label(found: Source[Example], root: Path, classes: list[str] | None = None) -> Source[Example]:
    """Names the classes and says of each mask how it is to be read.

    Args:
        found: What a format read; without class names if the data give none.
        root: Folder of the data, for messages.
        classes: Class names of a trained model, by index. By default those of the data.

    Raises:
        UserError: If the masks have values that are no classes, or a single one, or the names are not `classes`.
    """
    if classes and found.classes and classes != found.classes:
        raise UserError(
            f"{root} has the classes {', '.join(found.classes)}, but the model was trained on {', '.join(classes)}: "
            "name the same classes in the same order"
        )
    names = classes or found.classes
    values = _values([example for split in found.splits.values() for example in split], few=bool(names))
    seen = set().union(*values.values())
    binary = IGNORED in seen and seen <= {0, IGNORED} and len(names) in (0, 2)
    names = names or (["background", "foreground"] if binary else _numbered(seen, root))
    if len(names) < 2:
        raise UserError(f"{root} has masks with the single class {names[0]}: there is nothing to tell apart")

    count = Counter(value for present in values.values() for value in present)

    def complete(example: Example) -> Example:
        present = values.get(example.mask, set()) - (set() if binary else {IGNORED})
        return replace(example, binary=binary, stratum=min(present, key=lambda value: (count[value], value), default=-1))

    splits = {split: [complete(example) for example in examples] for split, examples in found.splits.items()}
    return Source(found.format, list(names), splits, found.notes)


def _values(examples: list[Example], few: bool) -> dict[Path, set[int]]:
    """The numbers in each mask; in a few of them, where these show that 255 is no class."""
    import numpy as np

    def look(at: list[Example]) -> dict[Path, set[int]]:
        return {example.mask: set(np.unique(read_mask(example.mask)).tolist()) for example in at}

    values = look(examples[:: max(1, len(examples) // MASKS_LOOKED_AT)] if few else examples)
    if len(values) < len(examples) and set().union(*values.values()) <= {0, IGNORED}:
        values = look(examples)
    return values


def _numbered(seen: set[int], root: Path) -> list[str]:
    """Names for classes that have none."""
    most = max(seen - {IGNORED}, default=0)
    if most > 2 * len(seen) + 10:
        raise UserError(
            f"{root} has masks with the values {', '.join(map(str, sorted(seen)[:8]))}…, which do not look like class indices: "
            "renumber them 0, 1, 2, …, or name the classes in classes.txt"
        )
    return [f"class {index}" for index in range(most + 1)]
