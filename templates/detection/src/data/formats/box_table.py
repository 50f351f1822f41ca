"""CSV of boxes: one table for all images, or for those of a split, with a line for each object.

    root/
      boxes.csv      (or annotations/*.csv, or <split>/*.csv)
      images/1.jpg   (or in any other folder)

Columns are known by name: `filename,width,height,class,xmin,ymin,xmax,ymax`, `image,x,y,w,h,label`, Open Images' with
`class-descriptions.csv`, Global Wheat's; or they are RetinaNet's `1.jpg,x1,y1,x2,y2,class`, without a line of names. A line without
box is an image without objects. `train_labels.csv` belongs to the split in its name.
"""

import sys
from pathlib import Path

from ...config.errors import UserError
from ..box_rows import NO_CLASS, ONLY_CLASS, Rows, named_columns
from ..example import PARTS, Annotation, Object, size_given
from ..files import Source, split_folders, subfolders
from ..lookup import Images, split_of_file
from ..tables import columns_of_images, read_rows

NAME: str = "CSV of boxes"
EXPECTED: str = "a CSV of boxes (filename,class,xmin,ymin,xmax,ymax, or image,label,x,y,w,h)"
COLUMNS = {
    "image": ("filename", "file_name", "file", "image", "image_id", "imageid", "image_name", "image_path", "img", "path"),
    "label": ("class", "label", "class_name", "labelname", "label_name", "category", "name", NO_CLASS),
    "left": ("xmin", "x_min", "x1", "left"), "top": ("ymin", "y_min", "y1", "top"),
    "right": ("xmax", "x_max", "x2", "right"), "bottom": ("ymax", "y_max", "y2", "bottom"),
    "x": ("x", "bbox_x", "left", "xmin", "x_min"), "y": ("y", "bbox_y", "top", "ymin", "y_min"),
    "w": ("w", "bbox_w", "bbox_width", "box_width", "width"), "h": ("h", "bbox_h", "bbox_height", "box_height", "height"),
    "width": ("image_width", "img_width", "width"), "height": ("image_height", "img_height", "height"),
    "group": ("isgroupof", "iscrowd"), "difficult": ("difficult",),
}  # fmt: skip
CORNERS, SIDES = ("left", "top", "right", "bottom"), ("x", "y", "w", "h")
Table = tuple[dict[str, int], list[str], Rows]
Cells = list[tuple[Path, dict[str, str]]]  # an image, and what is said of it beside boxes, by column


def matches(root: Path) -> bool:
    return any(_table(read_rows(file, 1)) for file in _files(root) if file.stat().st_size)


def read(root: Path) -> Source[Annotation]:
    """Reads each table as one split.

    Raises:
        UserError: If a table has a mistake, or an image is missing.
    """
    images, names, others = Images(root), {}, []
    tables: dict[Path, Table] = {}
    notes: list[str] = []
    for file in _files(root):
        rows = read_rows(file)
        if table := _table(rows):
            tables[file] = table
        elif "class-descriptions" in file.name:
            names |= {row[0]: row[1] for row in rows if len(row) > 1}
        else:
            others.append(file)
    splits: dict[str, list[Annotation]] = {}
    cells: Cells = []
    for file, table in tables.items():
        split = split_of_file(file, root)
        if split in splits:
            raise UserError(f"{root} has several tables of the split {split}, {file.name} among them: keep one")
        splits[split] = _read_table(table, file, images, split, names, cells, notes)
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has tables with and without a split in their name: name them all after train, val or test")
    annotations = [annotation for members in splits.values() for annotation in members]
    if others:
        notes.append(f"CSV files without boxes: {len(others)}, as {others[0]}; they are left out")
    if nameless := [file for file, (columns, header, _) in tables.items() if header[columns["label"]] == NO_CLASS]:
        notes.append(f"tables without a column of classes: {len(nameless)}, as {nameless[0]}; each object is an {ONLY_CLASS!r}")
    numbers = [number for annotation in annotations for thing in annotation.objects for number in thing.box]
    if numbers and min(numbers) >= 0 and max(numbers) <= 1 and any(number % 1 for number in numbers):
        notes.append("all boxes are from 0 to 1, and taken for parts of the images")
        splits = {split: [Annotation(its.image, its.objects, PARTS) for its in members] for split, members in splits.items()}
    classes = sorted({thing.name for annotation in annotations for thing in annotation.objects})
    if list(splits) == ["all"]:
        splits, said = images.by_split(splits["all"])
        notes += said
    notes += images.left_out(annotation.image for annotation in annotations)
    return Source(NAME, classes, splits, notes, columns=columns_of_images(cells))


