"""Lists of images, one for each split, as Food-101's `meta/train.txt` with lines such as `apple_pie/1005649`."""

from collections.abc import Iterable
from pathlib import Path

from .files import is_visible, split_in, words
from .lookup import place, read_text


def read_lists(folders: Iterable[Path], at: Path, images: list[Path]) -> tuple[dict[str, list[Path]], list[str]]:
    """The images of each split that lists name, and what is to be said of it; a list without most of its images is none.

    Args:
        folders: Where lists may lie. Their names have the word of a split.
        at: What holds the folders of the classes, from which a line tells the way.
        images: All of them.
    """
    files = {
        file: split
        for folder in folders
        for file in sorted(folder.glob("*.txt"))
        if is_visible(file.name) and (split := split_in(words(file.stem)))
    }
    if not files:
        return {}, []
    named = {place(image.relative_to(at)): image for image in images}
    splits: dict[str, list[Path]] = {}
    unread, lost = [], []
    for split in dict.fromkeys(files.values()):
        lists = {file: _lines(file) for file, its in files.items() if its == split}
        found = {file: [named[where] for where in lines.values() if where in named] for file, lines in lists.items()}
        read = [file for file, lines in lists.items() if len(found[file]) * 2 > len(lines)]
        if len(read) == 1:  # several are other ways to divide the same images
            splits[split] = found[read[0]]
            lost += [f"{line!r} in {read[0]}" for line, where in lists[read[0]].items() if where not in named]
        unread += [file for file in lists if [file] != read]
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
    return splits, notes


def _lines(file: Path) -> dict[str, tuple[str, ...]]:
    """Where the image of each line lies."""
    lines = [line.strip() for line in read_text(file).splitlines()]
    return {line: place(line.replace("\\", "/").strip("/")) for line in lines if line}
