"""Files that name the classes of masks, with or without their colors or values.

| file | what is in it |
| --- | --- |
| `classes.txt`, `class_names.txt`, `codes.txt` | a name in each line, the first for class 0; or its value and a name |
| `labels.txt` | a value and a name in each line, as `1: person` |
| `classes.csv`, `class_dict.csv`, `*_classes.csv` | name and r, g, b, or name and color, in any order; without header name,r,g,b |
| the same, and `objectInfo150.txt` | name and value |
| `label_colors.txt` | lines of r g b name |
| `labelmap.txt` | lines of name:r,g,b:: |
| `classes.json`, `config.json`, … | `{"sky": [0, 0, 255]}`, `[{"name": "sky", "color": "#0000ff"}]`, `{"0": "sky"}`, … |

Values may have gaps; what pixels have beside them is refused, but for 255, unless `data.ignore_index` says to leave it out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..config.errors import UserError
from .class_lines import Named, read_colors, read_json, read_names, read_table
from .example import Code

TABLES = ("classes", "class_dict", "class_dict_seg", "class_mapping", "class_colors", "label_colors")  # how their names end
NAME_LISTS = ("classes.txt", "class_names.txt", "codes.txt")
NUMBERED_LISTS = ("labels.txt",)  # without numbers, they may be of something else
COLOR_LISTS = ("label_colors.txt", "labelmap.txt")
TABLE_LISTS = ("objectinfo150.txt",)
JSON_FILES = (*TABLES, "id2label")
EXAMPLE = '{"sky": [0, 0, 255], "road": [255, 0, 0]}'
MAYBE_JSON = ("config", "meta")  # may be of something else


@dataclass(frozen=True)
class ClassFile:
    """What a file says of the classes.

    Attributes:
        names: By index; empty if there is no such file.
        code: The colors of the classes, or their values where these are not their indices.
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
    read = {file: found for folder in dict.fromkeys(folders) for file in _files(folder) if (found := _read(file))}
    for file, found in read.items():
        first = next(other for other in read if other.name == file.name)
        if (found.names, found.code) != (read[first].names, read[first].code):
            raise UserError(f"{file} names other classes than {first}: keep one of them")
    if not read:
        return ClassFile()
    chosen = next((file for file in read if read[file].code.colored), next(iter(read)))
    unused = [file.name for file in read if file.name != chosen.name and set(read[file].names) != set(read[chosen].names)]
    notes = [f"the classes are those of {chosen}, not of {unused[0]}, which names others"] if unused else []
    return ClassFile(read[chosen].names, read[chosen].code, read[chosen].notes + notes)


def without_kinds_of_images(found: ClassFile, images: Iterable[Path]) -> ClassFile:
    """What a file says of the classes, unless these are the names of the folders of images, and so no classes of pixels."""
    if len(found.names) > 1 and set(found.names) <= {image.parent.name for image in images}:
        note = f"the classes that are named, as {found.names[0]}, are those of whole images, as their folders: not those of pixels"
        return ClassFile(notes=[*found.notes, note])
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    tables = [path for path in sorted(folder.glob("*.csv")) if path.stem.lower().endswith(TABLES)]
    known = (*NAME_LISTS, *COLOR_LISTS, *TABLE_LISTS, *NUMBERED_LISTS)
    texts = [path for path in sorted(folder.glob("*.txt")) if path.name.lower() in known]
    jsons = sorted(folder.glob("*.json"))
    return tables + texts + [path for path in jsons if path.stem.lower().endswith((*JSON_FILES, *MAYBE_JSON))]


def _read(file: Path) -> ClassFile | None:
    """What is in a file; None if it is of something else."""
    text, notes = read_text(file)
    if file.suffix.lower() == ".json":
        named = _read_json(file, text)
    elif file.suffix.lower() == ".csv" or file.name.lower() in TABLE_LISTS:
        named = read_table(file, text)
    elif file.name.lower() in COLOR_LISTS:
        named = read_colors(file, text)
    else:
        named = read_names(text)
    if file.name.lower() in NUMBERED_LISTS and any(each.value is None for each in named or []):
        return None
    return None if named is None else _checked(file, named, notes)


def _checked(file: Path, named: list[Named], notes: list[str]) -> ClassFile:
    names = [each.name for each in named]
    if not names or not all(names) or len(set(names)) != len(names):
        raise UserError(f"{file} is empty, or has an empty line or a name twice: give one name a line, the first for class 0")
    colors = [each.color for each in named if each.color is not None]
    if len(set(colors)) != len(colors):
        raise UserError(f"{file} has a color twice: give each class a color of its own")
    if colors and len(colors) != len(names):
        raise UserError(f"{file} has names with and without a color: give each class a color, or none")
    if colors:
        return ClassFile(names, Code(tuple((color, index) for index, color in enumerate(colors)), colored=True), notes)
    of_value = {each.value: each.name for each in named if each.value is not None}
    if of_value and (len(of_value) != len(names) or not all(0 <= value <= 255 for value in of_value)):
        raise UserError(f"{file} has a value twice, or none from 0 to 255: give each class a value of its own")
    if of_value:
        names = [of_value[value] for value in sorted(of_value)]
    is_gapless = sorted(of_value) == list(range(len(of_value)))
    return ClassFile(names, Code() if is_gapless else Code(tuple((value, i) for i, value in enumerate(sorted(of_value)))), notes)


def _read_json(file: Path, text: str) -> list[Named] | None:
    """The classes in a file of JSON; None where another one may be meant by its name, and it has none."""
    try:
        named, reason = read_json(text), "no names in it"
    except ValueError as error:
        named, reason = [], str(error)
    if not named and file.stem.lower().endswith(JSON_FILES):
        raise UserError(f"{file} does not name classes ({reason}): write it as {EXAMPLE}")
    if len({each.color for each in named}) < len(named):  # then those of a list are told by their place
        named = [Named(each.name, value=each.value) for each in named]
    return named or None


def read_text(file: Path) -> tuple[str, list[str]]:
    """The text of a file that is UTF-8, or UTF-16 with its mark, or else taken for Latin-1, which is noted."""
    content = file.read_bytes()
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), [f"{file} is not UTF-8 and was read as Latin-1"]
