from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.splits import Copies, Rules, complete_splits, said_of_given


@dataclass(frozen=True)
class Item:
    image: Path
    strata: tuple[int, ...]


def items(root: Path, counts: list[int]) -> list[Item]:
    """Files of distinct content; `counts` of them in each stratum."""
    made = []
    for stratum, count in enumerate(counts):
        for number in range(count):
            path = root / f"{stratum}-{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name)
            made.append(Item(path, (stratum,)))
    return made


def no_copies(_: list[Path]) -> list[tuple[Path, Path]]:
    return []


def rules(root: Path, **given: Any) -> Rules:
    return Rules(**{"kept_in": root / "kept", "seed": 0, "val_fraction": 0.2, "test_fraction": 0.1} | given)


def split(root: Path, splits: dict[str, list[Item]], copies: Copies = no_copies, **given: Any) -> dict[str, set[str]]:
    made, *_ = complete_splits(Source("items", ["a", "b"], splits), root, rules(root, **given), copies)
    return {name: {item.image.name for item in members} for name, members in made.items()}


def test_each_image_is_in_one_split_and_the_strata_are_spread_evenly(tmp_path: Path) -> None:
    everything = items(tmp_path, [100, 50, 10])
    made, *_ = complete_splits(Source("items", [], {"all": everything}), tmp_path, rules(tmp_path), no_copies)
    assert sorted(item.image.name for members in made.values() for item in members) == sorted(
        item.image.name for item in everything
    )
    counts = {name: Counter(item.strata[0] for item in members) for name, members in made.items()}
    for stratum, total in enumerate([100, 50, 10]):
        assert counts["val"][stratum] == pytest.approx(0.2 * total, abs=1)
        assert counts["test"][stratum] == pytest.approx(0.1 * total, abs=1)


def test_three_images_are_enough(tmp_path: Path) -> None:
    assert all(split(tmp_path, {"all": items(tmp_path, [3])}).values())


def test_too_few_images_are_refused_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has 2 images to divide, which leaves none for test: add images$"):
        split(tmp_path, {"all": items(tmp_path, [2])})
    assert not (tmp_path / "kept").exists(), "nothing is kept of what was refused"


def test_kept_splits_of_which_one_has_no_images_left_are_named(tmp_path: Path) -> None:
    everything = items(tmp_path, [20])
    tested = split(tmp_path, {"all": everything})["test"]
    with pytest.raises(UserError, match=r"leaves none for test: add images, or delete .*kept.*\.csv to divide them anew"):
        split(tmp_path, {"all": [item for item in everything if item.image.name not in tested]})


def test_splits_depend_on_the_seed_alone(tmp_path: Path) -> None:
    everything = items(tmp_path, [30, 30])
    first = split(tmp_path, {"all": everything}, seed=1)
    assert split(tmp_path, {"all": everything[::-1]}, seed=1, kept_in=tmp_path / "elsewhere") == first
    assert split(tmp_path, {"all": everything}, seed=2) != first


def test_images_added_later_move_no_earlier_one(tmp_path: Path) -> None:
    before = split(tmp_path, {"all": items(tmp_path, [20])})
    after = split(tmp_path, {"all": items(tmp_path, [50, 30])})
    for name, members in before.items():
        assert members <= after[name]


