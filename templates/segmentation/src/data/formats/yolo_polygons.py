"""YOLO: one text file for each image, with a line `class x y x y x y …` for each object, in parts of the image.

    root/
      data.yaml            (names; optional: train, val, test; or classes.txt with a name a line)
      images/train/1.jpg   (or train/images/1.jpg, or images/1.jpg)
      labels/train/1.txt   (or train/labels/1.txt, or labels/1.txt, or beside the image)

Class 0 is the background. Smaller polygons lie on larger ones. An image without a text file, or with an empty one, is background.
"""

import re
from array import array
from pathlib import Path

from ...config.errors import UserError
from ..coco_shapes import area
from ..codes import BACKGROUND, indices, numbered
from ..example import Example, Shape, Shapes
from ..files import Source
from ..lookup import Images, files_of_kind, read_text
from ..survey import image_size
from ..yolo_config import class_names, find_config, given_splits

NAME: str = "YOLO polygons"
EXPECTED: str = "YOLO with polygons (labels/*.txt with images/, or *.txt beside the images; data.yaml or classes.txt)"
LINE = re.compile(r"\s*\d+(\.0*)?((?:\s+[-+.\deE]+){4,})\s*")  # what has fewer than three corners is refused later


def matches(root: Path) -> bool:
    return any((numbers := _first_line(file)) and len(numbers) >= 6 for file in files_of_kind(root, ".txt"))


def read(root: Path) -> Source[Example]:
    """Reads the polygons of all images.

    Raises:
        UserError: If a line is no polygon or names a class that does not exist, or an image has two files.
    """
    images, config = Images(root), find_config(root)
    file_of: dict[Path, Path] = {}
    orphans = []
    for file in files_of_kind(root, ".txt"):
        if (numbers := _first_line(file)) is None:
            continue
        image = images.partner(file)
        if image is None:
            orphans += [file] if numbers else []
        elif image in file_of:
            raise UserError(f"{image} has several files of polygons, {file_of[image]} and {file}: keep one")
        else:
            file_of[image] = file
    if not file_of:
        raise UserError(
            f"none of the {len(orphans)} files with polygons, {orphans[0]} among them, has the name of an image in {root}"
        )
    polygons = {image: _read_polygons(file) for image, file in file_of.items()}
    most = max((index for its in polygons.values() for index, _ in its), default=0)
    names = class_names(root, config)
    notes = [] if names else ["there is no data.yaml or classes.txt with names of classes; they are called by their numbers"]
    names = names or numbered(range(most + 1))
    if most >= len(names):
        file = next(file_of[image] for image, its in polygons.items() if any(index == most for index, _ in its))
        raise UserError(f"{file} has the class {most}, but only 0 to {len(names) - 1} have names: mend the line, or name the class")
    classes = list(dict.fromkeys([BACKGROUND, *names]))
    examples = []
    for image in images.paths:
        height, width = image_size(image) or (1, 1)  # what cannot be opened is never drawn on
        drawn = [(classes.index(names[index]), _scaled(points, width, height)) for index, points in polygons.get(image, [])]
        drawn.sort(key=lambda each: -area(each[1]))
        shapes = tuple(Shape(value, (points,)) for value, points in drawn)
        examples.append(Example(image, Shapes(file_of.get(image, image), height, width, shapes), indices(len(classes))))
    if orphans:
        notes.append(f"files of polygons without an image: {len(orphans)}, as {orphans[0]}; they are left out")
    if without := [image for image in images.paths if image not in file_of]:
        notes.append(f"images without a file of polygons: {len(without)}, as {without[0]}; they are background")
    splits, said = given_splits(config, examples, images)
    if not splits:
        splits, more = images.by_split(examples)
        said += more
    return Source(NAME, classes, splits, notes + said)


def _first_line(file: Path) -> list[str] | None:
    """The coordinates in the first line of a text file, none if it is empty; None if it has something else."""
    with file.open("rb") as opened:
        line = opened.readline(1 << 20).decode("latin-1")
    found = LINE.fullmatch(line)
    return found[2].split() if found else None if line.strip() else []


def _read_polygons(file: Path) -> list[tuple[int, list[float]]]:
    """The class and the corners of each polygon, x, y, x, y, … in parts of the image."""
    found = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            try:
                index, *points = [float(part) for part in line.split()]
                if len(points) < 6 or len(points) % 2 or index != int(index) or index < 0:
                    raise ValueError("expected the number of a class, and x and y of three corners or more")
                if not all(-0.01 <= value <= 1.01 for value in points):
                    raise ValueError("expected corners in parts of the image, which are from 0 to 1")
            except ValueError as error:
                raise UserError(f"{file}, line {number}: {error}; mend or remove the line") from None
            found.append((int(index), points))
    return found


def _scaled(points: list[float], width: int, height: int) -> "array[float]":
    return array("f", [value * (height if odd % 2 else width) for odd, value in enumerate(points)])
