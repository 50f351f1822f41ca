"""From class names to indices, and from what was annotated to pixels of the files."""

import math
import unicodedata
from collections import Counter
from pathlib import Path

from ..config.errors import UserError
from .example import PARTS, Annotation, Example, has_area
from .files import Source
from .sizes import fit_to_files

LARGEST = 1e6  # pixels; more is no box
SHOWN = 10  # classes in the summary
SLACK = 0.5  # pixels that a box may lead out of its image by rounding
FAR = 0.05  # of the width or height of an image; no rounding leads a box so far out of it
LEAST = 0.1  # part of all objects that must have area; otherwise numbers are taken for what they are not


def label(found: Source[Annotation], root: Path, classes: list[str] | None = None, kept_in: Path | None = None) -> Source[Example]:
    """Gives each object the index of its class. No object is left out.

    Args:
        found: What a format read.
        root: Folder of the data, for messages.
        classes: Class names in the order of a trained model. By default those found.
        kept_in: Folder that keeps what takes long to find out: the sizes of images.

    Raises:
        UserError: If there is no class, a class is not among `classes`, there twice or no text, a box is no box in pixels of its
            image, an image has another shape than in its annotation, or hardly an object has area in its image, or counts.
    """
    names = classes or found.classes
    for name in names:
        if not name.strip() or any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name):
            raise UserError(f"{root} has a class of the name {name!r}: expected text on one line; rename it in the annotations")
    index = {name: number for number, name in enumerate(names)}
    if len(index) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise UserError(f"{root} has several classes of the name {twice}: rename or merge them")
    read = [annotation for members in found.splits.values() for annotation in members]
    for annotation in read:
        _check(annotation, index)
    if not classes and not any(annotation.objects for annotation in read):
        raise UserError(f"{root} has annotations but no object in them: there is nothing to learn")
    if not classes and all(thing.crowd for annotation in read for thing in annotation.objects):
        raise UserError(
            f"{root} has only crowds or difficult objects, which are not learned from: "
            "set iscrowd or difficult to 0 for what is a single object"
        )
    splits, said = {}, []
    for split, members in found.splits.items():
        splits[split], notes = fit_to_files(members, kept_in)
        said += notes

    annotations = [annotation for members in splits.values() for annotation in members]
    _check_areas(annotations, root)
    count = Counter(thing.name for annotation in annotations for thing in annotation.objects if not thing.crowd)

    def example(annotation: Annotation) -> Example:
        objects = annotation.objects
        return Example(
            annotation.image,
            boxes=tuple(thing.box for thing in objects),
            labels=tuple(index[thing.name] for thing in objects),
            crowds=tuple(thing.crowd for thing in objects),
            areas=tuple(thing.area for thing in objects),
        )

    labeled = {split: [example(annotation) for annotation in members] for split, members in splits.items()}
    notes = found.notes + said + _notes(annotations)
    return Source(found.format, list(names), labeled, notes, _summary(count), columns=found.columns)


def _check(annotation: Annotation, index: dict[str, int]) -> None:
    for thing in annotation.objects:
        if thing.name not in index:
            raise UserError(f"{annotation.image} has an object of the class {thing.name}: expected one of {', '.join(index)}")
        # Not a number is not less than anything.
        if not all(abs(number) < LARGEST for number in thing.box) or not abs(thing.area) < LARGEST**2:
            raise UserError(f"{annotation.image} has an object with the box {thing.box}: mend its annotation, or remove it")
    numbers = [number for thing in annotation.objects for number in thing.box]
    looks_normalized = numbers and min(numbers) >= 0 and max(numbers) <= 1.01 and any(number % 1 for number in numbers)
    if looks_normalized and annotation.size != PARTS:
        raise UserError(
            f"{annotation.image} has boxes that look normalized, such as {annotation.objects[0].box}: "
            "expected pixels; multiply them by the width and height of the image"
        )


def _check_areas(annotations: list[Annotation], root: Path) -> None:
    boxes = [(annotation, thing.box) for annotation in annotations for thing in annotation.objects if not thing.crowd]
    flat = [(annotation.image, box) for annotation, box in boxes if not has_area(box, *(annotation.size or ()))]
    if len(boxes) - len(flat) < LEAST * len(boxes):
        (image, (left, top, right, bottom)), fit = flat[0], len(boxes) - len(flat)
        raise UserError(
            f"{fit} of the {len(boxes)} objects in {root} have area inside their image, but not that of {image} from "
            f"({left:g}, {top:g}) to ({right:g}, {bottom:g}): mend the annotations; corners may be exchanged, width and height "
            "taken for a corner, or a corner for these"
        )


def _summary(count: Counter[str]) -> str:
    if not count:
        return "No objects"
    shown = ", ".join(f"{name}: {number}" for name, number in count.most_common(SHOWN))
    return f"Objects by class: {shown}{', …' if len(count) > SHOWN else ''}"


def _notes(annotations: list[Annotation]) -> list[str]:
    """What is said of objects that are not learned from, or not as they are."""
    notes = []
    if crowds := sum(thing.crowd for annotation in annotations for thing in annotation.objects):
        notes.append(f"crowds or difficult objects: {crowds}; they are not learned from, and need not be found")
    flat, clipped, far, backward = [], [], [], []
    total = 0
    for annotation in annotations:
        width, height = annotation.size or (math.inf, math.inf)
        for left, top, right, bottom in (thing.box for thing in annotation.objects if not thing.crowd):
            total += 1
            backward += [annotation.image] * (right < left or bottom < top)
            if not has_area((left, top, right, bottom), width, height):
                flat.append(annotation.image)
            elif min(left, top) < -SLACK or right > width + SLACK or bottom > height + SLACK:
                clipped.append(annotation.image)
                beyond = max(-left / width, -top / height, right / width - 1, bottom / height - 1)
                far += [annotation.image] * (beyond > FAR)
    if 2 * len(far) > total:
        notes.append(
            f"boxes that lead far out of their image: {len(far)}, as in {far[0]}, most of all; a corner may have been taken for "
            "width and height, or the center for a corner"
        )
    if 2 * len(backward) > total:
        notes.append(
            f"boxes that end before they begin: {len(backward)}, as in {backward[0]}, most of all; width and height may have been "
            "taken for a corner"
        )
    if flat:
        notes.append(
            f"boxes without area in their image: {len(flat)}, as in {flat[0]}; they are not learned from, but metrics count them"
        )
    if clipped:
        notes.append(
            f"boxes partly outside of their image: {len(clipped)}, as in {clipped[0]}; the part inside is learned, "
            "and metrics count the whole"
        )
    return notes
