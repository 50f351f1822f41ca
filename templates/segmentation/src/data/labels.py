"""From what a format read to examples: the classes, what the values in masks stand for, and those in each image."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from ..config.errors import UserError, nearest
from .codes import find_code, numbered
from .example import Code, Example, Shapes
from .files import Source
from .masks import IGNORED, check_size
from .survey import Contents, image_size, of_parts, survey
from .united import with_united_masks

CLASSES_SHOWN = 30


def label(
    found: Source[Example],
    root: Path,
    classes: list[str] | None = None,
    kept_in: Path | None = None,
    ignore_index: int | None = None,
) -> Source[Example]:
    """Names the classes and says of each mask how it is to be read.

    Args:
        found: What a format read; without class names if the data give none.
        root: Folder of the data, for messages.
        classes: Class names of a trained model, by index. By default those of the data.
        kept_in: Folder of the file that remembers what is in masks.
        ignore_index: Value of pixels that do not count; of masks of colors, the index of a class.

    Raises:
        UserError: If no mask can be read, files are no parts of one, masks have values that are no classes, or a single one, or a
            class is none of `classes`.
    """
    found = replace(found, splits=with_united_masks(found.splits, root, kept_in))
    examples = [example for split in found.splits.values() for example in split]
    notes = list(found.notes)
    contents, broken = survey(examples, root, kept_in)
    broken |= _check_shapes(examples, notes, kept_in)
    splits = {split: [each for each in members if each.image not in broken] for split, members in found.splits.items()}
    examples = [example for split in splits.values() for example in split]
    if not examples:
        raise UserError(f"{next(iter(broken.values()))} (all {len(broken)} masks of {root} have such mistakes)")
    united = [each.mask for each in examples if isinstance(each.mask, Shapes) and each.mask.parts]
    contents |= {mask.file: of_parts(mask) for mask in united}
    # Names that were counted from 1 say which values they are for.
    counted = classes == numbered(range(1, len(classes or []) + 1))
    names, code = found.classes or (classes if classes and not counted else []), examples[0].code
    if contents:
        code, names = find_code(contents, names, code, root, notes, ignore_index)
    if united and code.colored:
        raise UserError(f"{united[0].file} is one of several files of a mask, which cannot be colors: unite them in one file")
    if ignore_index is not None:
        code = _ignoring(code, ignore_index)
    if classes:
        code = _in_order(code, names, classes, root)

    present = [_present(example, code, contents) for example in examples]
    images = Counter(index for those in present for index in those)
    if not classes and len(images) < 2:
        raise UserError(f"{root} has masks of a single class, {names[min(images, default=0)]}: there is nothing to tell apart")
    strata = iter(present)
    splits = {split: [replace(each, code=code, strata=next(strata)) for each in members] for split, members in splits.items()}
    pixels = Counter[int]()
    for each in contents.values():
        pixels.update(by_class(each, code))
    if contents and ignore_index is not None and not pixels[IGNORED]:
        notes.append(f"no pixel has the value {ignore_index}, which data.ignore_index names")
    names = classes or names
    return Source(found.format, list(names), splits, notes, _details(names, images, pixels), broken, columns=found.columns)


def _ignoring(code: Code, ignored: int) -> Code:
    """The code without a value of numbers, or without the class of a color."""
    if code.colored:
        return replace(code, classes=tuple((color, IGNORED if index == ignored else index) for color, index in code.classes))
    return replace(code, classes=tuple((dict(code.classes) | {ignored: IGNORED}).items()))


def _in_order(code: Code, names: list[str], classes: list[str], root: Path) -> Code:
    """The code with the indices that a trained model has for the names of the data.

    Raises:
        UserError: If the model does not know one of the names.
    """
    if unknown := [name for name in names if name not in classes]:
        raise UserError(
            f"{root} has the class {unknown[0]}{nearest(unknown[0], classes)}, but the model was trained on {', '.join(classes)}: "
            "name the same classes"
        )
    index_of = {index: classes.index(name) for index, name in enumerate(names)} | {IGNORED: IGNORED}
    return replace(code, classes=tuple((value, index_of[index]) for value, index in code.classes))


def _check_shapes(examples: list[Example], notes: list[str], kept_in: Path | None) -> dict[Path, str]:
    """Images that are not like those on which their shapes were drawn, with the reasons; a mere other size is noted."""
    broken, scaled, known = {}, [], dict[Path, tuple[int, int]]()
    if kept_in and kept_in.is_dir() and any(isinstance(example.mask, Shapes) for example in examples):
        from .looks import remembered_sizes  # needs NumPy, which merely naming a format must not

        known = remembered_sizes([example.image for example in examples], kept_in)
    for example in examples:
        if isinstance(example.mask, Shapes) and (size := known.get(example.image) or image_size(example.image)):
            try:
                check_size(example, (example.mask.height, example.mask.width), size)
            except UserError as error:
                broken[example.image] = str(error)
                continue
            if size != (example.mask.height, example.mask.width):
                scaled.append(example.image)
    if scaled:
        notes.append(
            f"{len(scaled)} images have another size than their annotations say, {scaled[0]} among them: shapes are scaled"
        )
    return broken


def _present(example: Example, code: Code, contents: dict[Path, Contents]) -> frozenset[int]:
    """The classes in a mask."""
    if isinstance(example.mask, Shapes):
        classes = dict(code.classes)
        return frozenset({classes[0], *(classes[shape.value] for shape in example.mask.shapes)}) - {IGNORED}
    return frozenset(by_class(contents[example.mask], code)) - {IGNORED}


def by_class(contents: Contents, code: Code) -> Counter[int]:
    """How many pixels of a mask are of each class."""
    classes, found = dict(code.classes), Counter[int]()
    for value, count in (contents.by_color() if code.colored else contents.pixels).items():
        found[classes.get(value, IGNORED)] += count
    return found


def _details(names: list[str], images: Counter[int], pixels: Counter[int]) -> str:
    """Of each class the number of images that have it, and its part of all pixels if masks tell."""
    total = max(1, pixels.total())
    shares = [f" ({100 * pixels[index] / total:.1f}%)" if pixels else "" for index in range(len(names))]
    parts = [f"{name} {images[index]}{shares[index]}" for index, name in enumerate(names)]
    listed = ", ".join(parts[:CLASSES_SHOWN]) + ("…" if len(parts) > CLASSES_SHOWN else "")
    ignored = f"; {100 * pixels[IGNORED] / total:.1f}% of the pixels are ignored" if pixels[IGNORED] else ""
    return f"Images with each class{' (part of all pixels)' * bool(pixels)}: {listed}{ignored}"
