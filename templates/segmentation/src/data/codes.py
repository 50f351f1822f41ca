"""What the values of masks stand for: class indices, 0 and 255, or colors. What cannot be told is refused, never guessed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

from ..config.errors import UserError
from .example import Code
from .masks import IGNORED, LOSSY_SUFFIXES, NO_CLASS, value_name
from .survey import Contents

BACKGROUND = "background"
COLORS_SHOWN = 12
UNLABELED = {"unlabeled", "unlabelled"}
NEAR = 32  # values this near to 0 or 255 are shades of them
MANY_SHADES = 64  # values in one mask; hardly any has so many classes
MANY_CHANCES = 10  # of all masks, to lack a number below their last one; those of classes take one of them
STRAY = 0.05  # part of all pixels that may have no color of a class, as at smoothed edges
STRAY_COLOR = 0.01  # part of the pixels of a mask that one such color may have


def find_code(
    contents: Mapping[Path, Contents], names: list[str], given: Code, root: Path, notes: list[str], ignore_index: int | None = None
) -> tuple[Code, list[str]]:
    """Finds out what the values in masks stand for.

    Args:
        contents: What is in each mask.
        names: Of the classes; empty if they have none.
        given: The colors or the values of the classes, if a file names them.
        root: Folder of the data, for messages.
        notes: Gets what was cut or ignored.
        ignore_index: A value whose pixels say nothing of what the others stand for.

    Returns:
        The code of the other values, and the names of the classes.

    Raises:
        UserError: If masks contradict each other or the names, or nothing says what their values mean.
    """
    if hidden := [file for file, each in contents.items() if each.only_alpha]:
        raise UserError(
            f"{hidden[0]} has a single color, and its mask is in the transparency ({len(hidden)} such masks): "
            "save the classes as numbers, or as gray"
        )
    if lossy := [file for file in contents if file.suffix.lower() in LOSSY_SUFFIXES]:
        notes.append(f"{len(lossy)} masks of two values are in a lossy format, {lossy[0]} among them: they are cut in the middle")
    if given.colored and _uses(contents, {color for color, _ in given.classes}):
        return _by_color(contents, given, root, notes), names
    if colored := [file for file, each in contents.items() if each.colored]:
        raise _unnamed_colors([contents[file] for file in colored], colored, root)
    if (differing := _differing_palettes(contents)) and ignore_index is None and _is_gray(contents):
        grays = {
            file: Contents({color & 255: count for color, count in each.by_color().items()}) for file, each in contents.items()
        }
        code, names = _by_number(grays, names, root, notes, ignore_index)
        return replace(code, classes=tuple((value * 0x010101, index) for value, index in code.classes), colored=True), names
    if differing:
        raise _unnamed_colors(list(contents.values()), list(contents), root, differing)
    if names and ignore_index is None:
        _refuse_shifted(contents, names, root)
    if given.classes and not given.colored:
        return _by_value(contents, names, given, root, notes, ignore_index)
    return _by_number(contents, names, root, notes, ignore_index)


def _uses(contents: Mapping[Path, Contents], colors: set[int]) -> bool:
    """Whether masks have colors of classes, and not just numbers; black alone may be either."""
    return any(each.colored or (each.by_color().keys() & colors) - {0} for each in contents.values())


def _differing_palettes(contents: Mapping[Path, Contents]) -> str:
    """What is said of two masks whose palettes give one number different colors, as where programs sort the colors of each."""
    first: dict[int, Path] = {}
    for file, each in contents.items():
        for value, color in each.palette.items():
            other = contents[first.setdefault(value, file)].palette[value]
            if color != other:
                names = [value_name(each, colored=True) for each in (other, color)]
                return f" whose palettes differ: {value} is the {names[0]} in {first[value]} and the {names[1]} in {file}"
    return ""


def _is_gray(contents: Mapping[Path, Contents]) -> bool:
    """Whether all colors of palettes are gray."""
    return all(color % 0x010101 == 0 for each in contents.values() for color in each.palette.values())


def _by_color(contents: Mapping[Path, Contents], given: Code, root: Path, notes: list[str]) -> Code:
    known = {color for color, _ in given.classes}
    ignored = {each.palette[IGNORED] for each in contents.values() if IGNORED in each.palette} - known  # borders around objects
    known |= ignored
    given = replace(given, classes=(*given.classes, *((color, IGNORED) for color in ignored)))
    total, unknown, files, most = 0, Counter[int](), [], 0.0
    for file, each in contents.items():
        colors = each.by_color()
        pixels = sum(colors.values()) + each.others
        strange = {color: count for color, count in colors.items() if color not in known}
        total += pixels
        unknown.update(strange)
        unknown[-1] += each.others
        most = max([most, *(count / pixels for count in strange.values())])
        if strange or each.others:
            files.append(file)
    unknown = +unknown
    if not unknown:
        return given
    listed = _list_colors(unknown, total)
    where = f"{len(files)} masks, {files[0]} among them"
    if unknown.total() > STRAY * total or most > STRAY_COLOR:
        raise UserError(
            f"{root} has masks with colors that its class file does not name: {listed} (in {where}): name them, "
            "or, where they are smoothed edges, save the masks without smoothing"
        )
    notes.append(f"{unknown.total()} pixels of colors that are no class, as at smoothed edges, are ignored: {listed} (in {where})")
    return replace(given, others_ignored=True)


def _by_value(
    contents: Mapping[Path, Contents], names: list[str], given: Code, root: Path, notes: list[str], ignore_index: int | None
) -> tuple[Code, list[str]]:
    """The code of values that a file names; where only 0 has no name, it is the background."""
    known = {value for value, _ in given.classes}
    unknown = {value: file for file, each in contents.items() for value in each.pixels.keys() - known - {IGNORED, ignore_index}}
    if unknown.keys() == {0} and BACKGROUND not in names:
        notes.append("the value 0 has no name, and is taken for the background; data.ignore_index=0 leaves it out")
        names = [BACKGROUND, *names]
        given = replace(given, classes=((0, 0), *((value, index + 1) for value, index in given.classes)))
    elif unknown:
        raise UserError(
            f"{root} has masks with the values {_list_values(unknown)}, which its class file does not name "
            f"({unknown[min(unknown)]} among them): name them there, or leave out one with data.ignore_index={min(unknown)}"
        )
    return given if IGNORED in known else replace(given, classes=(*given.classes, (IGNORED, IGNORED))), names


def _list_values(values: Iterable[int]) -> str:
    listed = sorted(values)
    return ", ".join(map(str, listed[:8])) + ("…" if len(listed) > 8 else "")


def _unnamed_colors(contents: list[Contents], files: list[Path], root: Path, differing: str = "") -> UserError:
    found = Counter[int]()
    for each in contents:
        found.update(each.by_color())
        found[-1] += each.others
    first = value_name(found.most_common(1)[0][0], colored=True).removeprefix("color ")
    return UserError(
        f"{root} has {len(files)} masks of colors{differing or f', {files[0]} among them'}: "
        f"{_list_colors(+found, found.total())}: name them in "
        f"{root / 'classes.csv'}, with the first line name,r,g,b and a line for each class, such as background,{first}"
    )


def _list_colors(found: Counter[int], total: int) -> str:
    colors = [(color, count) for color, count in found.most_common() if color >= 0]
    names = [value_name(color, colored=True).removeprefix("color ") for color, _ in colors[:COLORS_SHOWN]]
    listed = [f"{name} ({count} pixels, {100 * count / total:.2f}%)" for name, (_, count) in zip(names, colors, strict=False)]
    return "; ".join(listed) + ("; and more" if len(colors) > COLORS_SHOWN or found[-1] else "")


def _by_number(
    contents: Mapping[Path, Contents], names: list[str], root: Path, notes: list[str], ignore_index: int | None
) -> tuple[Code, list[str]]:
    first = 0 if names or any(0 in each.pixels for each in contents.values()) else 1
    contents = {
        file: replace(each, pixels={value: count for value, count in each.pixels.items() if value != ignore_index})
        for file, each in contents.items()
    }
    pixels = Counter[int]()
    for each in contents.values():
        pixels.update(each.pixels)
    seen = set(pixels)
    if len(names) == 1 and seen <= {0, 1, IGNORED}:
        names = [BACKGROUND, *names]
        notes.append(f"the one class that is named, {names[1]}, is taken for class 1; class 0 is the background")
    if not seen - {IGNORED}:
        raise UserError(f"{root} has masks in which all pixels are ignored: expected class indices, or 0 and 255")
    if seen == {0, IGNORED}:
        if len(names) not in (0, 2):
            raise UserError(
                f"{root} has masks of only 0 and 255, but names {len(names)} classes: write the index of its class into each pixel"
            )
        return Code(((0, 0), (IGNORED, 1))), names or [BACKGROUND, "foreground"]
    if seen == {0, 1, IGNORED} and len(names) in (0, 2):
        _refuse_mixture(contents, root)
    if len(names) in (0, 2) and _is_smoothed(contents, pixels):
        between = sum(count for value, count in pixels.items() if value not in (0, IGNORED))
        files = [file for file, each in contents.items() if each.pixels.keys() - {0, IGNORED}]
        notes.append(
            f"{len(files)} masks have values between 0 and 255, as at smoothed edges, {files[0]} among them: "
            f"they are cut in the middle ({between} pixels, {100 * between / pixels.total():.2f}% of all)"
        )
        return Code(tuple((value, int(value > IGNORED // 2)) for value in range(256))), names or [BACKGROUND, "foreground"]
    names = names or _numbered(contents, seen - {IGNORED}, root)[first:]
    if first:
        notes.append(f"no pixel has the value 0, which is no class, then: the first one is {names[0]}")
    if len(names) > NO_CLASS:
        raise UserError(f"{root} has {len(names)} classes, but masks can tell only {NO_CLASS} apart")
    if wrong := {value for value in seen if value >= first + len(names) and value != IGNORED}:
        files = [file for file, each in contents.items() if each.pixels.keys() & wrong]
        hint = "; does the class file lack class 0, the background?" if wrong == {len(names)} else ""
        value = min(contents[files[0]].pixels.keys() & wrong)
        raise UserError(
            f"{files[0]} has the value {value}: expected 0 to {len(names) - 1} for the classes {_short(names)}, "
            f"or 255 for pixels to ignore ({len(files)} such masks{hint})"
        )
    return indices(len(names), first), names


def indices(classes: int, first: int = 0) -> Code:
    """The code of masks whose values number so many classes, from `first` on."""
    return Code((*((first + index, index) for index in range(classes)), (IGNORED, IGNORED)))


def numbered(values: Iterable[int]) -> list[str]:
    """Names of classes that have none."""
    return [f"class {value}" for value in values]


def _refuse_shifted(contents: Mapping[Path, Contents], names: list[str], root: Path) -> None:
    """Refuses 255 beside a name for pixels without a class, if all others may be one lower than their names say."""
    seen = {value for each in contents.values() for value in each.pixels}
    if names[0].lower() in UNLABELED and IGNORED in seen and 0 < max(seen - {IGNORED}, default=0) < len(names) - 1:
        raise UserError(
            f"{root} names the value 0 {names[0]}, but has masks with 255, which COCO-Stuff has for such pixels, and 0 for "
            f"{names[1]}: write classes.txt with a name in each line, from that of the value 0 on, or say data.ignore_index=255 if "
            "the names are right"
        )


def _refuse_mixture(contents: Mapping[Path, Contents], root: Path) -> None:
    """Refuses masks some of which have 1, and others 255: the latter may be foreground, or ignored. One that has both tells."""
    ones = [file for file, each in contents.items() if 1 in each.pixels]
    if not any(IGNORED in contents[file].pixels for file in ones):
        others = [file for file, each in contents.items() if IGNORED in each.pixels]
        raise UserError(
            f"{root} has {len(ones)} masks of 0 and 1, {ones[0]} among them, "
            f"and {len(others)} of 0 and 255, {others[0]} among them: "
            "write the foreground in the same way in all, or say data.ignore_index=255 if 255 stands for pixels to ignore"
        )


def _is_smoothed(contents: Mapping[Path, Contents], pixels: Counter[int]) -> bool:
    """Whether masks are of two classes with shades between them: many in each mask, or few pixels of some at edges."""
    modes = [value for value, _ in pixels.most_common(2)]
    between = {value: count for value, count in pixels.items() if value not in (0, IGNORED)}
    if max(between, default=0) <= IGNORED // 2:
        return False
    if median(len(each.pixels) for each in contents.values()) > MANY_SHADES and (modes[0] < NEAR or modes[0] >= 256 - NEAR):
        return True
    far = sum(count for value, count in between.items() if NEAR <= value < 256 - NEAR)
    has_both_ends = min(modes) < NEAR and max(modes) >= 256 - NEAR
    are_shades = len(between) >= 4 or sum(between.values()) < 0.002 * pixels.total()  # few may be classes
    return has_both_ends and are_shades and far < 0.15 * pixels.total()


def _numbered(contents: Mapping[Path, Contents], seen: set[int], root: Path) -> list[str]:
    """Names for classes that have none."""
    if objects := _numbers_of_objects(contents):
        raise UserError(
            f"{root} has masks whose values look like numbers of objects, not like classes: each counts from 1 to another number, "
            f"{objects[0]} to {objects[1]}: write the class of an object into its pixels, or name the values in classes.txt"
        )
    values = sorted(seen)
    most = max(values, default=0)
    if most > 2 * len(values) + 10:
        files = [file for file, each in contents.items() if most in each.pixels]
        raise UserError(
            f"{root} has masks with the values {_list_values(values)}, which do not look like class indices ({most} in "
            f"{len(files)} masks, {files[0]} among them): name them in {root / 'classes.csv'}, with the first line value,name and "
            f"a line for each, such as {most},road; renumber them 0, 1, 2, …; or leave out one value with data.ignore_index=…"
        )
    return numbered(range(most + 1))


def _numbers_of_objects(contents: Mapping[Path, Contents]) -> tuple[Path, int] | None:
    """The mask with the most objects and their number, if all masks count theirs: from 1 on, and to different numbers."""
    counted = {file: each.pixels.keys() - {0, IGNORED} for file, each in contents.items()}
    file, most = max(((file, max(values, default=0)) for file, values in counted.items()), key=lambda each: each[1])
    gapless = all(len(values) == max(values, default=0) for values in counted.values())
    masks = Counter(len(values) for values in counted.values() if values)  # by how far they count
    chances = sum((number - 1) * count for number, count in masks.items())
    # Classes that lie in each other, as iris and pupil, have no gaps, either; but then, most masks have them all.
    looks_counted = len(masks) > 2 and 2 * masks[most] < masks.total() and chances >= MANY_CHANCES
    return (file, most) if gapless and looks_counted else None


def _short(names: list[str]) -> str:
    return ", ".join(names[:5]) + ("…" if len(names) > 5 else "")
