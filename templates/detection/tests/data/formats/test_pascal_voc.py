from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import pascal_voc

OBJECT = (
    "<object><name>{}</name><difficult>{}</difficult>"
    "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)
CAT = ("cat", 0, 1, 1, 9, 9)


def voc(
    root: Path, objects: dict[str, list[tuple[str, int, float, float, float, float]]], folders: str = "Annotations JPEGImages"
) -> Path:
    """Objects are (class, difficult, four corners), by the name of the image."""
    annotations, images = (root / folder for folder in folders.split())
    annotations.mkdir(parents=True)
    images.mkdir()
    for stem, found in objects.items():
        (images / f"{stem}.jpg").touch()
        text = "".join(OBJECT.format(*values) for values in found)
        size = "<size><width>90</width><height>60</height></size>"
        (annotations / f"{stem}.xml").write_text(f"<annotation>{size}{text}</annotation>")
    return root


def lists(root: Path, **names: str) -> None:
    folder = root / "ImageSets" / "Main"
    folder.mkdir(parents=True)
    for split, text in names.items():
        (folder / f"{split}.txt").write_text(text)


def found(root: Path) -> dict[str, list[str]]:
    splits = pascal_voc.read(root).splits
    return {split: [annotation.image.stem for annotation in annotations] for split, annotations in splits.items()}


@pytest.mark.parametrize("folders", ["Annotations JPEGImages", "annotations images"])
def test_objects_are_as_in_the_file(folders: str, tmp_path: Path) -> None:
    voc(tmp_path, {"1": [("dog", 0, 1, 2, 3.5, 4), ("cat", 1, 5, 6, 7, 8)], "2": []}, folders)
    assert pascal_voc.matches(tmp_path)
    source = pascal_voc.read(tmp_path)
    assert source.classes == ["cat", "dog"]
    first, second = source.splits["all"]
    assert first.image.name == "1.jpg"
    assert first.objects == (Object("dog", (1, 2, 3.5, 4), False, 5), Object("cat", (5, 6, 7, 8), True, 4))
    assert first.size == (90, 60)
    assert second.objects == ()


def test_lists_give_the_splits(tmp_path: Path) -> None:
    voc(tmp_path, {name: [CAT] for name in ("a", "b", "c", "d")})
    lists(tmp_path, train="a\nb\n", val="c\n", test="d\n\n", trainval="a\nb\nc\n", cat_train="a  1\nb -1\n")
    assert found(tmp_path) == {"train": ["a", "b"], "val": ["c"], "test": ["d"]}


def test_trainval_trains_where_there_is_no_train(tmp_path: Path) -> None:
    voc(tmp_path, {name: [CAT] for name in ("a", "b")})
    lists(tmp_path, trainval="a\n", test="b\n")
    assert found(tmp_path) == {"train": ["a"], "test": ["b"]}


def test_lists_without_training_images_give_no_splits(tmp_path: Path) -> None:
    voc(tmp_path, {name: [CAT] for name in ("a", "b")})
    lists(tmp_path, val="a\n")
    assert found(tmp_path) == {"all": ["a", "b"]}


def test_annotations_need_their_images_beside_them(tmp_path: Path) -> None:
    root = voc(tmp_path, {})
    assert not pascal_voc.matches(root)
    (root / "Annotations" / "1.xml").touch()
    assert pascal_voc.matches(root)
    (root / "JPEGImages").rmdir()
    assert not pascal_voc.matches(root)


@pytest.mark.parametrize(
    "text", ["no XML", "<annotation><object><name>cat</name></object></annotation>", "<annotation><object/></annotation>"]
)
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT]})
    (tmp_path / "Annotations" / "1.xml").write_text(text)
    with pytest.raises(UserError, match=r"1\.xml is no Pascal VOC annotation"):
        pascal_voc.read(tmp_path)


def test_a_file_without_its_partner_is_named(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT], "2": [CAT]})
    lists(tmp_path, train="1\n3\n")
    with pytest.raises(UserError, match=r"train\.txt names 3, which has no annotation"):
        pascal_voc.read(tmp_path)
    (tmp_path / "JPEGImages" / "1.jpg").unlink()
    with pytest.raises(UserError, match=r"1\.xml has no image"):
        pascal_voc.read(tmp_path)
