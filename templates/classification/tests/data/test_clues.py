from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.clues import clue
from {{ cookiecutter.package_name }}.data.readers import read_source


def touch(root: Path, *names: str) -> Path:
    root.mkdir()
    for name in names:
        (root / f"{name}.jpg").touch()
    return root


@pytest.mark.parametrize("name", ["cat.{}", "Great_Pyrenees_{}", "n1-cat{}"])
def test_names_of_images_may_have_their_labels(name: str, tmp_path: Path) -> None:
    label = name.partition("{")[0].rstrip("._")
    touch(tmp_path / "test", "1", "2", "3")
    touch(tmp_path / "images", *(each.format(number) for each in (name, "zebra.{}") for number in (1, 2)))
    with pytest.raises(UserError, match=f"have their labels, as {label} in {name.format(1)}.jpg, move those of each label"):
        read_source(tmp_path)


@pytest.mark.parametrize("names", [["IMG_1", "IMG_2"], ["cat_1", "dog_1"], ["1", "2"], ["a_1", "a_2", "b_1", "b_2", "x", "y"], []])
def test_other_names_tell_nothing(names: list[str], tmp_path: Path) -> None:
    assert not clue(touch(tmp_path / "images", *names))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("devkit/cars_annos.mat", "", r"cars_annos\.mat is of MATLAB, and is not read: write a table with image,label"),
        ("ground_truth.txt", "1\n2\n", r"ground_truth\.txt has as many numbers as there are images, but not which is whose"),
        ("train.csv", "1.jpg,3,4,5\n2.jpg,3,4,6\n", r"train\.csv names images, but its first line has no names of columns"),
    ],
)
def test_a_file_that_has_labels_but_cannot_be_read_is_said(file: str, text: str, said: str, tmp_path: Path) -> None:
    touch(tmp_path / "images", "1", "2")
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(UserError, match=said):
        read_source(tmp_path)


def test_other_files_are_not_said(tmp_path: Path) -> None:
    touch(tmp_path / "images", "1", "2")
    (tmp_path / "notes.txt").write_text("7 photos\n")
    (tmp_path / "prices.csv").write_text("a,b,c\n1,2,3\n")
    assert not clue(tmp_path)
