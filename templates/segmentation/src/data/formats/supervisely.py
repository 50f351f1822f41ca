"""Supervisely: a JSON file of shapes for each image.

    root/
      meta.json            (the classes)
      ds0/img/1.jpg        (or train/img/…, val/img/…)
      ds0/ann/1.jpg.json

Class 0 is the background, also where that is a class; the others are in the order of `meta.json`. Polygons may have holes; they,
rectangles and bitmaps have pixels, and other shapes are left out. Later shapes lie on earlier ones. An image without shapes is
background; one without JSON is left out.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from ...config.errors import UserError
from ..codes import BACKGROUND, indices
from ..example import Example, Shapes
from ..files import Source, is_image
from ..lookup import Images, files_of_kind
from ..supervisely_shapes import Named, load, read_titles

NAME: str = "Supervisely"
EXPECTED: str = "Supervisely (img/1.jpg and ann/1.jpg.json)"


def matches(root: Path) -> bool:
    return any(map(_image, files_of_kind(root, ".json")))


def read(root: Path) -> Source[Example]:
    """Reads the shapes of all images.

    Raises:
        UserError: If a file is no JSON as Supervisely writes it, or no shape covers a pixel.
    """
    images, others = Images(root), Counter[str]()
    found: dict[Path, tuple[Path, list[Named], int, int]] = {}
    alone: list[Path] = []
    for file in files_of_kind(root, ".json"):
        if image := _image(file):
            found[image] = file, *load(file, others)
        elif file.parent.name == "ann":
            alone.append(file)
    drawn = {name for _, shapes, *_ in found.values() for name, _ in shapes} - {BACKGROUND}
    if not drawn:
        raise UserError(f"{root} has no polygon, rectangle or bitmap of any class: draw some")
    titles = read_titles(root / "meta.json")
    classes = [BACKGROUND, *(title for title in titles if title in drawn), *sorted(drawn - {*titles})]
    value_of = {name: value for value, name in enumerate(classes)}
    code = indices(len(classes))
    examples = [
        Example(image, Shapes(file, height, width, tuple(replace(shape, value=value_of[name]) for name, shape in shapes)), code)
        for image, (file, shapes, height, width) in found.items()
    ]
    unused = [title for title in titles if title not in value_of]
    notes = [
        *([f"shapes without area: {others.total()} ({', '.join(others)}); they are left out"] if others else []),
        *([f"classes of which nothing is drawn: {', '.join(unused)}; they are left out"] if unused else []),
        *([f"files of shapes without an image: {len(alone)}, as {alone[0]}; they are left out"] if alone else []),
    ]
    splits, said = images.by_split(examples)
    return Source(NAME, classes, splits, notes + said + images.left_out(found))


def _image(file: Path) -> Path | None:
    """The image of a file of shapes, if that lies beside it in a folder called img."""
    image = file.parent.with_name("img") / file.stem
    return image if file.parent.name == "ann" and is_image(image) and image.is_file() else None
