"""Lists of images, one for each split, as `meta/train.txt` with lines such as `apple_pie/1005649`, or `train.csv`.

Behind the name of an image may stand more, as in `Abyssinian_1 1 1 1`. Or `train_test_split.txt` has lines such as `7 1`, where 7
is an image in a list beside it, and 1 says that it trains.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from .files import SPLIT_NAMES, split_in, words
from .lookup import read_text
from .places import Places

Lines = dict[str, Path | None]  # the image that each line is about
SEPARATOR = re.compile(r"[\s,;]")


def may_list(file: Path) -> bool:
    """Whether a file may be a list, by its name; those of MATLAB cannot be read."""
    return file.suffix.lower() in (".txt", ".mat") and bool(split_in(words(file.stem)) or _is_trainval(file))


def read_lists(
    files: list[Path], tables: Mapping[Path, Lines], images: Collection[Path], places: Places
) -> tuple[dict[str, list[Path]], list[str], list[Path]]:
    """The images of each split that lists name, what is to be said of it, and the lists; one without most of its images is none.

    Args:
        files: Texts that `may_list` images.
        tables: What is in tables of images that say nothing of splits, but have the word of one in their names.
        images: All of them.
        places: Where they lie.
    """
    texts = [file for file in files if file.suffix.lower() == ".txt"]
    of_both = [file for file in texts if {"train", "test"} <= {*words(file.stem.lower())}]
    of_split = {file: split for file in [*texts, *tables] if file not in of_both and (split := split_in(words(file.stem)))}
    if "train" not in of_split.values():
        of_split |= dict.fromkeys(filter(_is_trainval, texts), "train")
        of_split = {file: split for file, split in of_split.items() if file not in tables}  # as of a test that has no labels
    splits: dict[str, list[Path]] = {}
    read: list[Path] = []
    unread, lost = [file for file in files if file not in texts], []
    for split in dict.fromkeys(of_split.values()):
        lists = {file: tables.get(file) or _lines(file, places) for file, its in of_split.items() if its == split}
        chosen = _chosen(lists)
        if chosen:
            splits[split] = _found(lists[chosen])
            lost += [f"{line!r} in {chosen}" for line, image in lists[chosen].items() if image is None]
            read.append(chosen)
        unread += [file for file, lines in lists.items() if file not in tables and (not chosen or lines != lists[chosen])]
    for file in of_both:
        flagged = {} if splits else _flagged(file, places)
        splits = flagged or splits
        (read if flagged else unread).append(file)
    notes = []
    if unread:
        notes.append(f"lists of splits that are not read: {len(unread)}, as {unread[0]}")
    if lost:
        notes.append(f"lines of lists that name no image: {len(lost)}, as {lost[0]}")
    listed = {image for its in splits.values() for image in its}
    if splits and (rest := [image for image in images if image not in listed]):
        if "train" in splits:
            notes.append(f"images in no list of a split: {len(rest)}, as {rest[0]}; they are left out")
        splits.setdefault("train", rest)
    return splits, notes, read


def _is_trainval(file: Path) -> bool:
    return file.stem.lower() == "trainval"


def _lines(file: Path, places: Places) -> Lines:
    """The image of each line: that of the whole, or else of its first word."""
    lines = [line.strip() for line in read_text(file).splitlines()]
    return {line: places.find(line) or places.find(SEPARATOR.split(line)[0]) for line in lines if line}


def _found(lines: Lines) -> list[Path]:
    return list(dict.fromkeys(image for image in lines.values() if image))


def _chosen(lists: dict[Path, Lines]) -> Path | None:
    """The only list of a split, or the only one that has no other word in its name; several are ways to divide the same images."""
    known = {file: found for file, lines in lists.items() if len(found := _found(lines)) * 2 > len(lines)}
    plain = {file: found for file, found in known.items() if file.stem.lower() in SPLIT_NAMES}
    for some in (known, plain):
        if some and all(found == next(iter(some.values())) for found in some.values()):
            return next(iter(some))
    return None


def _flagged(file: Path, places: Places) -> dict[str, list[Path]]:
    """The splits in a list of 0 and 1 for keys that another list beside it gives to images; none if it is no such list."""
    rows = [line.split() for line in read_text(file).splitlines() if line.strip()]
    if not all(len(row) == 2 and row[1] in ("0", "1") for row in rows):
        return {}
    for other in sorted(file.parent.glob("*.txt")):
        lines = [line.strip().partition(" ") for line in read_text(other).splitlines()]
        images = {key: image for key, _, name in lines if name and (image := places.find(name))}
        if len(images) * 2 > len(rows):
            known = [(images[key], flag) for key, flag in rows if key in images]
            splits = {split: [image for image, its in known if its == flag] for split, flag in (("train", "1"), ("test", "0"))}
            return splits if all(splits.values()) else {}
    return {}
