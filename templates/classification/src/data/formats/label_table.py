"""CSV of labels: one table for all images, or one for each split, with a line for each image.

    root/
      train.csv            (or labels.csv, train/_classes.csv, …)
      train/1.jpg          (or in any other folder)

Columns are known by name: `image_id,label`, `path,class,split`; a single column beside image and split is the label, where there
are no folders of classes. A cell may hold several labels, as `cat|dog` or `['cat', 'dog']`; or each label has a column of 0 and 1,
in which blank cells and -1 beside 0, which are uncertain, count as 0. A column `split`, a table of its own, lists of images or the
names of tables and folders tell the splits. A table may also be JSON with an object for each image, as `metadata.jsonl`, or COCO
without boxes; or a list without names of columns, as `train.txt` with lines such as `images/1.jpg 0`.
"""

import re
from collections.abc import Collection
from pathlib import Path

from ...config.errors import UserError
from ..class_tree import find_tree
from ..example import Annotation
from ..files import Source
from ..label_cells import LISTS, find_separator, parts_of
from ..label_lists import known_texts, read_lists
from ..label_rows import Row, Sure, count_doubtful, heads_several, is_unassigned, other_labels, read_row
from ..label_tables import find_tables, names_an_image, texts
from ..lookup import Images
from ..loose_images import label_only_loose_images
from ..other_tasks import said_of_boxes
from ..tables import columns_of_images

NAME: str = "CSV of labels"
EXPECTED: str = "a CSV of labels (image,label or image,label,split, or image and a column of 0 and 1 for each label)"

FRACTION = re.compile(r"[-+]?\d*[.,]\d*[1-9]\d*(?:[eE][-+]?\d+)?")


def matches(root: Path) -> bool:
    tables = find_tables(root)[0]
    surest = min((columns.sure for columns, _ in tables.values()), default=None)
    if surest is not None and surest <= Sure.FLAGS:
        return not label_only_loose_images(root, tables)
    if known_texts(root):
        return True
    if find_tree(root):  # folders of classes are surer than a guess
        return False
    return surest is Sure.ONLY_COLUMN or bool(read_lists(texts(root), root)[0]) or names_an_image(root, tables)


