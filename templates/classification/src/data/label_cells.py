"""Which labels stand in the cells of a table: one, or several with something between or around them."""

import re

LISTS = "[]"  # what stands around several labels
QUOTED = re.compile(r"""(["'])(.*?)\1""")


def find_separator(cells: set[str], several: bool) -> str | None:
    """What stands between the labels in a cell: `|`, `;`, or what splits cells into labels that others have alone; or around them.

    Args:
        cells: All different ones.
        several: Whether the column is called after several labels: then it is enough that there are no more labels than cells.
    """
    if cells and all(cell[0] + cell[-1] == LISTS for cell in cells):
        return LISTS
    for separator in "|;":
        if any(separator in cell for cell in cells):
            return separator
    for separator in ", ":
        parts = {part for cell in cells if separator in cell for part in parts_of(cell, separator)}
        alone = {cell for cell in cells if separator not in cell}
        if parts and (parts <= alone or (several and len(parts | alone) <= len(cells))):
            return separator
    return None


def parts_of(cell: str, separator: str | None) -> list[str]:
    """The labels in a cell."""
    if separator == LISTS:
        return [name for _, name in QUOTED.findall(cell)] or parts_of(cell[1:-1], ",")
    return [part for each in cell.split(separator) if (part := each.strip())] if separator else [cell]
