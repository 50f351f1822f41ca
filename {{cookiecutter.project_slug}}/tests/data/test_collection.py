import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data import collection
from {{ cookiecutter.package_name }}.data.collection import Collection
from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.splits import Rules

Make = Callable[..., Collection]


@pytest.fixture
def make(root: Path, tmp_path: Path) -> Make:
    """Makes collections that keep their splits in one place."""
    rules = Rules(tmp_path / "splits", seed=0, val_fraction=0.2, test_fraction=0.1)

    def made(root: Path = root, on_error: str = "stop") -> Collection:
        return Collection(root, rules, None, None, on_error, MAX_PIXELS, {})

    return made


def images(examples: list[Example]) -> list[Path]:
    return sorted(example.image for example in examples)


@pytest.mark.parametrize("split", ["train", "val", "test", "all"])
def test_testing_may_use_any_split_that_a_training_kept(split: str, make: Make) -> None:
    trained = make()
    expected = trained.source.splits["all"] if split == "all" else trained.readable[split]
    assert images(make().of_split(split)) == images(expected)


def test_a_split_that_nobody_made_is_refused_and_none_is_made(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="use split=all"):
        make().of_split("test")
    assert make().of_split("all")
    assert not (tmp_path / "splits").exists()


def test_splits_of_another_folder_of_the_same_name_are_not_used(make: Make, root: Path, tmp_path: Path) -> None:
    assert make().splits
    other = tmp_path / "elsewhere" / root.name
    write_demo(other, images=20, seed=1)
    with pytest.raises(UserError, match="use split=all"):
        make(other).of_split("test")


def test_an_image_in_two_given_splits_is_said(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    given, made = make().splits, make()
    made.source = replace(made.source, splits={**given, "val": [*given["val"], given["train"][0]]})
    with caplog.at_level("WARNING"):
        assert made.readable
    assert "several of the given splits: 1, as" in caplog.text


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_split_with_nothing_to_count_is_refused_before_training(split: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = images(make().splits[split])
    monkeypatch.setattr(collection, "counts", lambda example, classes: example.image not in empty)
    with pytest.raises(UserError, match=f"none of the {len(empty)} {split} images of .* has {collection.COUNTED}"):
        _ = make().readable
    assert make().of_split("test")


def test_broken_images_are_counted_before_training_and_left_out_if_asked(make: Make, root: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(root, tmp_path / "copied")
    all_images = images(make(copied).source.splits["all"])
    broken = all_images[5:9]
    for path in broken:
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r"^4 images cannot be used, .* and 1 more; .*data\.on_error=skip goes on") as refused:
        _ = make(copied).readable
    named = [path for path in broken if str(path) in str(refused.value)]
    assert len(named) == 3
    assert str(refused.value).count("is not a readable image") == 1

    made = make(copied, on_error="skip")
    used = [image for examples in made.readable.values() for image in images(examples)]
    assert sorted(used) == sorted(set(all_images) - set(broken))
    assert made.skipped.keys() == set(broken)


def test_a_class_that_is_tested_but_never_seen_in_training_is_said(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    made = make()
    everything, rare = made.source.splits["all"], len(made.source.classes) - 1
    has = [example for example in everything if rare in example.strata]
    rest = [example for example in everything if rare not in example.strata]
    made.source = replace(made.source, splits={"train": rest[1:], "val": [*has, rest[0]]})
    with caplog.at_level("WARNING"):
        assert made.readable
    assert f"but no training image: {made.source.classes[rare]}; they are not learned" in caplog.text
