"""Text with a line for each object: the name of its class, and corners in pixels; one file for each image, of its name.

    root/
      train/labels/1.txt   (or in any other folder)
      train/images/1.jpg   (likewise)

A line is `cat 10 20 15 26`, as OIDv4 ToolKit writes it, KITTI's `Car 0.00 0 -1.58 10 20 15 26 …`, in which `DontCare` is a crowd,
DOTA's `10 20 15 20 15 26 10 26 plane 0`, whose box is that around four corners, or VisDrone's `10,20,5,6,1,4,0,0`: left, top, width
and height, 1 or 0 for what is ignored, and the number of the class. Among other lines, it may be `Bounding box for object 1
"cat" … : (10, 20) - (15, 26)`, as in the first PASCAL challenges and Penn-Fudan.
"""

import re
from pathlib import Path

from ...config.errors import UserError
from ..example import Annotation, Box, Object
from ..files import Source
from ..lookup import Images, files_of_kind, read_text
from ..outlines import around

NAME: str = "text of boxes"
EXPECTED: str = "text with the names of classes and corners in pixels (KITTI, DOTA, Penn-Fudan, VisDrone, OIDv4 ToolKit)"
NUMBER = r"-?\d+(?:\.\d+)?"
MORE = rf"(?:\s+{NUMBER})"
NAMED = r"(?P<name>[^\W\d][^.]*?)"
LINES = (
    re.compile(NAMED + MORE + "{3}(?P<corners>" + MORE + "{4})" + MORE + "{7,8}"),
    re.compile(NAMED + "(?P<corners>" + MORE + "{4})"),
    re.compile(r"(?P<sides>-?\d+(?:,-?\d+){3}),(?P<counts>[01]),(?P<number>\d|1[01]),-?\d+,-?\d+,?"),
    re.compile("(?P<corners>" + NUMBER + MORE + r"{7})\s+(?P<name>[^\W\d]\S*)(?:\s+(?P<difficult>\d))?"),
    re.compile(r'Bounding box for object \d+ "(?P<name>[^"]+)".* : (?P<corners>\(\d+, \d+\) - \(\d+, \d+\))'),
)
HEAD = re.compile(
    r"(imagesource|gsd|acquisition dates):.*|#.*|(?!Bounding box)[A-Z][a-z]+.* : .*"
)  # other lines of DOTA and PASCAL
NO_OBJECT = "DontCare"
VISDRONE = (
    NO_OBJECT, "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle", "bus", "motor", NO_OBJECT,
)  # fmt: skip


def matches(root: Path) -> bool:
    files = (file for file in files_of_kind(root, ".txt") if _has_boxes(file))
    first = next(files, None)
    return first is not None and Images(root).partner(first) is not None


def read(root: Path) -> Source[Annotation]:
    """Reads all files whose first line is of an object, and empty ones beside them.

    Raises:
        UserError: If a line is of another kind, or most images are missing.
    """
    images = Images(root)
    files = files_of_kind(root, ".txt")
    folders = {file.parent for file in files if _has_boxes(file)}
    found: dict[Path, Annotation] = {}
    orphans = []
    for file in files:
        if file.parent not in folders or not (_has_boxes(file) or not _lines(file)):
            continue
        image = images.partner(file)
        if image is None:
            orphans.append(file)
        elif image in found:
            raise UserError(f"{image} has several files of boxes, {file} among them: keep one")
        else:
            found[image] = Annotation(image, tuple(_read_line(line, number, file) for number, line in _lines(file)))
    if len(orphans) >= len(found):
        raise UserError(f"{len(orphans)} files of boxes in {root} have no image of their name, as {orphans[0]}: add the images")
    notes = [f"files of boxes without an image: {len(orphans)}, as {orphans[0]}; they are left out"] if orphans else []
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects} - {NO_OBJECT})
    splits, said = images.by_split([_of_known(annotation, classes) for annotation in found.values()])
    return Source(NAME, classes, splits, notes + said + images.left_out(found))


def _of_known(annotation: Annotation, classes: list[str]) -> Annotation:
    """An annotation whose regions of no class are crowds of the first one: no crowd is learned from, whatever its class."""
    objects = (thing if thing.name in classes else Object(classes[0], thing.box, True, thing.area) for thing in annotation.objects)
    return Annotation(annotation.image, tuple(objects) if classes else (), annotation.size)


def _lines(file: Path) -> list[tuple[int, str]]:
    """The lines that are of objects, with their numbers."""
    lines = enumerate(map(str.strip, read_text(file).splitlines()), start=1)
    return [(number, line) for number, line in lines if line and not HEAD.fullmatch(line)]


def _has_boxes(file: Path) -> bool:
    """Whether the first line is of an object in pixels: parts of the image are a mistake in YOLO."""
    with file.open("rb") as opened:
        head = [line.strip() for line in opened.read(4096).decode("latin-1").splitlines()]
    first = next((line for line in head if line and not HEAD.fullmatch(line)), "")
    found = _match(first)
    return found is not None and any(number > 1 for number in _box_of(found))


def _match(line: str) -> re.Match[str] | None:
    return next(filter(None, (known.fullmatch(line) for known in LINES)), None)


def _read_line(line: str, number: int, file: Path) -> Object:
    found = _match(line)
    if found is None:
        raise UserError(f"{file}, line {number}: {line[:40]!r} is no class with corners: mend or remove it")
    its, box = found.groupdict(), _box_of(found)
    name = its.get("name") or (VISDRONE[int(its["number"])] if its["counts"] == "1" else NO_OBJECT)
    crowd = name == NO_OBJECT or its.get("difficult") not in (None, "0")
    return Object(name, box, crowd, (box[2] - box[0]) * (box[3] - box[1]))


def _box_of(found: re.Match[str]) -> Box:
    if sides := found.groupdict().get("sides"):
        left, top, width, height = map(float, sides.split(","))
        return left, top, left + width, top + height
    numbers = [float(part) for part in re.findall(NUMBER, found["corners"])]
    return around(list(zip(numbers[::2], numbers[1::2], strict=True)))
