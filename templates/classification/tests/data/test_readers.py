from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.readers import find_format, read_source


def make(root: Path, *files: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def test_each_folder_is_a_class_in_the_order_of_names(tmp_path: Path) -> None:
    source = read_source(
        make(tmp_path, "dog/1.jpg", "cat/2.PNG", "cat/deep/3.webp", "cat/notes.txt", ".hidden/4.jpg", "cat/.thumb.jpg")
    )
    assert source.classes == ["cat", "dog"]
    assert [(sample.image.name, sample.label) for sample in source.splits["all"]] == [("2.PNG", 0), ("3.webp", 0), ("1.jpg", 1)]


def test_given_splits_are_read_under_their_common_names(tmp_path: Path) -> None:
    source = read_source(make(tmp_path, "Train/a/1.jpg", "Train/b/2.jpg", "valid/a/3.jpg", "test/b/4.jpg"))
    assert {split: [sample.image.name for sample in samples] for split, samples in source.splits.items()} == {
        "train": ["1.jpg", "2.jpg"],
        "val": ["3.jpg"],
        "test": ["4.jpg"],
    }


def test_classes_whose_names_differ_only_in_case_are_different(tmp_path: Path) -> None:
    if (make(tmp_path, "A/1.jpg") / "a").exists():
        pytest.skip("this file system does not tell them apart")
    assert read_source(make(tmp_path, "a/2.jpg")).classes == ["A", "a"]


def test_a_split_without_some_class_keeps_the_indices(tmp_path: Path) -> None:
    source = read_source(make(tmp_path, "train/a/1.jpg", "train/b/2.jpg", "val/b/3.jpg", "test/b/4.jpg"))
    assert source.classes == ["a", "b"]
    assert [sample.label for split in ("val", "test") for sample in source.splits[split]] == [1, 1]


def test_a_trained_model_gives_the_indices(tmp_path: Path) -> None:
    source = read_source(make(tmp_path, "b/1.jpg", "c/2.jpg"), classes=["c", "a", "b"])
    assert source.classes == ["c", "a", "b"]
    assert [sample.label for sample in source.splits["all"]] == [2, 0]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["1.jpg", "2.jpg"], "expected a folder of images for each of two or more classes.*found 2 .jpg"),
        (["cat/1.jpg"], "found 1 folder"),
        (["cat/1.txt", "dog/1.txt"], "found 2 folders"),
        (["train/a/1.jpg", "train/b/2.jpg", "val/c/3.jpg"], "no images of c"),
        (["train/a/1.jpg"], "single class a"),
        (["val/1.jpg", "test/1.jpg"], "found 2 folders"),
        (["train/a/1.jpg", "val/a/1.jpg", "valid/a/1.jpg"], "both named like the split val"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_found(files: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        read_source(make(tmp_path, *files))


def test_an_unknown_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no known class: expected one of a, b"):
        read_source(make(tmp_path, "a/1.jpg", "z/2.jpg"), classes=["a", "b"])


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not an existing folder"):
        find_format(tmp_path / "nowhere")