def _files(root: Path) -> list[Path]:
    folders = [root, *split_folders(root).values()]
    folders += [inner for folder in folders for name, inner in subfolders(folder).items() if name in ("annotations", "labels")]
    return [path for folder in folders for path in sorted(folder.glob("*.csv")) if not path.name.startswith(".")]


def _table(rows: list[list[str]]) -> Table | None:
    """Where the columns are, their names, and the rows; None if it has no boxes."""
    header, numbered = named_columns(rows) if rows else ([], [])
    columns = _columns(header)
    return (columns, header, numbered) if columns else None


def _columns(header: list[str]) -> dict[str, int]:
    """Where the columns are; empty if this is no header of boxes."""
    plain = [name.strip().lower() for name in header]
    found = {column: plain.index(name) for column, names in COLUMNS.items() for name in reversed(names) if name in plain}
    return found if {"image", "label"} <= found.keys() and (set(CORNERS) <= found.keys() or set(SIDES) <= found.keys()) else {}


def _read_table(
    table: Table, file: Path, images: Images, split: str, names: dict[str, str], cells: Cells, notes: list[str]
) -> list[Annotation]:
    columns, header, rows = table
    others = {name.strip(): place for place, name in enumerate(header) if place not in columns.values() and name != NO_CLASS}
    found: dict[Path, list[Object]] = {}
    sizes: dict[Path, tuple[float, float] | None] = {}
    absent: dict[str, int] = {}  # names of images, and a row of each
    by_corners = set(CORNERS) <= columns.keys()
    for number, row in rows:
        try:
            if len(row) <= max(columns.values()):
                raise ValueError(f"there are {len(row)} columns, fewer than in the first row")
            its = {column: row[index].strip() for column, index in columns.items()}
            path = images.named(its["image"], file, split)
            if path is None:
                absent.setdefault(its["image"], number)
                continue
            cells.append((path, {name: sys.intern(row[place].strip()) for name, place in others.items() if place < len(row)}))
            objects = found.setdefault(path, [])
            sizes[path] = (
                size_given(its.get("width"), its.get("height")) if by_corners or columns.get("width") != columns["w"] else None
            )
            given = [its[column] for column in (CORNERS if by_corners else SIDES)]
            if any(given):
                left, top, right, bottom = (float(text) for text in given)
                box = (left, top, right, bottom) if by_corners else (left, top, left + right, top + bottom)
                crowd = its.get("group", "0") in ("1", "true", "True") or its.get("difficult", "0") in ("1", "true", "True")
                objects.append(Object(names.get(its["label"], its["label"]), box, crowd, (box[2] - box[0]) * (box[3] - box[1])))
        except ValueError as error:
            raise UserError(f"{file}, row {number}: {error}; mend or remove it") from None
    if absent:
        name, number = next(iter(absent.items()))
        said = f"{file}, row {number}: {name!r} is no image in {images.root} ({len(absent)} such)"
        if len(absent) >= len(found):
            raise UserError(f"{said}; add the images, or remove their rows")
        notes.append(f"images that a table names, but are not there: {len(absent)}, as in {said}; they are left out")
    return [Annotation(path, tuple(objects), sizes[path]) for path, objects in found.items()]
