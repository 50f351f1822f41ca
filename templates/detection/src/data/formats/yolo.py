"""YOLO: one text file for each image, with a line `class x y width height` for each object, in parts of the image.

    root/
      data.yaml            (names; optional: train, val, test; or Darknet's obj.data; or classes.txt with a name a line)
      images/train/1.jpg   (or train/images/1.jpg, or images/1.jpg)
      labels/train/1.txt   (or train/labels/1.txt, or labels/1.txt, or beside the image)

A longer line is an outline, taken for the box around it. An image without a text file, or with an empty one, has no object.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..clues import origin_of
from ..example import PARTS, Annotation, Object
from ..files import Source
from ..lookup import CONTAINERS, Images, files_of_kind, read_text
from ..outlines import around
from ..yolo_config import class_names, find_config, given_splits, read_config

NAME: str = "YOLO"
EXPECTED: str = "YOLO (labels/*.txt with images/, or *.txt beside the images; data.yaml or classes.txt)"
LINE = re.compile(r"\s*\d+(\.0*)?(\s+[-+.\deE]+){4,}\s*$")
NO_LABELS = {"classes.txt", "labels.txt", "train.txt", "val.txt", "valid.txt", "test.txt"}


def matches(root: Path) -> bool:
    return bool(read_config(root)) or any(_is_labels(file, root) for file in files_of_kind(root, ".txt"))


def read(root: Path) -> Source[Annotation]:
    """Reads the labels of all images.

    Raises:
        UserError: If a file has a mistake, or names a class or a folder that does not exist.
    """
    images, config = Images(root), find_config(root)
    names = class_names(root, config)
    beside = {path.with_suffix("") for path in images.paths}
    labels_of: dict[Path, Path] = {}
    orphans = []
    for file in files_of_kind(root, ".txt"):
        if _is_labels(file, root) or file.with_suffix("") in beside:
            image = images.partner(file)
            if image is None:
                orphans.append(file)
            elif image in labels_of:
                raise UserError(f"{image} has several files of labels, {labels_of[image]} and {file}: keep one")
            else:
                labels_of[image] = file
    if orphans and not labels_of:
        raise UserError(
            f"none of the {len(orphans)} files with lines of boxes, {orphans[0]} among them, has the name of an image in {root}: "
            "give each image a file of its name, or remove these files if they are of another format"
        )
    has_keypoints = "kpt_shape" in config
    annotations, empty = [], []
    for image in images.paths:
        objects = _read_labels(labels_of[image], names, has_keypoints) if image in labels_of else ()
        annotations.append(Annotation(image, objects, PARTS))
        empty += [] if objects else [image]
    notes = []
    if orphans:
        notes.append(f"files of labels without an image: {len(orphans)}, as {orphans[0]}; they are left out")
    if empty:
        missing = sum(image not in labels_of for image in empty)
        notes.append(f"images without an object: {len(empty)}, as {empty[0]}; {missing} of them have no file of labels")
    if not names:
        notes.append("there is no data.yaml, obj.data or classes.txt with names of classes; they are called by their numbers")
        names = sorted({thing.name for annotation in annotations for thing in annotation.objects}, key=int)
    splits, said = given_splits(config, annotations, images)
    if not splits:
        splits, more = images.by_split(annotations)
        said += more
    return Source(NAME, names, splits, notes + said)


def _is_labels(file: Path, root: Path) -> bool:
    """Whether a text file lies among labels, or has lines of boxes."""
    if file.name.lower() in NO_LABELS:
        return False
    if CONTAINERS & {part.lower() for part in file.relative_to(root).parts[:-1]} - {"images"}:
        return True
    with file.open("rb") as opened:
        first = opened.readline(4096).decode("latin-1")
    return bool(LINE.match(first))


def _read_labels(file: Path, names: list[str], has_keypoints: bool) -> tuple[Object, ...]:
    objects = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            try:
                objects.append(_read_line(line.split(), names, has_keypoints))
            except ValueError as error:
                if origin := origin_of(file):
                    raise UserError(f"{file} has no lines of YOLO, but annotations like {origin}") from None
                raise UserError(f"{file}, line {number}: {error}; mend or remove the line") from None
    return tuple(objects)


def _read_line(parts: list[str], names: list[str], has_keypoints: bool) -> Object:
    number, *numbers = map(float, parts)
    if not number.is_integer():
        raise ValueError(f"the class {parts[0]} is no whole number")
    index = int(number)
    if has_keypoints:
        numbers = numbers[:4]
    if not (len(numbers) == 4 or (len(numbers) >= 6 and len(numbers) % 2 == 0)):
        raise ValueError(f"{len(parts)} numbers, where a class and a box have 5, and an outline any larger odd number")
    if index < 0 or (names and index >= len(names)):
        raise ValueError(f"there is no class {parts[0]}" + (f", only 0 to {len(names) - 1}" if names else ""))
    if not all(-0.01 <= value <= 1.01 for value in numbers):
        raise ValueError(f"{' '.join(parts[1:5])} are no parts of the image, which are from 0 to 1")
    if len(numbers) == 4:
        x, y, width, height = numbers
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    else:
        box = around(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return Object(names[index] if names else str(index), box, False, (box[2] - box[0]) * (box[3] - box[1]))
