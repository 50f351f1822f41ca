"""Tables of boxes as programs write them, brought to a first row of names and a box in each row behind it."""

import re
from pathlib import Path

from .example import Box
from .files import is_image
from .tables import plain

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
# Columns of tables whose first row is of an image: those of RetinaNet, SKU-110K and makesense.ai.
WITHOUT_NAMES = (
    ["path", "x1", "y1", "x2", "y2", "class"],
    ["path", "x1", "y1", "x2", "y2", "class", "image_width", "image_height"],
    ["class", "x", "y", "w", "h", "path", "image_width", "image_height"],
)
# Columns with all numbers of a box in one cell, or of all boxes of an image: those of Global Wheat.
PACKED = {"bbox": ["x", "y", "w", "h"], "boxesstring": ["xmin", "ymin", "xmax", "ymax"]}
NO_CLASS = "without class"  # the column that tables get which tell no classes
ONLY_CLASS = "object"  # what is in it

COLUMNS = {  # their names in small letters and digits alone; the first that is there counts
    "image": (
        "filename", "file", "filepath", "fname", "image", "imageid", "imagename", "imagepath", "img", "path", "patientid", "frame",
    ),
    "label": (
        "classname", "labelname", "categoryname", "class", "label", "category", "name", "tag", "annotationtag", "target",
        "classid", "labelid", "categoryid", plain(NO_CLASS),
    ),
    "left": ("xmin", "x1", "left", "topleftx", "upperleftcornerx"), "top": ("ymin", "y1", "top", "toplefty", "upperleftcornery"),
    "right": ("xmax", "x2", "right", "bottomrightx", "lowerrightcornerx"),
    "bottom": ("ymax", "y2", "bottom", "bottomrighty", "lowerrightcornery"),
    "x": ("x", "bboxx", "left", "xmin"), "y": ("y", "bboxy", "top", "ymin"),
    "middle x": ("xcenter", "centerx", "cx"), "middle y": ("ycenter", "centery", "cy"),
    "w": ("w", "bboxw", "bboxwidth", "boxwidth", "width"), "h": ("h", "bboxh", "bboxheight", "boxheight", "height"),
    "width": ("imagewidth", "imgwidth", "width"), "height": ("imageheight", "imgheight", "height"),
    "group": ("isgroupof", "iscrowd"), "difficult": ("difficult",), "split": ("split", "subset", "set"),
}  # fmt: skip
OF_BOX = re.compile(r"(?:bbox|box|roi)(?=(x1|y1|x2|y2|xmin|ymin|xmax|ymax)$)")  # before the names of corners
CORNERS, SIDES, MIDDLE = ("left", "top", "right", "bottom"), ("x", "y", "w", "h"), ("middle x", "middle y", "w", "h")
NO_BOX = ({-1.0}, {0.0})  # the numbers of a box where there is none
TELL_NOTHING = {"", "id", "index", "unnamed0", "score", "confidence"}  # columns beside boxes

Rows = list[tuple[int, list[str]]]  # with their numbers in the file
Table = tuple[dict[str, int], list[str], Rows]


def find_table(rows: list[list[str]]) -> Table | None:
    """Where the columns are, their names, and the rows; None if it has no boxes."""
    header, numbered = _named_columns(rows) if rows else ([], [])
    columns = _columns(header)
    if columns and "label" not in columns and not unknown_columns(columns, header):
        columns["label"] = len(header)
        return columns, [*header, NO_CLASS], [(number, [*row[: len(header)], ONLY_CLASS]) for number, row in numbered]
    return (columns, header, numbered) if columns else None


def _columns(header: list[str]) -> dict[str, int]:
    """Where the columns are; empty if this is no header of boxes."""
    names = [OF_BOX.sub("", plain(name)) for name in header]
    found = {column: names.index(name) for column, its in COLUMNS.items() for name in reversed(its) if name in names}
    return found if "image" in found and any(found.keys() >= {*box} for box in (CORNERS, MIDDLE, SIDES)) else {}


def unknown_columns(columns: dict[str, int], header: list[str]) -> list[str]:
    """Names of the columns of which one may be that of the classes."""
    return [name for place, name in enumerate(header) if place not in columns.values() and plain(name) not in TELL_NOTHING]


def _named_columns(rows: list[list[str]]) -> tuple[list[str], Rows]:
    """Names of the columns of a table, and the other rows, one for each box.

    Args:
        rows: All of the table, at least one.
    """
    first, *others = rows
    for header in WITHOUT_NAMES:
        if len(first) == len(header) and is_image(Path(first[header.index("path")].strip())):
            return header, list(enumerate(rows, start=1))
    numbered = list(enumerate(others, start=2))
    names = [name.strip().lower() for name in first]
    place = next((place for place, name in enumerate(names) if name in PACKED), None)
    if place is None:
        return first, numbered
    header = [*PACKED[names[place]], NO_CLASS, *first[:place], *first[place + 1 :]]
    return header, [
        (number, [*box, ONLY_CLASS, *row[:place], *row[place + 1 :]])
        for number, row in numbered
        for box in _boxes(row[place] if place < len(row) else "")
    ]


def _boxes(cell: str) -> list[list[str]]:
    """The numbers of each box in a cell; one without any where there is none, as in `no_box`."""
    numbers = NUMBER.findall(cell) or [""]
    numbers += [""] * (-len(numbers) % 4)
    return [numbers[start : start + 4] for start in range(0, len(numbers), 4)]


def box_of(cells: list[str], columns: tuple[str, ...]) -> Box | None:
    """The corners; None where cells are blank, NaN, or all 0 or -1, since there is no object."""
    if all(cell.lower() in ("", "nan") for cell in cells):
        return None
    numbers = [float(cell.replace(",", ".")) for cell in cells]  # a comma in them is no separator
    if set(numbers) in NO_BOX:
        return None
    left, top, right, bottom = numbers
    if columns == CORNERS:
        return left, top, right, bottom
    if columns == MIDDLE:
        return left - right / 2, top - bottom / 2, left + right / 2, top + bottom / 2
    return left, top, left + right, top + bottom
