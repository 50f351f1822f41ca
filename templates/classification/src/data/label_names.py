"""Names of classes that a table of labels has only the numbers of, as DeepFashion's `list_category_cloth.txt` beside its list."""

from collections.abc import Iterable
from pathlib import Path

from .tables import plain

NAMES = {"categoryname", "classname", "labelname"}  # what the column of names is called


def names_by_number(numbers: Iterable[str], tables: dict[Path, list[list[str]]]) -> tuple[dict[str, str], list[str]]:
    """The names of classes by their numbers, which begin with 1, and what is to be said of it; none if no table has them.

    Args:
        numbers: What stands in place of labels.
        tables: Rows of the tables beside that of the labels, with a first one of names.
    """
    labels = {*numbers}
    named = {file: rows for file, rows in tables.items() if rows and plain(rows[0][0]) in NAMES}
    if len(named) != 1 or not all(map(str.isdecimal, labels)):
        return {}, []
    [(file, (_, *rows))] = named.items()
    if not all(1 <= int(label) <= len(rows) for label in labels):
        return {}, []
    return {label: rows[int(label) - 1][0] for label in labels}, [f"labels are the numbers of names in {file}, from 1 on"]
