import errno
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.splits import complete_splits


@dataclass(frozen=True)
class Item:
    image: Path
    stratum: int


def items(root: Path, counts: list[int]) -> list[Item]:
    """Files of distinct content; `counts` of them in each stratum."""
    made = []
    for stratum, count in enumerate(counts):
        for number in range(count):
            path = root / f"{stratum}-{number}.png"
            path.write_text(path.name)
            made.append(Item(path, stratum))
    return made


def split(root: Path, splits: dict[str, list[Item]], seed: int = 0) -> dict[str, set[str]]:
    made, _ = complete_splits(Source("items", ["a", "b"], splits), root, root / "kept", seed, 0.2, 0.1)
    return {name: {item.image.name for item in members} for name, members in made.items()}


def test_each_image_is_in_one_split_and_the_strata_are_spread_evenly(tmp_path: Path) -> None:
    everything = items(tmp_path, [100, 50, 10])
    made, _ = complete_splits(Source("items", [], {"all": everything}), tmp_path, tmp_path / "kept", 0, 0.2, 0.1)
    assert sorted(item.image.name for members in made.values() for item in members) == sorted(
        item.image.name for item in everything
    )
    counts = {name: Counter(item.stratum for item in members) for name, members in made.items()}
    for stratum, total in enumerate([100, 50, 10]):
        assert counts["val"][stratum] == pytest.approx(0.2 * total, abs=1)
        assert counts["test"][stratum] == pytest.approx(0.1 * total, abs=1)


def test_every_class_trains_even_with_a_single_image(tmp_path: Path) -> None:
    made = split(tmp_path, {"all": items(tmp_path, [1, 1, 1, 40])})
    assert {"0-0.png", "1-0.png", "2-0.png"} <= made["train"]


def test_three_images_are_enough(tmp_path: Path) -> None:
    assert all(split(tmp_path, {"all": items(tmp_path, [3])}).values())


def test_too_few_images_are_refused_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 2 images to divide"):
        split(tmp_path, {"all": items(tmp_path, [2])})


def test_splits_depend_on_the_seed_alone(tmp_path: Path) -> None:
    everything = items(tmp_path, [30, 30])
    first = split(tmp_path, {"all": everything}, seed=1)
    (tmp_path / "kept" / f"{tmp_path.name}-seed1.csv").unlink()
    assert split(tmp_path, {"all": everything[::-1]}, seed=1) == first
    assert split(tmp_path, {"all": everything}, seed=2) != first


def test_images_added_later_move_no_earlier_one(tmp_path: Path) -> None:
    before = split(tmp_path, {"all": items(tmp_path, [20])})
    after = split(tmp_path, {"all": items(tmp_path, [50, 30])})
    for name, members in before.items():
        assert members <= after[name]


def test_copies_of_an_image_stay_together(tmp_path: Path) -> None:
    everything = items(tmp_path, [30])
    for item in everything[:]:
        copy = item.image.with_name(f"copy-{item.image.name}")
        copy.write_bytes(item.image.read_bytes())
        everything.append(Item(copy, 0))
    for members in split(tmp_path, {"all": everything}).values():
        assert all(f"copy-{name}" in members for name in members if not name.startswith("copy-"))


def test_given_splits_are_respected_and_missing_ones_are_taken_from_training(tmp_path: Path) -> None:
    a, b, c = (items(folder, [10]) for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "c") if folder.mkdir() is None)
    complete = {"train": a, "val": b, "test": c}
    assert complete_splits(Source("", [], complete), tmp_path, tmp_path, 0, 0.2, 0.1)[0] == complete

    without_test, said = complete_splits(Source("", [], {"train": a, "val": b}), tmp_path, tmp_path, 0, 0.2, 0.1)
    assert without_test["test"] == b
    assert "testing uses val" in said

    without_val, _ = complete_splits(Source("", [], {"train": a, "test": c}), tmp_path, tmp_path, 0, 0.2, 0.1)
    assert without_val["test"] == c
    assert sorted(map(str, without_val["train"] + without_val["val"])) == sorted(map(str, a))


def test_splits_that_cannot_be_kept_are_made_all_the_same_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {"all": items(tmp_path, [30])}
    kept = split(tmp_path, everything)

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    made, said = complete_splits(Source("", [], everything), tmp_path, tmp_path / "elsewhere", 0, 0.2, 0.1)
    assert {name: {item.image.name for item in members} for name, members in made.items()} == kept
    assert "not kept, since" in said
    assert "read-only" in said


def test_data_without_training_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no training images"):
        split(tmp_path, {"test": items(tmp_path, [5])})
