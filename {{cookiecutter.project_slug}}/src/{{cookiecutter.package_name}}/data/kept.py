"""Files that keep which image is in which split, so that a run can be repeated, and images that come later move none."""

import contextlib
import csv
import errno
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from ..config.errors import UserError
from ..config.replacing import take_place

COLUMNS = ("path", "bytes", "split")


def relative(path: Path, root: Path) -> str:
    """How an image below `root` is called in the files."""
    start, name = f"{root}{os.sep}", str(path)
    # Much faster than what it stands for, which is needed for few.
    inside = name.removeprefix(start) if name.startswith(start) and ".." not in name else os.path.relpath(path, root)
    return inside.replace(os.sep, "/")


def digest(value: object) -> str:
    """A short name for a value."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:8]


def find_kept(root: Path, folder: Path, suffix: str, named: str | None = None) -> tuple[Path | None, dict[str, str]]:
    """The file in `folder` that keeps the splits of the images below `root`, and the split of each by its relative path.

    The images tell which file it is, and not the name of their folder, which others have, too, and which may change: most images in
    the file are there, with the same size. Of several such files, that with the most of them, then that with the fewest others.

    Args:
        root: Folder of the data.
        folder: Of the files.
        suffix: What their names end in.
        named: The file that a training has used, whose name goes before all others if any of its images are there: the other
            files, and others' images in this one, are those of later trainings.

    Raises:
        UserError: If a file is damaged.
    """
    found: tuple[Path | None, dict[str, str]] = None, {}
    most = (0, 0)
    files = {*folder.glob(f"*-{suffix}")} | {file for file in folder.glob("*.csv") if file.name == named}
    for file in sorted(files, key=lambda file: (file.name != named, file)):
        rows = _load(file)
        if len(rows) < most[0]:
            continue  # it cannot have more; to look for images takes long
        there = sum(size in ("", now) for path, (size, _) in rows.items() if (now := _size(root / path)))
        is_named = file.name == named and there > 0
        if is_named or (there > len(rows) / 2 and (there, -len(rows)) > most):
            found = file, {path: split for path, (_, split) in rows.items()}
            most = there, -len(rows)
        if is_named:
            break
    return found


def keep(root: Path, file: Path | None, folder: Path, suffix: str, splits: dict[str, str]) -> tuple[Path, str]:
    """Adds the splits of images to a file, or writes a new one.

    Args:
        root: Folder of the data.
        file: What `find_kept` found.
        folder: Where a new one is written.
        suffix: What its name ends in.
        splits: Of the images that are there, by their relative paths.

    Returns:
        The file, and a phrase that says that they are kept there, or why they are not.
    """
    sizes = {path: _size(root / path) for path in splits}
    file = file or folder / f"{root.resolve().name}-{digest(sorted(sizes.items()))}-{suffix}"
    rows = (_load(file) if file.exists() else {}) | {path: (size, splits[path]) for path, size in sizes.items()}
    try:
        _save(file, ((path, *row) for path, row in sorted(rows.items())))
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return file, f"not kept, since {file} is on a read-only file system: images added later may move them"
    return file, f"kept in {file}"


def _size(path: Path) -> str:
    """In bytes; empty if there is no such file."""
    with contextlib.suppress(OSError):
        return str(path.stat().st_size)
    return ""


def _load(file: Path) -> dict[str, tuple[str, str]]:
    """Size, which earlier versions did not write, and split by path."""
    with file.open(newline="", encoding="utf-8") as opened:
        rows = csv.DictReader(opened)
        if not {"path", "split"} <= set(rows.fieldnames or []):
            raise UserError(f"{file} does not start with {','.join(COLUMNS)}: mend it, or delete it to divide the images anew")
        return {row["path"]: (row.get("bytes") or "", row["split"]) for row in rows}


def _save(file: Path, rows: Iterable[tuple[str, ...]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}.part")
    with partial.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, lineterminator="\n").writerows([COLUMNS, *rows])
    take_place(partial, file)
