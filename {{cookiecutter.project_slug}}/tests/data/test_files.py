import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.files import (
    describe,
    find_files,
    find_images,
    names_among,
    only_folder,
    split_folders,
    split_in,
    unwrapped,
    visible_folders,
    words,
)


def touch(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_images_are_found_at_any_depth_and_in_any_case_but_not_in_hidden_places(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a/deep/1.png", "notes.txt", ".hidden/2.jpg", "a/.thumb.jpg")
    (tmp_path / "folder.png").mkdir()
    assert find_images(tmp_path) == [tmp_path / "a/deep/1.png", tmp_path / "b.JPG"]
    assert find_files(tmp_path) == [tmp_path / "a/deep/1.png", tmp_path / "b.JPG", tmp_path / "notes.txt"]


def test_images_below_a_hidden_folder_are_found_if_they_are_asked_for(tmp_path: Path) -> None:
    assert find_images(touch(tmp_path / ".cache", "1.jpg")) == [tmp_path / ".cache" / "1.jpg"]


def test_splits_are_known_by_their_common_names(tmp_path: Path) -> None:
    touch(tmp_path, "Training_set/1.jpg", "valid/1.jpg", "test/1.jpg", "others/1.jpg")
    assert {split: path.name for split, path in split_folders(tmp_path).items()} == {
        "train": "Training_set",
        "val": "valid",
        "test": "test",
    }


def test_splits_are_words_in_names() -> None:
    assert split_in(["images", "train2017"]) == "train"
    assert split_in(["trains", "contest"]) is None


def test_a_folder_whose_name_only_looks_like_that_of_a_program_is_the_users(tmp_path: Path) -> None:
    touch(tmp_path, "__proto__/1.jpg", "__init__/2.jpg", "__pycache__/3.jpg")
    assert visible_folders(tmp_path) == [tmp_path / "__init__", tmp_path / "__proto__"]


@pytest.mark.parametrize("junk", ["@eaDir/1.jpg/small.jpg", "__MACOSX/1.jpg", ".ipynb_checkpoints/1.jpg", "lost+found/1.jpg"])
def test_what_systems_leave_among_images_is_skipped(junk: str, tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", f"a/{junk}", junk, "Thumbs.db", "a/.DS_Store")
    assert find_files(tmp_path) == [tmp_path / "a/1.jpg"]
    assert visible_folders(tmp_path) == [tmp_path / "a"]
    assert describe(tmp_path) == "1 folder (a)"


def test_images_behind_links_are_found_and_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.jpg", "data/2.jpg")
    (tmp_path / "data" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "again").symlink_to(tmp_path / "data")
    assert find_images(tmp_path / "data") == [tmp_path / "data/2.jpg", tmp_path / "data/more/1.jpg"]


def test_a_folder_wraps_another_if_nothing_else_is_in_it(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "__MACOSX/2.jpg", "README.md", "._3.jpg")
    assert only_folder(tmp_path) == tmp_path / "a"
    assert only_folder(tmp_path / "a") is None
    assert only_folder(touch(tmp_path, "1.png")) is None
    (tmp_path / "1.png").unlink()
    assert only_folder(touch(tmp_path, "b/1.jpg")) is None


@pytest.mark.parametrize("split", ["train-2", "trainImages"])
def test_readme_files_and_licenses_are_wrapping_but_splits_and_what_tells_of_images_are_not(split: str, tmp_path: Path) -> None:
    touch(tmp_path, f"a/b/{split}/1.jpg", "a/README.dataset.txt", "LICENSE", "__MACOSX/a/._1.jpg", "a.zip")
    assert unwrapped(tmp_path) == tmp_path / "a" / "b"
    assert unwrapped(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    for file in ("classes.txt", "data.YAML", "labels.csv"):
        assert unwrapped(touch(tmp_path, f"a/{file}")) == tmp_path / "a"
        (tmp_path / "a" / file).unlink()


def test_two_folders_of_one_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="both named like the split val"):
        split_folders(touch(tmp_path, "val/1.jpg", "valid/1.jpg"))


def test_a_folder_is_described_by_what_lies_in_it(tmp_path: Path) -> None:
    assert describe(tmp_path) == "nothing"
    touch(tmp_path, *(f"{name}/1.jpg" for name in "abcdef"), "1.jpg", "2.jpg", "readme")
    assert describe(tmp_path) == "6 folders (a, b, c, d, e, …), 2 .jpg, 1 without suffix"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_in_another_encoding_is_refused_before_a_file_would_have_to_tell_of_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"caf\\udce9/1\.jpg' has a name that is no UTF-8: rename it"):
        find_files(touch(tmp_path, "caf\udce9/1.jpg"))


def test_rarer_names_of_splits_count_where_the_usual_one_is_not(tmp_path: Path) -> None:
    touch(tmp_path / "a", "training/1.jpg", "Validate/1.jpg", "evaluation/1.jpg")
    assert {split: path.name for split, path in split_folders(tmp_path / "a").items()} == {
        "train": "training",
        "val": "Validate",
        "test": "evaluation",
    }
    touch(tmp_path / "b", "train/1.jpg", "val/1.jpg", "dev/1.jpg")
    assert [path.name for path in split_folders(tmp_path / "b").values()] == ["train", "val"]


def test_short_names_of_splits_count_beside_that_of_the_training(tmp_path: Path) -> None:
    touch(tmp_path, "TR/1.jpg", "VA/1.jpg", "TE/1.jpg", "states/VA/1.jpg", "states/MD/1.jpg")
    assert list(split_folders(tmp_path)) == ["test", "train", "val"]
    assert not split_folders(tmp_path / "states")
    assert split_in(words("DUTS-TE"), names_among(["DUTS-TR", "DUTS-TE"])) == "test"
    assert split_in(words("DUTS-TE"), names_among(["DUTS-TE"])) is None
