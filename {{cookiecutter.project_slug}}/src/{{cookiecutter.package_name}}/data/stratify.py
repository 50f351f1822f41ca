"""Divides images so that each class is spread evenly over the splits, and groups of images stay together."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

NO_CLASS = -1


class Splittable(Protocol):
    """An example as the splitting sees it."""

    @property
    def image(self) -> Path: ...

    @property
    def strata(self) -> Collection[int]:
        """The classes in the image."""
        ...


def divide(
    groups: Mapping[str, Sequence[Splittable]], shares: dict[str, float], placed: dict[str, str], rng: random.Random
) -> dict[str, str]:
    """The split of each group.

    It is the iterative stratification of Sechidis, Tsoumakas and Vlahavas (ECML PKDD 2011, doi:10.1007/978-3-642-23808-6_10), for
    groups: from the rarest class on, each group goes to the split that lacks most of the class. What a split lacks of all images so
    far counts, too, since small classes would all be rounded in the same way otherwise.

    Args:
        groups: Images that stay together, by the name of their group.
        shares: Part of all images that each split gets. One called `train` gets the first of each class, which must be seen to be
            learned.
        placed: Splits of groups that have one.
        rng: Source of the order.
    """
    classes = {
        name: Counter(index for member in members for index in set(member.strata) or {NO_CLASS}) for name, members in groups.items()
    }
    total = Counter[int]()
    for its in classes.values():
        total.update(its)
    has = {split: Counter[int]() for split in shares}  # images with each class
    images = dict.fromkeys(shares, 0)
    split_of: dict[str, str] = {}

    def place(name: str, split: str) -> None:
        split_of[name] = split
        has[split].update(classes[name])
        images[split] += len(groups[name])

    for name, split in placed.items():
        place(name, split)
    waiting = sorted(groups.keys() - placed.keys())
    rng.shuffle(waiting)
    waiting.sort(key=lambda name: -len(groups[name]))  # small ones even out what large ones leave
    of_rarest: dict[int, list[str]] = defaultdict(list)
    for name in waiting:
        of_rarest[min(classes[name], key=lambda index: (total[index], index))].append(name)
    for index in sorted(of_rarest, key=lambda index: (total[index], index)):
        for name in of_rarest[index]:
            empty = [split for split in shares if not images[split]]
            scarce = len(groups) - len(split_of) <= len(empty)
            if "train" in shares and not has["train"][index] and not scarce:
                place(name, "train")
                continue
            due = total[index] + sum(images.values())
            lacks = {split: share * due - has[split][index] - images[split] for split, share in shares.items()}
            place(name, max(empty if scarce else shares, key=lambda split: lacks[split]))
    return split_of
