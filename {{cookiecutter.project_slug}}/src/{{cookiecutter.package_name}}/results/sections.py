"""What a report is made of: text, tables, charts and pictures. The page lays them out."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from .chart import Chart


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: Above it.
        columns: Their names.
        rows: Cells by row; the first cell names it.
        shares: How strongly each cell but the first is colored, from 0 to 1.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[Sequence[float]] | None = None


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, its size in pixels, and what stands below."""

    uri: str
    width: int
    height: int
    caption: str


@dataclass(frozen=True)
class Section:
    """A part of the page, with sentences that explain its numbers."""

    title: str
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    pictures: Sequence[Picture] = field(default=())


def picture_of(image: Image.Image, caption: str) -> Picture:
    """The picture of an image, as JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return Picture(f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}", *image.size, caption)


def confusion_table(title: str, classes: Sequence[str], counts: Sequence[Sequence[int]], most: int = 12) -> Table:
    """Counts and shares of what is predicted for each true class; of many classes, only the pairs that are confused most.

    Args:
        title: Above it.
        classes: Class names, by index.
        counts: By true class, then by predicted class.
        most: Classes that a matrix may have.
    """
    totals = [max(1, sum(row)) for row in counts]
    shares = [[count / total for count in row] for row, total in zip(counts, totals, strict=True)]
    if len(classes) <= most:
        cells = [[_cell(*both) for both in zip(row, of_row, strict=True)] for row, of_row in zip(counts, shares, strict=True)]
        rows = [[name, *row] for name, row in zip(classes, cells, strict=True)]
        return Table(f"{title}: true by row, predicted by column", ["", *classes], rows, shares)
    pairs = [(count, i, j) for i, row in enumerate(counts) for j, count in enumerate(row) if i != j and count]
    worst = sorted(pairs, reverse=True)[:most]
    rows = [[classes[i], classes[j], f"{count:,}", f"{shares[i][j]:.1%}"] for count, i, j in worst]
    return Table(f"{title}: the pairs confused most", ["true", "predicted", "count", "of the true"], rows)


def _cell(count: int, share: float) -> str:
    return f"{count:,} ({share:.0%})" if count else ""
