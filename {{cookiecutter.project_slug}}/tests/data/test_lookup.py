from dataclasses import dataclass
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.lookup import Images, split_of_file


@dataclass(frozen=True)
class Annotated:
    image: Path


def images(root: Path, *names: str) -> Images:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return Images(root)


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("1.jpg", "images/1.jpg"),
        ("./images/1.jpg", "images/1.jpg"),
        ("images\\1.jpg", "images/1.jpg"),
        ("1.JPG", "images/1.jpg"),
        ("1", "images/1.jpg"),
        ("train/1.jpg", "images/1.jpg"),
        ("/data/upload/3/1.jpg", "images/1.jpg"),
        ("../../label-studio/data/media/upload/1/1.jpg", "images/1.jpg"),
        ("C:\\Users\\me\\1.jpg", "images/1.jpg"),
        ("https://example.org/upload/1.jpg", "images/1.jpg"),
        ("https://example.org/upload/gr%C3%B6%C3%9Fe.jpg?size=1", "images/gr\u00f6\u00dfe.jpg"),
        ("/data/local-files/?d=photos/1.jpg", "images/1.jpg"),
        ("cam2/2.jpg", "images/cam2/2.jpg"),
        ("photos/cam2/2.jpg", "images/cam2/2.jpg"),
        ("gr\u006f\u0308\u00dfe.jpg", "images/gr\u00f6\u00dfe.jpg"),
        ("1.png", None),
        ("cam3/2.jpg", None),
        ("", None),
    ],
)
def test_an_image_is_found_by_what_tools_call_it(name: str, image: str | None, tmp_path: Path) -> None:
    found = images(tmp_path, "images/1.jpg", "images/cam2/2.jpg", "images/gr\u00f6\u00dfe.jpg").named(name, tmp_path / "a.json")
    assert found == (tmp_path / image if image else None)


def test_of_several_images_the_nearest_is_meant(tmp_path: Path) -> None:
    here = images(tmp_path, "train/1.jpg", "valid/1.jpg", "thumbs/2.jpg", "images/2.jpg", "a/3.jpg", "b/3.jpg")
    assert here.named("1.jpg", tmp_path / "val.json", "val") == tmp_path / "valid" / "1.jpg"
    assert here.named("1.jpg", tmp_path / "train" / "a.json") == tmp_path / "train" / "1.jpg"
    assert images(tmp_path, "test_images/4.jpg", "train_images/4.jpg").named("4", tmp_path / "a.csv", "train") == (
        tmp_path / "train_images" / "4.jpg"
    )
    assert here.named("2.jpg", tmp_path / "a.json") == tmp_path / "images" / "2.jpg"
    assert here.named("3.jpg", tmp_path / "b" / "lists" / "train.txt") == tmp_path / "b" / "3.jpg"
    assert here.named("b/3.jpg", tmp_path / "a.json") == tmp_path / "b" / "3.jpg"
    with pytest.raises(UserError, match=r"a\.json lists the image '3\.jpg', which may be .*write its folder"):
        here.named("3.jpg", tmp_path / "a.json")


def test_nothing_outside_of_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").touch()
    root = tmp_path / "photos"
    here = images(root, "images/1.jpg", "annotations/a.json")
    assert here.named("../images/1.jpg", root / "annotations" / "a.json") == root / "images" / "1.jpg"
    assert here.named(str(tmp_path / "secret.jpg"), root / "a.json") is None
    for name in ("../secret.jpg", "images/../../secret.jpg", "..\\1.jpg"):
        with pytest.raises(UserError, match="leads outside of"):
            here.named(name, root / "a.json")


def test_the_partner_of_a_file_lies_at_the_same_place(tmp_path: Path) -> None:
    here = images(tmp_path, "images/train/1.jpg", "images/val/1.jpg", "images/train/cam2/2.jpg", "3.png", "3.jpg", "4.a.jpg")
    assert here.partner(tmp_path / "labels" / "train" / "1.txt") == tmp_path / "images" / "train" / "1.jpg"
    assert here.partner(tmp_path / "val" / "labels" / "1.txt") == tmp_path / "images" / "val" / "1.jpg"
    assert here.partner(tmp_path / "labels" / "train" / "2.txt") == tmp_path / "images" / "train" / "cam2" / "2.jpg"
    assert here.partner(tmp_path / "labels" / "val" / "2.txt") is None
    assert here.partner(tmp_path / "4.a.xml") == tmp_path / "4.a.jpg"
    assert here.partner(tmp_path / "4.a.jpg.json") == tmp_path / "4.a.jpg"
    with pytest.raises(UserError, match=r"3\.xml may be of .*3\.jpg or of .*3\.png"):
        here.partner(tmp_path / "3.xml")