def read(root: Path) -> Source[Annotation]:
    """Reads all tables.

    Raises:
        UserError: If no column is known as that of labels, a row has a mistake, two rows contradict each other, or no image is
            found.
    """
    tables, others = find_tables(root)
    surest = min((columns.sure for columns, _ in tables.values()), default=Sure.NOTHING)
    lists, chosen = read_lists(texts(root), root) if surest > Sure.FLAGS else ({}, [])
    if lists and (surest is Sure.NOTHING or any(columns.sure < surest for columns, _ in lists.values())):
        tables, others = lists, [file for file in (*tables, *others) if file not in lists]
    rows, labels, several, doubtful, unassigned = [], set(), False, 0, 0
    for file, (columns, lines) in tables.items():
        if columns.sure is Sure.NOTHING:
            rest = ", ".join(name for number, name in enumerate(lines[0]) if number not in (columns.image, columns.split))
            raise UserError(
                f"{file} names images, but none of its other columns ({rest}) is known as that of their labels: "
                "call it label, or give each label a column of 0 and 1"
            )
        numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if not is_unassigned(line, columns)]
        unassigned += len(lines) - 1 - len(numbered)
        rows += [read_row(line, number, lines[0], columns, file, root) for number, line in numbered]
        labels |= set(columns.flags.values())
        if rivals := other_labels(lines, columns):
            taken = lines[0][columns.label or 0]
            said = f"{taken} is taken for the column of labels in {file}, though there is {', '.join(rivals)}, too"
            chosen.append(f"{said}: to learn these, give {taken} another name")
        several = several or (columns.label is not None and heads_several(lines[0][columns.label]))
        doubtful += count_doubtful(lines, columns)
    separator = find_separator({row.cells[0] for row in rows if row.cells}, several) if not labels else None
    images, found, lost, repeated, others_of = Images(root), {}, [], [], []
    for row in rows:
        names = tuple(dict.fromkeys(name for cell in row.cells for name in parts_of(cell, separator)))
        if not names and not labels and not separator:
            raise UserError(f"{row.where}: {row.image!r} has no label: write one, or remove the row")
        path = images.named(row.image, row.file, row.split)
        others_of += [(path, row.others)] if path else []
        if path is None:
            lost.append(row)
        elif path in found:
            repeated.append(row)
            _compare(row, names, *found[path])
        else:
            found[path] = row, names
    if not found:
        raise UserError(f"none of the {len(rows)} rows of the CSV in {root} names an image there{_as(lost)}: mend the names")

    splits: dict[str, list[Annotation]] = {}
    for path, (row, names) in found.items():
        splits.setdefault(row.split, []).append(Annotation(path, names))
    if "all" in splits and len(splits) > 1:
        raise UserError(f"{root} has tables with and without a split: name them after train, val or test")
    classes = sorted({name for _, names in found.values() for name in names})
    if 2 * len(classes) > len(found) and all(map(FRACTION.fullmatch, classes)):
        raise UserError(
            f"{root} has {len(classes)} labels for {len(found)} images, all of them numbers with fractions, as {classes[0]}: "
            "a classifier needs classes, so give those of a range one name"
        )
    tree = find_tree(root) if labels else None
    notes = [
        *chosen,
        *([f"CSV files without labels: {len(others)}, as {others[0]}; they are left out"] if others else []),
        *([f"labels are {'lists in' if separator == LISTS else 'split at'} {separator!r}"] if separator else []),
        *([f"cells of 0 and 1 that are blank or -1: {doubtful}; they count as 0"] if doubtful else []),
        *([f"labels that no image has: {', '.join(sorted(unused))}; they are left out"] if (unused := labels - {*classes}) else []),
        *([f"{tree.at} may have folders of classes, too: data.format=class_folders reads these instead"] if tree else []),
        *_beside(root, images, found),
        *([f"rows whose split is UNASSIGNED: {unassigned}; they are left out"] if unassigned else []),
        *([f"rows without image: {len(lost)}{_as(lost)}; they are left out"] if lost else []),
        *([f"rows that repeat another: {len(repeated)}{_as(repeated)}"] if repeated else []),
    ]
    if list(splits) == ["all"]:
        splits, said = images.by_split(splits["all"])
        notes += said
    return Source(NAME, classes, splits, notes + images.left_out(found), columns=columns_of_images(others_of), tables=[*tables])


def _beside(root: Path, images: Images, found: Collection[Path]) -> list[str]:
    """What is said of images that no table names, if they lie in folders of classes."""
    rest = [path for path in images.paths if path not in found]
    tree = find_tree(root) if len(rest) > len(found) else None
    its = [path for path in rest if tree and any(path.is_relative_to(at) for at in tree.splits.values())]
    if not its:
        return []
    said = f"images in folders of classes that no table names: {len(its)}, as {its[0]}"
    return [f"{said}; data.format=class_folders reads these instead"]


def _compare(row: Row, names: tuple[str, ...], first: Row, earlier: tuple[str, ...]) -> None:
    """Refuses two rows of one image that say different things."""
    if set(names) != set(earlier):
        mine, its = "|".join(names), "|".join(earlier)
        keep = "keep one of the rows" if row.file == first.file else "keep one of the files"
        raise UserError(
            f"{row.where} says that {row.image!r} is {mine!r}, but {first.where}, {its!r}: {keep}; "
            f"several labels of an image stand in one cell, as cat|dog{said_of_boxes(row.file)}"
        )
    if row.split != first.split:
        raise UserError(f"{row.where} has {row.image!r} in {row.split}, but {first.where}, in {first.split}: keep one of the rows")


def _as(rows: list[Row]) -> str:
    return f", as {rows[0].image!r} in {rows[0].where}" if rows else ""
