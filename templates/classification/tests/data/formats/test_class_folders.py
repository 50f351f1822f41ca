from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.formats import class_folders


def touch(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def found(root: Path) -> dict[str, list[tuple[str, ...]]]:
    """Names of files and classes by split."""
    splits = class_folders.read(root).splits
    return {split: [(example.image.name, *example.names) for example in examples] for split, examples in splits.items()}


def test_each_folder_is_a_class_in_the_order_of_names(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.jpg", "cat/2.PNG", "cat/deep/3.webp", "cat/notes.txt", ".hidden/4.jpg", "cat/.thumb.jpg", "empty/notes")
    assert class_folders.read(tmp_path).classes == ["cat", "dog"]
    assert found(tmp_path) == {"all": [("2.PNG", "cat"), ("3.webp", "cat"), ("1.jpg", "dog")]}


def test_given_splits_are_read_under_their_common_names(tmp_path: Path) -> None:
    touch(tmp_path, "Train/a/1.jpg", "Train/b/2.jpg", "valid/a/3.jpg", "test/b/4.jpg")
    assert class_folders.read(tmp_path).format == "class folders in train, test, val"
    assert found(tmp_path) == {"train": [("1.jpg", "a"), ("2.jpg", "b")], "val": [("3.jpg", "a")], "test": [("4.jpg", "b")]}


def test_classes_whose_names_differ_only_in_case_are_different(tmp_path: Path) -> None:
    if (touch(tmp_path, "A/1.jpg") / "a").exists():
        pytest.skip("this file system does not tell them apart")
    assert class_folders.read(touch(tmp_path, "a/2.jpg")).classes == ["A", "a"]


@pytest.mark.parametrize(
    ("files", "matches"),
    [
        (["cat/1.jpg", "dog/2.jpg"], True),
        (["train/cat/1.jpg"], True),
        (["1.jpg", "2.jpg"], False),
        (["cat/1.jpg"], False),
        (["cat/1.txt", "dog/1.txt"], False),
        (["val/1.jpg", "test/1.jpg"], False),
        (["val/cat/1.jpg", "val/dog/1.jpg"], False),
    ],
)
def test_two_folders_of_images_make_the_format(files: list[str], matches: bool, tmp_path: Path) -> None:
    assert class_folders.matches(touch(tmp_path, *files)) == matches


def test_a_folder_that_only_wraps_the_classes_is_looked_through(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{name}/{animal}/1.jpg" for name in ("training_set", "test_set") for animal in ("cat", "dog")))
    assert class_folders.matches(tmp_path)
    assert found(tmp_path) == {split: [("1.jpg", "cat"), ("1.jpg", "dog")] for split in ("train", "test")}


def test_a_class_whose_images_cannot_be_read_is_refused_and_not_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/2.png", "fox/3.CR2", "fox/4.svg")
    with pytest.raises(UserError, match=r"fox has only images that cannot be read, 3\.CR2 among them \(2\)"):
        class_folders.read(tmp_path)


def test_images_of_kinds_that_are_not_read_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "cat/1.CR2", "cat/deep/2.nef", "dog/2.HEIC")
    assert class_folders.read(tmp_path).notes == [
        f"images of kinds that are not read: 2, as {tmp_path / 'cat/1.CR2'}; they are left out"
    ]
    assert found(tmp_path) == {"all": [("1.jpg", "cat"), ("2.HEIC", "dog")]}


def test_images_in_no_folder_of_a_class_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "train/3.jpg", "more/cat/4.jpg")
    assert class_folders.read(tmp_path).notes == [
        f"images in no folder of a class: 2, as {tmp_path / 'more' / 'cat' / '4.jpg'}; they are left out"
    ]