def test_the_split_of_a_file_is_a_word_in_its_name_or_that_of_a_folder(tmp_path: Path) -> None:
    for file, split in {
        "instances_val2017": "val",
        "valid/a": "val",
        "train/testing": "test",
        "trainLabels": "train",
        "a": "all",
        "default": "all",
    }.items():
        assert split_of_file(tmp_path / f"{file}.json", tmp_path) == split


def test_images_beside_the_folders_of_splits_train_if_nothing_else_does(tmp_path: Path) -> None:
    def splits(*names: str) -> tuple[dict[str, int], int]:
        found, notes = images(tmp_path).by_split([Annotated(tmp_path / name) for name in names])
        return {split: len(members) for split, members in found.items()}, len(notes)

    assert splits("1.jpg", "more/2.jpg") == ({"all": 2}, 0)
    assert splits("val/1.jpg", "train/2.jpg") == ({"train": 1, "val": 1}, 0)
    assert splits("1.jpg", "test/2.jpg") == ({"train": 1, "test": 1}, 0)
    assert splits("1.jpg", "train/2.jpg") == ({"train": 1}, 1)


@pytest.mark.parametrize("name", ["5", "5.0", "005", "00005.jpg"])
def test_an_image_is_found_by_the_number_that_a_spreadsheet_made_of_its_name(name: str, tmp_path: Path) -> None:
    here = images(tmp_path, "a/00005.jpg", "a/00015.jpg", "a/5th.jpg")
    assert here.named(name, tmp_path / "labels.csv") == tmp_path / "a" / "00005.jpg"
    assert here.named("6", tmp_path / "labels.csv") is None


def test_a_number_that_may_be_that_of_several_images_is_that_of_none(tmp_path: Path) -> None:
    here = images(tmp_path, "a/05.jpg", "a/005.jpg", "a/7.jpg", "a/07.jpg")
    assert here.named("5", tmp_path / "labels.csv") is None
    assert here.named("7", tmp_path / "labels.csv") == tmp_path / "a" / "7.jpg"


def test_names_may_begin_as_those_of_uploads_to_label_studio(tmp_path: Path) -> None:
    here = images(tmp_path, "a/1.jpg", "a/a1b2c3d4-2.jpg", "a/2.jpg")
    file = tmp_path / "tasks.json"
    assert here.named("/data/upload/3/a1b2c3d4-1.jpg", file) == tmp_path / "a" / "1.jpg"
    assert here.named("/data/upload/3/a1b2c3d4-2.jpg", file) == tmp_path / "a" / "a1b2c3d4-2.jpg"


def test_folders_below_the_root_may_have_a_split_among_the_words_of_their_names(tmp_path: Path) -> None:
    def splits(*names: str) -> list[str]:
        return list(images(tmp_path).by_split([Annotated(tmp_path / name) for name in names])[0])

    assert splits("WIDER_train/a/1.jpg", "WIDER_val/a/1.jpg") == ["train", "val"]
    assert splits("day_train/1.jpg", "night_train/1.jpg") == ["all"]
    assert splits("day_train/1.jpg", "other/1.jpg") == ["all"]
    assert splits("my_test/1.jpg", "my_val/1.jpg") == ["all"]


def test_images_of_which_nothing_is_known_are_said_where_others_are_known(tmp_path: Path) -> None:
    here = images(tmp_path, "a/1.jpg", "a/2.jpg", "b/3.jpg")
    assert here.left_out(here.paths) == []
    (said,) = here.left_out([tmp_path / "a" / "1.jpg"])
    assert f"images without annotation: 1, as {tmp_path / 'a' / '2.jpg'}" in said
