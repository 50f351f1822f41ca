"""CSV of labels: one table for all images, or one for each split, with a line for each image.

    root/
      train.csv            (or labels.csv, train/_classes.csv, …)
      train/1.jpg          (or in any other folder)

Columns are known by name: `image_id,label`, `path,class,split`; a single column beside image and split is the label, where there
are no folders of classes. A cell may hold several labels, as `cat|dog` or `['cat', 'dog']`; or each label has a column of 0 and 1,
in which blank cells and -1 beside 0, which are uncertain, count as 0.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_tree import find_tree
from ..example import Annotation
from ..files import Source, visible_folders
from ..label_cells import LISTS, find_separator, parts_of
from ..label_rows import Columns, Row, Sure, count_doubtful, find_columns, heads_several, read_row
from ..lookup import Images
from ..tables import columns_of_images, read_rows

NAME: str = "CSV of labels"
EXPECTED: str = "a CSV of labels (image,label or image,label,split, or image and a column of 0 and 1 for each label)"

Table = tuple[Columns, list[list[str]]]


def matches(root: Path) -> bool:
    tables = _tables(root)[0]
    surest = min((columns.sure for columns, _ in tables.values()), default=None)
    if surest is None or (surest > Sure.FLAGS and find_tree(root)):  # folders of classes are surer than a guess
        return False
    return surest is not Sure.NOTHING or _names_an_image(root, tables)


def read(root: Path) -> Source[Annotation]:
    """Reads all tables.

    Raises:
        UserError: If no column is known as that of labels, a row has a mistake, two rows contradict each other, or no image is
            found.
    """
    tables, others = _tables(root)
    rows, labels, several, doubtful = [], set(), False, 0
    for file, (columns, lines) in tables.items():
        if columns.sure is Sure.NOTHING:
            rest = ", ".join(name for number, name in enumerate(lines[0]) if number not in (columns.image, columns.split))
            raise UserError(
                f"{file} names images, but none of its other columns ({rest}) is known as that of their labels: "
                "call it label, or give each label a column of 0 and 1"
            )
        rows += [read_row(line, number, lines[0], columns, file, root) for number, line in enumerate(lines[1:], start=2)]
        labels |= set(columns.flags.values())
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
    tree = find_tree(root) if labels else None
    notes = [
        *([f"CSV files without labels: {len(others)}, as {others[0]}; they are left out"] if others else []),
        *([f"labels are {'lists in' if separator == LISTS else 'split at'} {separator!r}"] if separator else []),
        *([f"cells of 0 and 1 that are blank or -1: {doubtful}; they count as 0"] if doubtful else []),
        *([f"labels that no image has: {', '.join(sorted(unused))}; they are left out"] if (unused := labels - {*classes}) else []),
        *([f"{tree.at} may have folders of classes, too: data.format=class_folders reads these instead"] if tree else []),
        *([f"rows without image: {len(lost)}{_as(lost)}; they are left out"] if lost else []),
        *([f"rows that repeat another: {len(repeated)}{_as(repeated)}"] if repeated else []),
    ]
    if list(splits) == ["all"]:
        splits, said = images.by_split(splits["all"])
        notes += said
    return Source(NAME, classes, splits, notes + images.left_out(found), columns=columns_of_images(others_of))


def _files(root: Path) -> list[Path]:
    files = [path for folder in (root, *visible_folders(root)) for path in sorted(folder.glob("*.[ct]sv"))]
    return [path for path in files if not path.name.startswith(".") and path.is_file() and path.stat().st_size]


def _tables(root: Path) -> tuple[dict[Path, Table], list[Path]]:
    """The tables whose labels are known most surely, and the others."""
    files = _files(root)
    known = {file: (columns, lines) for file in files if (columns := _columns(file, lines := read_rows(file)))}
    surest = min((columns.sure for columns, _ in known.values()), default=Sure.NOTHING)
    tables = {file: table for file, table in known.items() if table[0].sure is surest}
    return tables, [file for file in files if file not in tables]


def _names_an_image(root: Path, tables: dict[Path, Table]) -> bool:
    images = Images(root)
    rows = ((file, line, columns.image) for file, (columns, lines) in tables.items() for line in lines[1:])
    return any(images.named(line[number], file) for file, line, number in rows if number < len(line))


def _columns(file: Path, lines: list[list[str]]) -> Columns | None:
    if "submission" in file.stem.lower():  # whose labels are examples of answers
        return None
    columns = find_columns(lines)
    return None if columns and _lists_folders(file, lines, columns) else columns


def _lists_folders(file: Path, lines: list[list[str]], columns: Columns) -> bool:
    """Whether a table names each folder of a class once, as `classes.csv` beside them: its rows are no images then."""
    labels = [line[columns.label].strip() for line in lines[1:] if columns.label is not None and columns.label < len(line)]
    folders = {path.name for folder in (file.parent, *visible_folders(file.parent)) for path in visible_folders(folder)}
    return len(labels) > 1 and len(set(labels)) == len(labels) and set(labels) <= folders


def _compare(row: Row, names: tuple[str, ...], first: Row, earlier: tuple[str, ...]) -> None:
    """Refuses two rows of one image that say different things."""
    if set(names) != set(earlier):
        mine, its = "|".join(names), "|".join(earlier)
        raise UserError(
            f"{row.where} says that {row.image!r} is {mine!r}, but {first.where}, {its!r}: keep one of the rows; "
            "several labels of an image stand in one cell, as cat|dog"
        )
    if row.split != first.split:
        raise UserError(f"{row.where} has {row.image!r} in {row.split}, but {first.where}, in {first.split}: keep one of the rows")


def _as(rows: list[Row]) -> str:
    return f", as {rows[0].image!r} in {rows[0].where}" if rows else ""
