"""Which images train, validate and test.

Splits given with the data are respected. Missing ones are made once, stratified and by seed, and kept in a CSV file: images
that are added later never move an earlier one to another split, and copies of an image stay together.
"""

import csv
import errno
import hashlib
import os
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Protocol, TypeVar

from ..config.errors import UserError
from .files import Source


class Splittable(Protocol):
    """An example as the splitting sees it."""

    @property
    def image(self) -> Path: ...

    @property
    def stratum(self) -> int:
        """Examples with the same number are spread evenly over the splits."""
        ...


S = TypeVar("S", bound=Splittable)


def complete_splits(
    source: Source[S], root: Path, kept_in: Path, seed: int, val_fraction: float, test_fraction: float
) -> tuple[dict[str, list[S]], str]:
    """Makes the splits that `source` lacks.

    Args:
        source: Examples by split: any of `train`, `val`, `test`, or `all` when none was given.
        root: Folder of the data; the file of splits has paths relative to it.
        kept_in: Folder of the file that keeps the splits made here.
        seed: Splits made with the same seed from the same files are equal.
        val_fraction: Part of the divided images that validates, if `val` is missing.
        test_fraction: Part of the divided images that tests, if `test` is missing.

    Returns:
        Examples of `train`, `val` and `test`, and a sentence that says where each comes from.

    Raises:
        UserError: If there is nothing to train on, or too little to divide.
    """
    given = source.splits
    if "all" not in given and "train" not in given:
        raise UserError(f"{root} has {' and '.join(given)} but no training images: add them as {root / 'train'}")
    if "val" in given:
        if "test" in given:
            return {name: given[name] for name in ("train", "val", "test")}, "splits as given"
        return {**given, "test": given["val"]}, "train and val as given; there are no test images: testing uses val"

    wanted = {"val": val_fraction} if "test" in given else {"val": val_fraction, "test": test_fraction}
    divided = given.get("all") or given["train"]
    file = splits_file(root, kept_in, seed)
    kept = _load(file)
    made = _divide(divided, root, kept, wanted, random.Random(seed))
    where = f"kept in {file}"
    if any(name not in kept for name in made):
        try:
            _save(file, kept | made)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
            where = f"not kept, since {file} is on a read-only file system: images added later may move them"

    splits: dict[str, list[S]] = {"train": [], **{name: [] for name in wanted}}
    for example in divided:
        splits[made[_relative(example.image, root)]].append(example)
    if empty := [name for name, members in splits.items() if not members]:
        raise UserError(
            f"{root} has {len(divided)} images to divide, which leaves none for {' and '.join(empty)}: "
            f"add images, or delete {file} to divide them anew"
        )
    return {"test": given.get("test", []), **splits}, f"{' and '.join(wanted)} taken from the images by seed {seed}, {where}"


def splits_file(root: Path, kept_in: Path, seed: int) -> Path:
    """The file that keeps the splits made for the folder `root`."""
    return kept_in / f"{root.resolve().name}-seed{seed}.csv"


def _divide(examples: list[S], root: Path, kept: dict[str, str], wanted: dict[str, float], rng: random.Random) -> dict[str, str]:
    """The split of each example by its relative path; the assignments in `kept` hold."""
    copies = _copies([example.image for example in examples])
    valid = {"train", *wanted}
    split_of = {}
    for example in examples:
        if (split := kept.get(_relative(example.image, root))) in valid:
            split_of[copies[example.image]] = split

    new: dict[int, set[Path]] = defaultdict(set)
    for example in examples:
        if copies[example.image] not in split_of:
            new[example.stratum].add(copies[example.image])
    # Walking through the strata, each split collects its fraction of every image and takes one when it has collected a
    # whole image. So each stratum gets its share to within one image, and small strata do not all round the same way.
    share = {name: 1 - fraction for name, fraction in wanted.items()} if len(split_of) == 0 else dict.fromkeys(wanted, 0.5)
    for stratum in sorted(new):
        paths = sorted(new[stratum])
        rng.shuffle(paths)
        for position, path in enumerate(paths):
            for name, fraction in wanted.items():
                share[name] += fraction
            richest = max(share, key=lambda name: share[name])
            # The first of a stratum trains: a class must be seen to be learned.
            if share[richest] >= 1 and position > 0:
                share[richest] -= 1
                split_of[path] = richest
            else:
                split_of[path] = "train"
    return {_relative(example.image, root): split_of[copies[example.image]] for example in examples}


def _copies(paths: list[Path]) -> dict[Path, Path]:
    """For each file the first file with the same content. Only files of equal size are read."""
    sizes = {path: path.stat().st_size for path in paths}
    count = Counter(sizes.values())
    first: dict[str, Path] = {}
    copies = {}
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if count[sizes[path]] > 1 else str(path)
        copies[path] = first.setdefault(content, path)
    return copies


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _load(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    with file.open(newline="", encoding="utf-8") as opened:
        rows = csv.DictReader(opened)
        if rows.fieldnames != ["path", "split"]:
            raise UserError(f"{file} does not start with the line path,split: mend it, or delete it to divide the images anew")
        return {row["path"]: row["split"] for row in rows}


def _save(file: Path, splits: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}.part")
    with partial.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(["path", "split"])
        writer.writerows(sorted(splits.items()))
    partial.replace(file)
