"""Files that name the classes of masks, with or without their colors.

| file | what is in it |
| --- | --- |
| `classes.txt`, `class_names.txt`, `codes.txt` | a name in each line, the first for class 0 |
| `classes.csv`, `class_dict.csv`, `*_classes.csv` | in any order name and r, g, b, or name and value; without header name,r,g,b |
| `label_colors.txt` | lines of r g b name |
| `labelmap.txt` | lines of name:r,g,b:: |
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..config.errors import UserError
from .example import Code

NAMES = {"name", "class", "classname", "label", "labelname", "category"}
RED, GREEN, BLUE = {"r", "red"}, {"g", "green"}, {"b", "blue"}
VALUES = {"value", "pixelvalue", "pixel", "index", "id", "classid", "labelid"}
NAME_LISTS = ("classes.txt", "class_names.txt", "codes.txt")
COLOR_LISTS = ("label_colors.txt", "labelmap.txt")
COLOR_FIRST = re.compile(r"(\d+)[\s,;]+(\d+)[\s,;]+(\d+)[\s,;]+(\S.*)")
NAME_FIRST = re.compile(r"(.+?)\s*[:;,\t ]\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\b.*")


@dataclass(frozen=True)
class ClassFile:
    """What a file says of the classes.

    Attributes:
        names: By index; empty if there is no such file.
        code: The colors of the classes, if it has some.
        notes: Oddities that did not stop the reading.
    """

    names: list[str] = field(default_factory=list)
    code: Code = field(default_factory=Code)
    notes: list[str] = field(default_factory=list)


def read_class_file(folders: Iterable[Path]) -> ClassFile:
    """Reads the first of the files that name classes in these folders; those with colors come first.

    Raises:
        UserError: If the file has a mistake, or two such files contradict each other.
    """
    files = [file for folder in dict.fromkeys(folders) for file in _files(folder)]
    read = {file: _read(file) for file in files}
    for file, found in read.items():
        first = next(other for other in files if other.name == file.name)
        if (found.names, found.code) != (read[first].names, read[first].code):
            raise UserError(f"{file} names other classes than {first}: keep one of them")
    if not read:
        return ClassFile()
    chosen = next((file for file in files if read[file].code.colored), files[0])
    unused = [file.name for file in files if file.name != chosen.name and set(read[file].names) != set(read[chosen].names)]
    notes = [f"the classes are those of {chosen}, not of {unused[0]}, which names others"] if unused else []
    return ClassFile(read[chosen].names, read[chosen].code, read[chosen].notes + notes)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    tables = [path for path in sorted(folder.glob("*.csv")) if path.stem.lower().endswith(("classes", "class_dict"))]
    texts = [path for path in sorted(folder.glob("*.txt")) if path.name.lower() in (*NAME_LISTS, *COLOR_LISTS)]
    return tables + texts


def _read(file: Path) -> ClassFile:
    text, notes = read_text(file)
    if file.suffix.lower() == ".csv":
        named = _read_table(file, text)
    elif file.name.lower() in COLOR_LISTS:
        named = [_read_line(file, line) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    else:
        named = [(line.strip(), None) for line in text.rstrip().splitlines()]
    names, colors = [name for name, _ in named], [color for _, color in named if color is not None]
    if not names or not all(names) or len(set(names)) != len(names):
        raise UserError(f"{file} is empty, or has an empty line or a name twice: give one name a line, the first for class 0")
    if len(set(colors)) != len(colors):
        raise UserError(f"{file} has a color twice: give each class a color of its own")
    if colors and len(colors) != len(names):
        raise UserError(f"{file} has names with and without a color: give each class a color, or none")
    return ClassFile(names, Code(tuple((color, index) for index, color in enumerate(colors)), colored=bool(colors)), notes)


def read_text(file: Path) -> tuple[str, list[str]]:
    """The text of a file that is UTF-8, or UTF-16 with its mark, or else taken for Latin-1, which is noted."""
    content = file.read_bytes()
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), [f"{file} is not UTF-8 and was read as Latin-1"]


def _read_table(file: Path, text: str) -> list[tuple[str, int | None]]:
    """Names and colors in a CSV file; names by value if it has no colors."""
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=separator)]
    rows = [row for row in rows if any(row)]
    header = [re.sub(r"[^a-z]", "", cell.lower()) for cell in rows[0]] if rows else []

    def column(words: set[str]) -> int | None:
        return next((number for number, cell in enumerate(header) if cell in words), None)

    name, value, color = column(NAMES), column(VALUES), [column(words) for words in (RED, GREEN, BLUE)]
    if name is None:
        if not rows or len(rows[0]) < 4 or not all(cell.isdigit() for cell in rows[0][1:4]):
            raise UserError(f"{file} has no columns that are known: expected name,r,g,b in its first line, or value and name")
        name, color = 0, [1, 2, 3]
    else:
        rows = rows[1:]
    try:
        if None not in color:
            return [(row[name], _color(row[number] for number in color if number is not None)) for row in rows]
        if value is not None:
            rows.sort(key=lambda row: int(row[value]))
            if [int(row[value]) for row in rows] != list(range(len(rows))):
                raise ValueError(f"the values in column {value + 1} are not 0, 1, 2, …")
        return [(row[name], None) for row in rows]
    except (ValueError, IndexError) as error:
        raise UserError(f"{file} has a line that is not as its first one says ({error}): mend it") from None


def _read_line(file: Path, line: str) -> tuple[str, int | None]:
    if found := COLOR_FIRST.fullmatch(line.strip()):
        return found[4], _color(found.groups()[:3])
    if found := NAME_FIRST.fullmatch(line.strip()):
        return found[1], _color(found.groups()[1:])
    raise UserError(f"{file} has the line {line.strip()!r}: expected a name and the three numbers of its color")


def _color(parts: Iterable[str]) -> int:
    red, green, blue = (int(part) for part in parts)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError(f"{red},{green},{blue} is no color from 0 to 255")
    return red << 16 | green << 8 | blue
