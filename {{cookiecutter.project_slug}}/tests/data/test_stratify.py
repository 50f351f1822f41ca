import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.stratify import divide

SHARES = {"train": 0.7, "val": 0.2, "test": 0.1}


@dataclass(frozen=True)
class Item:
    image: Path
    strata: frozenset[int]


def item(*classes: int) -> Item:
    return Item(Path(), frozenset(classes))


def test_every_class_trains_even_with_a_single_image() -> None:
    groups = {f"{index}": [item(index)] for index in range(3)} | {f"more {number}": [item(3)] for number in range(40)}
    split_of = divide(groups, SHARES, {}, random.Random(0))
    assert [split_of[f"{index}"] for index in range(3)] == ["train"] * 3


def test_small_classes_do_not_all_round_in_the_same_way() -> None:
    groups = {f"{index} {number}": [item(index)] for index in range(50) for number in range(2)}
    counts = Counter(divide(groups, SHARES, {}, random.Random(0)).values())
    assert counts == {split: pytest.approx(100 * share, abs=1) for split, share in SHARES.items()}


@pytest.mark.parametrize("seed", range(5))
def test_of_images_with_several_classes_each_class_is_spread_evenly(seed: int) -> None:
    rng = random.Random(seed)
    often = [0.9, 0.5, 0.3, 0.1, 0.03]
    groups = {f"{n}": [item(*(index for index, part in enumerate(often) if rng.random() < part))] for n in range(1000)}
    split_of = divide(groups, SHARES, {}, rng)
    assert Counter(split_of.values()) == {split: pytest.approx(1000 * share, abs=10) for split, share in SHARES.items()}
    for index in range(len(often)):
        counts = Counter(split_of[name] for name, (its,) in groups.items() if index in its.strata)
        for split, share in SHARES.items():
            assert counts[split] == pytest.approx(share * counts.total(), abs=max(2, 0.02 * counts.total()))


def test_no_split_is_empty_if_there_are_as_many_groups() -> None:
    groups = {"a": [item(0)] * 90, "b": [item(1)] * 5, "c": [item(0)] * 5}
    assert set(divide(groups, SHARES, {}, random.Random(0)).values()) == SHARES.keys()


def test_groups_that_have_a_split_keep_it_and_count() -> None:
    groups = {f"{number}": [item(0)] for number in range(100)}
    placed = {f"{number}": "val" for number in range(30)}
    split_of = divide(groups, SHARES, placed, random.Random(0))
    assert split_of.items() >= placed.items()
    assert Counter(split_of.values())["val"] == 30
