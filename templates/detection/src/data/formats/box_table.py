"""CSV of boxes: one table for all images, or for those of a split, with a line for each object.

    root/
      boxes.csv      (or annotations/*.csv, or <split>/*.csv)
      images/1.jpg   (or in any other folder)

Columns are known by name: `filename,width,height,class,xmin,ymin,xmax,ymax`, `image,x,y,w,h,label`, with the middle of boxes as
`x_center,y_center`, Open Images' with `class-descriptions.csv` or `metadata/classes.csv`, Global Wheat's; or they are those of
RetinaNet, SKU-110K or makesense.ai, without a line of names. A line whose box is blank, NaN, or all 0 or -1 is an image without
objects. A column `split` tells the split, or the name of the table, as `train_labels.csv`.
"""

import sys
from pathlib import Path

from ...config.errors import UserError
from ..box_rows import CORNERS, MIDDLE, NO_CLASS, ONLY_CLASS, SIDES, Table, box_of, find_table, unknown_columns
from ..example import PARTS, Annotation, Object, size_given
from ..files import SPLIT_NAMES, Source, split_folders, subfolders
from ..lookup import Images, split_of_file
from ..tables import columns_of_images, read_rows

NAME: str = "CSV of boxes"
EXPECTED: str = "a CSV of boxes (filename,class,xmin,ymin,xmax,ymax, or image,label,x,y,w,h)"
INNER = {"annotations", "labels", "metadata"}  # folders in which tables may lie
Cells = list[tuple[Path, dict[str, str]]]  # an image, and what is said of it beside boxes, by column


def matches(root: Path) -> bool:
    return any(find_table(read_rows(file, 1)) for file in _files(root) if file.stat().st_size)


def read(root: Path) -> Source[Annotation]:
    """Reads each table as one split.

    Raises:
        UserError: If a table has a mistake, or an image is missing.
    """
    images, names, others = Images(root), {}, []
    tables: dict[Path, Table] = {}
    unlabeled: dict[Path, Table] = {}
    notes: list[str] = []
    for file in _files(root):
        rows = read_rows(file)
        if table := find_table(rows):
            (tables if "label" in table[0] else unlabeled)[file] = table
        elif "class-descriptions" in file.name or all(row[0].startswith("/m/") for row in rows):
            names |= {row[0]: row[1] for row in rows if len(row) > 1}
        else:
            others.append(file)
    for file, (columns, header, _) in unlabeled.items():
        if not tables:
            rest = ", ".join(unknown_columns(columns, header))
            raise UserError(f"{file} has boxes, but none of its other columns ({rest}) is known as that of classes: call it class")
        others.append(file)
    splits: dict[str, list[Annotation]] = {}
    cells: Cells = []
    for file, table in tables.items():
        split = split_of_file(file, root)
        if split in splits:
            raise UserError(f"{root} has several tables of the split {split}, {file.name} among them: keep one")
        its, split_of = _read_table(table, file, images, split, names, cells, notes)
        splits |= {split: []} if not split_of else {}
        for annotation in its:
            splits.setdefault(split_of.get(annotation.image, split), []).append(annotation)
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
    return Source(NAME, classes, splits, notes, columns=columns_of_images(cells), tables=[*tables])


def _files(root: Path) -> list[Path]:
    folders = [root, *split_folders(root).values()]
    folders += [inner for folder in folders for name, inner in subfolders(folder).items() if name in INNER]
    return [path for folder in folders for path in sorted(folder.glob("*.csv")) if not path.name.startswith(".")]


def _read_table(
    table: Table, file: Path, images: Images, split: str, names: dict[str, str], cells: Cells, notes: list[str]
) -> tuple[list[Annotation], dict[Path, str]]:
    """What is said of images, and the splits that a column gives them."""
    columns, header, rows = table
    others = {name.strip(): place for place, name in enumerate(header) if place not in columns.values() and name != NO_CLASS}
    found: dict[Path, list[Object]] = {}
    sizes: dict[Path, tuple[float, float] | None] = {}
    absent: dict[str, int] = {}  # names of images, and a row of each
    split_of: dict[Path, str] = {}
    of_box = next(box for box in (CORNERS, MIDDLE, SIDES) if columns.keys() >= {*box})
    for number, row in rows:
        try:
            if len(row) <= max(columns.values()):
                raise ValueError(f"there are {len(row)} columns, fewer than in the first row")
            its = {column: row[index].strip() for column, index in columns.items()}
            its_split = SPLIT_NAMES.get(its.get("split", "train").lower())
            if its_split is None:
                raise ValueError(f"it is of no known split, but of {its['split']!r}, not train, val or test")
            path = images.named(its["image"], file, its_split if "split" in its else split)
            if path is None:
                absent.setdefault(its["image"], number)
                continue
            cells.append((path, {name: sys.intern(row[place].strip()) for name, place in others.items() if place < len(row)}))
            objects = found.setdefault(path, [])
            if "split" in its and split_of.setdefault(path, its_split) != its_split:
                raise ValueError(f"it has {its['image']!r} in {its_split}, but another row has it in {split_of[path]}")
            of_image = of_box == CORNERS or columns.get("width") != columns["w"]
            sizes[path] = size_given(its.get("width"), its.get("height")) if of_image else None
            if box := box_of([its[column] for column in of_box], of_box):
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
    return [Annotation(path, tuple(objects), sizes[path]) for path, objects in found.items()], split_of
