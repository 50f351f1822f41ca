"""Which files in a folder are tables of labels, and their rows."""

from pathlib import Path

from .files import is_visible, split_in, visible_folders, words
from .label_json import SUFFIXES, json_rows
from .label_lists import Table, named, text_rows
from .label_rows import Columns, Sure, find_columns
from .lookup import Images
from .tables import read_rows


def texts(root: Path) -> list[Path]:
    """Files that may be lists without names of columns."""
    folders = (root, *visible_folders(root))
    found = [path for folder in folders for path in sorted(folder.glob("*.txt")) if is_visible(path.name) and path.is_file()]
    return [*(path for path in _files(root) if path.suffix.lower() not in SUFFIXES and not _is_example(path)), *found]


def _files(root: Path) -> list[Path]:
    files = [path for folder in (root, *visible_folders(root)) for path in sorted(folder.iterdir()) if _may_be_table(path)]
    return [path for path in files if path.is_file() and path.stat().st_size]


def _may_be_table(path: Path) -> bool:
    return path.suffix.lower() in {".csv", ".tsv", *SUFFIXES} and is_visible(path.name)


def rows_of(file: Path) -> list[list[str]]:
    """The rows of a file of any kind, with a first one of names; none if it is no table."""
    if file.suffix.lower() == ".txt":
        return text_rows(file)
    return json_rows(file) if file.suffix.lower() in SUFFIXES else named(read_rows(file))


def find_tables(root: Path) -> tuple[dict[Path, Table], list[Path]]:
    """The tables whose labels are known most surely, and the others."""
    files = _files(root)
    known = {file: (columns, lines) for file in files if (columns := _columns(file, lines := rows_of(file)))}
    surest = min((columns.sure for columns, _ in known.values()), default=Sure.NOTHING)
    tables = {file: table for file, table in known.items() if table[0].sure is surest}
    return tables, [file for file in files if file not in tables and file.suffix.lower() not in SUFFIXES]


def names_an_image(root: Path, tables: dict[Path, Table]) -> bool:
    """Whether a row of a table is about an image that is there."""
    images = Images(root)
    rows = ((file, line, columns.image) for file, (columns, lines) in tables.items() for line in lines[1:])
    return any(images.named(line[number], file) for file, line, number in rows if number < len(line))


def _is_example(file: Path) -> bool:
    """Whether labels in a file are only examples of answers."""
    return "submission" in file.stem.lower()


def _columns(file: Path, lines: list[list[str]]) -> Columns | None:
    if _is_example(file):
        return None
    columns = find_columns(lines)
    return None if columns and _lists_folders(file, lines, columns) else columns


def _lists_folders(file: Path, lines: list[list[str]], columns: Columns) -> bool:
    """Whether a table names each folder of a class once, as `classes.csv` beside them: its rows are no images then.

    One that is called after a split is of its images, if these are few.
    """
    if split_in(words(file.stem)):
        return False
    labels = [line[columns.label].strip() for line in lines[1:] if columns.label is not None and columns.label < len(line)]
    folders = {path.name for folder in (file.parent, *visible_folders(file.parent)) for path in visible_folders(folder)}
    return len(labels) > 1 and len(set(labels)) == len(labels) and set(labels) <= folders