def test_another_folder_of_the_same_name_gets_splits_of_its_own(tmp_path: Path) -> None:
    """And the same folder keeps its own at another place."""
    first, second = ({"all": items(tmp_path / number / "photos", [30])} for number in "12")
    for item in second["all"]:
        item.image.write_text("another " + item.image.name)
    made = split(tmp_path / "1" / "photos", first, kept_in=tmp_path / "kept")
    split(tmp_path / "2" / "photos", second, kept_in=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2
    moved = (tmp_path / "1" / "photos").rename(tmp_path / "moved")
    images = [Item(moved / item.image.name, item.strata) for item in first["all"]]
    assert split(moved, {"all": images[1:]}, kept_in=tmp_path / "kept") == {
        name: members - {images[0].image.name} for name, members in made.items()
    }


def test_copies_stay_together_even_if_they_come_later(tmp_path: Path) -> None:
    everything = items(tmp_path, [30])
    before = split(tmp_path, {"all": everything})
    copied = {item.image: item.image.with_name(f"copy-{item.image.name}") for item in everything}
    for copy in copied.values():
        copy.write_text("")
    after = split(tmp_path, {"all": [*everything, *(Item(copy, (0,)) for copy in copied.values())]}, lambda _: copied.items())
    assert after == {name: members | {f"copy-{member}" for member in members} for name, members in before.items()}


def test_images_of_a_group_stay_together(tmp_path: Path) -> None:
    everything = [item for patient in range(12) for item in items(tmp_path / f"patient{patient}", [patient + 1])]
    made, *_ = complete_splits(
        Source("items", [], {"all": everything}), tmp_path, rules(tmp_path, group=r"patient(\d+)/"), no_copies
    )
    folders = [{item.image.parent for item in members} for members in made.values()]
    assert sum(map(len, folders)) == 12
    assert 0.1 * len(everything) < len(made["val"]) < 0.3 * len(everything)


def test_images_with_the_same_cell_in_a_column_stay_together(tmp_path: Path) -> None:
    everything = items(tmp_path, [60])
    patients = {item.image: f"patient {number % 12}" for number, item in enumerate(everything)}
    source = Source("items", [], {"all": everything}, columns={"patient": patients})
    made, *_ = complete_splits(source, tmp_path, rules(tmp_path, group="patient"), no_copies)
    assert sum(len({patients[item.image] for item in members}) for members in made.values()) == 12
    patients[everything[7].image] = ""
    with pytest.raises(UserError, match=r"data\.group=patient has nothing for 1 of 60 images, such as 0-7\.png: each must"):
        complete_splits(source, tmp_path, rules(tmp_path, group="patient", seed=1), no_copies)
    with pytest.raises(UserError, match=r"data\.group=doctor does not match 60 .* nor is it a column .*, which has patient"):
        complete_splits(source, tmp_path, rules(tmp_path, group="doctor"), no_copies)


@pytest.mark.parametrize(
    ("group", "said"),
    [("(", "is no regular expression"), (r"0-1\d", r"does not match 20 of 30 images, such as 0-0\.png")],
)
def test_a_group_that_is_no_expression_or_leaves_images_out_is_refused(group: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        split(tmp_path, {"all": items(tmp_path, [30])}, group=group)


def test_each_image_tests_in_one_of_the_folds_and_validates_in_another(tmp_path: Path) -> None:
    everything = {"all": items(tmp_path, [20, 10])}
    folds = [split(tmp_path, everything, fold=fold, folds=5) for fold in range(5)]
    assert Counter(name for fold in folds for name in fold["test"]) == Counter(item.image.name for item in everything["all"])
    for fold in folds:
        assert Counter(name[0] for name in fold["test"]) == {"0": 4, "1": 2}
        assert not fold["train"] & fold["val"] | fold["train"] & fold["test"] | fold["val"] & fold["test"]
        assert len(fold["train"]) == 18


def test_folds_that_do_not_exist_or_mix_given_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.fold=5: expected at most 4"):
        split(tmp_path, {"all": items(tmp_path, [30])}, fold=5)
    with pytest.raises(UserError, match=r"gives the splits train, val, which data\.fold=0 would mix"):
        split(tmp_path, {"train": items(tmp_path, [30]), "val": items(tmp_path, [1])}, fold=0)


def test_given_splits_are_respected_and_missing_ones_are_taken_from_training(tmp_path: Path) -> None:
    a, b, c = (items(folder, [10]) for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "c"))
    complete = {"train": a, "val": b, "test": c}

    def made(**splits: list[Item]) -> tuple[dict[str, list[Item]], str]:
        return complete_splits(Source("", [], splits), tmp_path, rules(tmp_path), no_copies)[:2]

    assert made(**complete)[0] == complete
    without_test, said = made(train=a, val=b)
    assert without_test["test"] == b
    assert "testing uses val" in said

    without_val, _ = made(train=a, test=c)
    assert without_val["test"] == c
    assert sorted(map(str, without_val["train"] + without_val["val"])) == sorted(map(str, a))


def test_images_that_several_given_splits_have_are_said(tmp_path: Path) -> None:
    train, test = (items(tmp_path / name, [3]) for name in ("train", "test"))

    def said(copies: Iterable[tuple[Path, Path]], group: str | None = None) -> str:
        return said_of_given(Source("items", [], {"train": train, "test": test}), tmp_path, group, lambda _: copies)

    assert said([]) == said([(train[0].image, train[1].image)]) == ""
    assert f"1, as {train[0].image} in train and {test[1].image} in test" in said([(train[0].image, test[1].image)])
    assert "several of the given splits: 3" in said([], r"\d-\d")
    assert said_of_given(Source("items", [], {"train": train, "test": train[:1]}), tmp_path, None, no_copies)


def test_data_without_training_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no training images"):
        split(tmp_path, {"test": items(tmp_path, [5])})


def test_other_fractions_divide_anew_beside_what_was_kept(tmp_path: Path) -> None:
    everything = {"all": items(tmp_path, [60])}
    before = split(tmp_path, everything)
    assert len(split(tmp_path, everything, val_fraction=0.5)["val"]) == 30
    assert split(tmp_path, everything) == before
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_splits_that_earlier_versions_kept_stay_unless_the_fractions_are_others(tmp_path: Path) -> None:
    everything = {"all": items(tmp_path, [60])}
    before = split(tmp_path, everything)
    (file,) = (tmp_path / "kept").iterdir()
    file.write_text(file.read_text().replace(",val\n", ",x\n").replace(",train\n", ",val\n").replace(",x\n", ",train\n"))
    earlier = file.rename(file.with_name(f"{file.name.partition('seed0')[0]}seed0.csv"))
    swapped = {"train": before["val"], "val": before["train"], "test": before["test"]}
    assert split(tmp_path, everything, val_fraction=0.7) == swapped
    assert split(tmp_path, everything) == before
    (tmp_path / "kept" / file.name).unlink()
    assert split(tmp_path, everything, kept_as=earlier.name) == swapped
    *_, said, _ = complete_splits(Source("", [], everything), tmp_path, rules(tmp_path, kept_as=earlier.name), no_copies)
    assert said.endswith("as an earlier training has divided them, whatever data.val_fraction and data.test_fraction say")


def test_what_roboflow_made_of_one_image_stays_together(tmp_path: Path) -> None:
    versions = [tmp_path / f"{number}_jpg.rf.{digest}.jpg" for number in range(20) for digest in ("0a1", "1b2", "2c3")]
    for path in versions:
        path.write_text(path.name)
    everything = Source("items", [], {"all": [Item(path, (0,)) for path in versions]})
    made, said, _ = complete_splits(everything, tmp_path, rules(tmp_path), no_copies)
    assert sum(len({item.image.name.partition(".rf.")[0] for item in members}) for members in made.values()) == 20
    assert said.endswith("40 images that Roboflow made of others stay beside these")
