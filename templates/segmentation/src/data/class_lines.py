"""What files say of classes: tables, lists and JSON, as tools and people write them."""

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.errors import UserError

NAMES = {"name", "class", "classname", "label", "labelname", "category", "title"}
RED, GREEN, BLUE = {"r", "red"}, {"g", "green"}, {"b", "blue"}
COLORS = {"color", "colour", "classcolor", "colorrgb", "rgb", "hex", "hexcolor"}
VALUES = {"value", "pixelvalue", "pixel", "index", "idx", "id", "classid", "labelid"}
COLOR_FIRST = re.compile(r"(\d+)[\s,;]+(\d+)[\s,;]+(\d+)[\s,;]+(\S.*)")
NAME_FIRST = re.compile(r"(.+?)\s*[:;,\t ]\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\b.*")
NUMBER_FIRST = re.compile(r"(\d+)[\s:;,=.)]+(\S.*)")
HEX = re.compile(r"#([0-9a-fA-F]{6})(?:[fF]{2})?")


@dataclass(frozen=True)
class Named:
    """A class, and which pixels are of it if that is said.

    Attributes:
        name: Its name.
        color: As 0xRRGGBB.
        value: In masks of numbers.
    """

    name: str
    color: int | None = None
    value: int | None = None


def read_table(file: Path, text: str) -> list[Named]:
    """Names with colors in a CSV file; or with values if it has no colors.

    Raises:
        UserError: If it has no columns that are known, or a line that is not as its first one says.
    """
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=separator)]
    rows = [row for row in rows if any(row)]
    header = [_plain(cell) for cell in rows[0]] if rows else []

    def column(words: set[str]) -> int | None:
        return next((number for number, cell in enumerate(header) if cell in words), None)

    name, value, whole, color = column(NAMES), column(VALUES), column(COLORS), [column(words) for words in (RED, GREEN, BLUE)]
    if name is None:
        if not rows or len(rows[0]) < 4 or not all(cell.isdigit() for cell in rows[0][1:4]):
            raise UserError(f"{file} has no columns that are known: expected name,r,g,b in its first line, or value and name")
        name, color = 0, [1, 2, 3]
    else:
        rows = rows[1:]
    try:
        if None not in color:
            return [Named(row[name], _color(row[number] for number in color if number is not None)) for row in rows]
        if whole is not None:
            return [Named(row[name], parse_color(row[whole])) for row in rows]
        return [Named(row[name], value=None if value is None else int(row[value])) for row in rows]
    except (ValueError, IndexError) as error:
        raise UserError(f"{file} has a line that is not as its first one says ({error}): mend it") from None


def read_colors(file: Path, text: str) -> list[Named]:
    """Names and colors in lines of text.

    Raises:
        UserError: If a line has others.
    """
    found = []
    for line in (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")):
        try:
            if numbers_first := COLOR_FIRST.fullmatch(line):
                found.append(Named(numbers_first[4], _color(numbers_first.groups()[:3])))
            elif name_first := NAME_FIRST.fullmatch(line):
                found.append(Named(name_first[1], _color(name_first.groups()[1:])))
            else:
                raise ValueError("expected a name and the three numbers of its color")
        except ValueError as error:
            raise UserError(f"{file} has the line {line!r}: {error}") from None
    return found


def read_names(text: str) -> list[Named]:
    """A name in each line, before which may stand its value, if all lines have one and they count from 0 or 1."""
    lines = [line.strip() for line in text.rstrip().splitlines()]
    parts = [found for line in lines if (found := NUMBER_FIRST.fullmatch(line))]
    values = [int(found[1]) for found in parts]
    if len(parts) == len(lines) and values in (list(range(len(lines))), list(range(1, len(lines) + 1))):
        return [Named(found[2], value=value) for found, value in zip(parts, values, strict=True)]
    return [Named(line) for line in lines]


def read_json(text: str) -> list[Named]:
    """Names with colors, with values or alone, in the usual forms of JSON; empty if there are none.

    Raises:
        ValueError: If it is no JSON, or something stands where a color is expected.
    """
    content = json.loads(text)
    if isinstance(content, dict):
        content = next((content[key] for key in ("classes", "labels") if key in content), content)
    if isinstance(content, dict):
        if content and all(key.isdecimal() and isinstance(name, str) for key, name in content.items()):
            return [Named(name, value=int(key)) for key, name in content.items()]
        if content and all(isinstance(value, int) for value in content.values()):
            return [Named(name, value=value) for name, value in content.items()]
        content = [{"name": name, "color": color} for name, color in content.items()]
    if not isinstance(content, list):
        return []
    return [each for item in content if (each := _read_item(item))] if all(map(_read_item, content)) else []


def _read_item(item: Any) -> Named | None:
    """A class in a list of JSON: a name, or an object with a name and perhaps a color."""
    if isinstance(item, str):
        return Named(item)
    fields = {_plain(key): value for key, value in item.items()} if isinstance(item, dict) else {}
    name = next((fields[key] for key in ("name", "title", "label", "class") if isinstance(fields.get(key), str)), None)
    color = next((value for key, value in fields.items() if key in COLORS), None)
    if name is None or not (color is None or isinstance(color, (str, list))):
        return None
    return Named(name, None if color is None else parse_color(str(color)))


def parse_color(text: str) -> int:
    """A color as `#ff0000`, or as three numbers however they are set apart.

    Raises:
        ValueError: If it is none.
    """
    if found := HEX.fullmatch(text.strip()):
        return int(found[1], 16)
    numbers = re.findall(r"\d+", text)
    if len(numbers) not in (3, 4):
        raise ValueError(f"{text!r} is no color such as #ff0000 or 255 0 0")
    return _color(numbers[:3])


def _plain(cell: str) -> str:
    return re.sub(r"[^a-z]", "", cell.lower())


def _color(parts: Iterable[str]) -> int:
    red, green, blue = (int(part) for part in parts)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError(f"{red},{green},{blue} is no color from 0 to 255")
    return red << 16 | green << 8 | blue
