"""Which images train, validate and test.

Splits given with the data are respected. Missing ones are made once, stratified and by seed, and kept in a CSV file: images
that are added later never move an earlier one to another split, and what belongs together stays together.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ..config.errors import UserError
from .copies import Pair, joined, pairs_of_versions
from .files import Source
from .kept import digest, find_kept, keep, relative
from .stratify import Splittable, divide

UNLIKE = 0.05  # part of the images by which splits differ that were made by other rules

S = TypeVar("S", bound=Splittable)
Copies = Callable[[list[Path]], Iterable[Pair]]


@dataclass(frozen=True)
class Rules:
    """How images are divided that have no splits.

    Attributes:
        kept_in: Folder of the files that keep which image is where.
        seed: Splits made with the same seed from the same files are equal.
        val_fraction: Part of the divided images that validates, if `val` is missing.
        test_fraction: Part of the divided images that tests, if `test` is missing.
        group: A column of the table that gives the labels: images with the same cell stay in one split. Or a regular expression,
            searched in the path of each image below the folder of the data: those with the same match, or first group in it, do.
        fold: For cross-validation: the fold that tests, from 0 on; the one before it validates.
        folds: How many there are.
        kept_as: Name of the file that keeps which image is where, if a training has found it.

    Raises:
        UserError: If there is no such fold, or `group` is no regular expression.
    """

    kept_in: Path
    seed: int
    val_fraction: float
    test_fraction: float
    group: str | None = None
    fold: int | None = None
    folds: int = 5
    kept_as: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.fold is not None and self.fold >= self.folds:
            raise UserError(f"data.fold={self.fold}: expected at most {self.folds - 1}, since data.folds={self.folds}")
        try:
            re.compile(self.group or "")
        except re.error as error:
            raise UserError(f"data.group={self.group} is no regular expression ({error}): mend it, or leave it out") from None

    def suffix(self, shares: Mapping[str, float]) -> str:
        """What names of files of splits end in that were made by these rules.

        Args:
            shares: Part of the images that each split gets; none for what earlier versions have made, whose names do not say it.
        """
        group = f"-group{digest(self.group)}" if self.group else ""
        made = "".join(f"-{name}{share:g}" for name, share in shares.items() if name != "train")
        return f"seed{self.seed}{group}{made if self.fold is None else f'-folds{self.folds}'}.csv"


def complete_splits(source: Source[S], root: Path, rules: Rules, copies: Copies) -> tuple[dict[str, list[S]], str, Path | None]:
    """Makes the splits that `source` lacks.

    Args:
        source: Examples by split: any of `train`, `val`, `test`, or `all` when none was given.
        root: Folder of the data.
        rules: How images are divided.
        copies: Gives the pairs of images that are copies; called only if images are divided.

    Returns:
        Examples of `train`, `val` and `test`, a sentence that says where each comes from, and the file that keeps what was made.

    Raises:
        UserError: If there is nothing to train on, or too little to divide.
    """
    given = source.splits
    if "all" not in given and "train" not in given:
        raise UserError(f"{root} has {' and '.join(given)} but no training images: add them as {root / 'train'}")
    if rules.fold is not None:
        return _folds(source, rules.fold, root, rules, copies)
    if "val" in given:
        if "test" in given:
            return {name: given[name] for name in ("train", "val", "test")}, "splits as given", None
        return {**given, "test": given["val"]}, "train and val as given; there are no test images: testing uses val", None
    shares = _shares(source, rules)
    splits, where, file = _divided(source, given.get("all") or given["train"], shares, root, rules, copies)
    said = f"{' and '.join(name for name in shares if name != 'train')} taken from the images by seed {rules.seed}, {where}"
    return {"test": given.get("test", []), **splits}, said, file


def _folds(source: Source[S], fold: int, root: Path, rules: Rules, copies: Copies) -> tuple[dict[str, list[S]], str, Path]:
    """The folds are the same, whichever of them tests."""
    given = source.splits
    if len(given) > 1:
        raise UserError(f"{root} gives the splits {', '.join(given)}, which data.fold={fold} would mix: leave it out")
    shares = _shares(source, rules)
    splits, where, file = _divided(source, next(iter(given.values())), shares, root, rules, copies)
    names = list(shares)
    tests, validates = names[fold], names[fold - 1]
    train = [example for name, members in splits.items() if name not in (tests, validates) for example in members]
    return (
        {"train": train, "val": splits[validates], "test": splits[tests]},
        f"{tests} of {rules.folds} tests and {validates} validates, by seed {rules.seed}, {where}",
        file,
    )


def _shares(source: Source[Any], rules: Rules) -> dict[str, float]:
    """Part of the divided images that each split gets that is made."""
    if rules.fold is not None:
        return {f"fold{number}": 1 / rules.folds for number in range(rules.folds)}
    made = {"val": rules.val_fraction} if "test" in source.splits else {"val": rules.val_fraction, "test": rules.test_fraction}
    return {"train": 1 - sum(made.values()), **made}


def find_splits(source: Source[Any], root: Path, rules: Rules) -> tuple[Path | None, dict[str, str]]:
    """The file that keeps the splits that `source` lacks, and the split of each image by its relative path."""
    shares = _shares(source, rules)
    file, kept = find_kept(root, rules.kept_in, rules.suffix(shares), rules.kept_as)
    if file is None and rules.fold is None:
        file, kept = find_kept(root, rules.kept_in, rules.suffix({}))
        if not _are_like(kept, shares):
            return None, {}
    return file, kept


def _are_like(kept: Mapping[str, str], shares: Mapping[str, float]) -> bool:
    """Whether splits may have been made with these shares, which large groups and few images are hard to divide by."""
    count = Counter(kept.values())
    return all(abs(count[split] - share * len(kept)) <= max(2, UNLIKE * len(kept)) for split, share in shares.items())


def _divided(
    source: Source[S], examples: list[S], shares: dict[str, float], root: Path, rules: Rules, copies: Copies
) -> tuple[dict[str, list[S]], str, Path]:
    """Examples by split, a phrase that says where this is kept, and the file."""
    names = {example.image: relative(example.image, root) for example in examples}
    file, kept = find_splits(source, root, rules)
    split_of = {name: kept[name] for name in names.values() if kept.get(name) in shares}
    where = f"kept in {file}"
    is_new = file is None or len(split_of) < len(names)
    if is_new:
        group_of = together(list(names), source, root, rules.group, copies)
        groups: dict[str, list[Splittable]] = defaultdict(list)
        placed: dict[str, str] = {}
        for example in examples:
            group = names[group_of[example.image]]
            groups[group].append(example)
            if (name := names[example.image]) in split_of:
                placed[group] = split_of[name]
        placed = divide(groups, shares, placed, random.Random(rules.seed))
        split_of = {name: placed[names[group_of[image]]] for image, name in names.items()} | split_of
    if empty := [name for name in shares if name not in split_of.values()]:
        remedy = f"add images, or delete {file} to divide them anew" if file else "add images"
        raise UserError(f"{root} has {len(names)} images to divide, which leaves none for {' and '.join(empty)}: {remedy}")
    if file is None or is_new:
        versions = 0 if file else len(pairs_of_versions(names, root))
        file, where = keep(root, file, rules.kept_in, rules.suffix(shares), split_of)
        if versions:
            where += f"; {versions} images that Roboflow made of others stay beside these"
    if not file.name.endswith(rules.suffix(shares)) and not _are_like(split_of, shares):
        where += ", as an earlier training has divided them, whatever data.val_fraction and data.test_fraction say"
    splits: dict[str, list[S]] = {name: [] for name in shares}
    for example in examples:
        splits[split_of[names[example.image]]].append(example)
    return splits, where, file


def together(images: list[Path], source: Source[Any], root: Path, group: str | None, copies: Copies) -> dict[Path, Path]:
    """For each image one that stands for all that must be in the same split.

    Raises:
        UserError: If images are in no group.
    """
    pairs = list(copies(images))
    pairs += pairs_of_versions(images, root)
    if group:
        column = source.columns.get(group)
        found = {image: column.get(image) if column else _matched(group, relative(image, root)) for image in images}
        if without := [image for image, key in found.items() if not key]:
            known = f", nor is it a column of the table, which has {', '.join(source.columns)}" if source.columns else ""
            raise UserError(
                f"data.group={group} {'has nothing for' if column else 'does not match'} {len(without)} of {len(images)} images, "
                f"such as {relative(without[0], root)}{'' if column else known}: each must have a group"
            )
        first: dict[str | None, Path] = {}
        pairs += [(first.setdefault(key, image), image) for image, key in found.items()]
    return joined(images, pairs)


def _matched(group: str, path: str) -> str | None:
    """What a regular expression finds in a path: its first group, if it has one."""
    match = re.search(group, path)
    return match and next((part for part in match.groups() if part is not None), match[0])


def said_of_given(source: Source[Any], root: Path, group: str | None, copies: Copies) -> str:
    """A sentence if given splits have the same images, or images of one group."""
    given = source.splits
    if len(given) == 1:
        return ""
    images = list(dict.fromkeys(example.image for members in given.values() for example in members))
    group_of = together(images, source, root, group, copies)
    members_of: dict[Path, dict[str, Path]] = defaultdict(dict)
    for split, members in given.items():
        for example in members:
            members_of[group_of[example.image]].setdefault(split, example.image)
    several = [members for members in members_of.values() if len(members) > 1]
    if not several:
        return ""
    example = " and ".join(f"{image} in {split}" for split, image in several[0].items())
    return f"images (or copies or groups of them) that are in several of the given splits: {len(several)}, as {example}"
