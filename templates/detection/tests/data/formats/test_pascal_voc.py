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


@pytest.mark.parametrize("place", ["ImageSets/Main", "ImageSets", "."])
def test_lists_are_found_in_folders_below(place: str, tmp_path: Path) -> None:
    for year in ("VOC2007", "VOC2012"):
        root = voc(tmp_path / "VOCdevkit" / year, {"1": [CAT], "2": [CAT]})
        (root / place).mkdir(parents=True, exist_ok=True)
        for split, name in {"train": "1", "val": "2"}.items():
            (root / place / f"{split}.txt").write_text(name)
    assert found(tmp_path) == {"train": ["1", "1"], "val": ["2", "2"]}
    images = [annotation.image for annotation in pascal_voc.read(tmp_path).splits["train"]]
    assert [image.parts[-3] for image in images] == ["VOC2007", "VOC2012"]


@pytest.mark.parametrize("listed", ["3\n4\n", ""])
def test_a_list_of_images_that_have_no_annotation_is_left_out_and_said(listed: str, tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT], "2": [CAT]})
    (tmp_path / "JPEGImages" / "3.jpg").touch()
    lists(tmp_path, train="1\n", val="2\n", test=listed)
    assert found(tmp_path) == {"train": ["1"], "val": ["2"]}
    assert f"names no image with an annotation ({len(listed) // 2} without)" in pascal_voc.read(tmp_path).notes[0]


def test_an_annotation_of_another_name_is_of_the_image_that_it_names(tmp_path: Path) -> None:
    voc(tmp_path, {"a": [CAT], "b": [CAT]})
    file = tmp_path / "Annotations" / "a.xml"
    file.write_text(file.read_text().replace("<size>", "<filename>IMG_1.JPG</filename><size>"))
    assert found(tmp_path) == {"all": ["a", "b"]}
    (tmp_path / "JPEGImages" / "a.jpg").rename(tmp_path / "JPEGImages" / "IMG_1.JPG")
    assert found(tmp_path) == {"all": ["IMG_1", "b"]}
    assert "another name than their image: 1, as" in pascal_voc.read(tmp_path).notes[0]


def test_annotations_lie_in_their_folder_or_beside_the_images(tmp_path: Path) -> None:
    root = voc(tmp_path, {})
    assert not pascal_voc.matches(root)
    (root / "Annotations" / "1.xml").touch()
    assert pascal_voc.matches(root)
    (root / "Annotations" / "1.xml").rename(root / "1.xml")
    assert not pascal_voc.matches(root)
    (root / "1.jpg").touch()
    assert pascal_voc.matches(root)


@pytest.mark.parametrize(
    ("annotation", "image", "split"),
    [
        ("1.xml", "1.jpg", "all"),
        ("valid/1.xml", "valid/1.jpg", "val"),
        ("train/Annotations/1.xml", "train/JPEGImages/1.jpg", "train"),
        ("Annotations/cam2/1.xml", "JPEGImages/cam2/1.png", "all"),
        ("Annotations/1.xml", "images/cam2/1.png", "all"),
    ],
)
def test_annotations_are_found_wherever_they_lie(annotation: str, image: str, split: str, tmp_path: Path) -> None:
    for name in (annotation, image):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / image).touch()
    (tmp_path / annotation).write_text(f"<annotation>{OBJECT.format(*CAT)}</annotation>")
    assert pascal_voc.matches(tmp_path)
    ((found_split, (only,)),) = pascal_voc.read(tmp_path).splits.items()
    assert (found_split, only.image, len(only.objects)) == (split, tmp_path / image, 1)


def test_images_without_annotation_and_annotations_in_no_list_are_left_out_and_said(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT], "2": [CAT]})
    lists(tmp_path, train="1\n")
    (tmp_path / "JPEGImages" / "3.jpg").touch()
    notes = pascal_voc.read(tmp_path).notes
    assert ["in none of the lists: 1, as" in note for note in notes] == [True, False]
    assert ["images without annotation: 1, as" in note for note in notes] == [False, True]


def test_lists_may_be_in_latin_1_and_names_may_have_blanks(tmp_path: Path) -> None:
    voc(tmp_path, {"größe 1": [CAT], "b": [CAT]})
    lists(tmp_path, train="")
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_bytes("größe 1\nb -1\n".encode("latin-1"))
    assert found(tmp_path) == {"train": ["größe 1", "b"]}


def test_declared_entities_are_refused(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT]})
    bomb = '<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>'
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "Annotations" / "1.xml").write_text(bomb, encoding=encoding)
        with pytest.raises(UserError, match=r"1\.xml declares entities"):
            pascal_voc.read(tmp_path)


def test_xml_of_another_kind_is_left_out_and_said_unless_there_is_no_other(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT]})
    (tmp_path / "settings.xml").write_text("<settings/>")
    assert "another kind: 1" in pascal_voc.read(tmp_path).notes[0]
    (tmp_path / "Annotations" / "1.xml").unlink()
    with pytest.raises(UserError, match=r"settings\.xml is no Pascal VOC annotation \(it begins with <settings>\)"):
        pascal_voc.read(tmp_path)


def test_two_annotations_of_an_image_are_refused(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT]})
    (tmp_path / "1.xml").write_text("<annotation/>")
    with pytest.raises(UserError, match=r"1\.jpg has several annotations"):
        pascal_voc.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no XML", "syntax error"),
        ("<annotation><object/></annotation>", "an object without a name"),
        ("<annotation><object><name>cat</name></object></annotation>", "an object without <bndbox><xmin>"),
        (
            "<annotation><object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin></bndbox></object></annotation>",
            "an object without <bndbox><xmax>",
        ),
        ("<annotation><object><name>cat</name><polygon><x1>1</x1></polygon></object></annotation>", "shorter"),
    ],
)
def test_a_broken_file_is_named(text: str, said: str, tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT]})
    (tmp_path / "Annotations" / "1.xml").write_text(text)
    with pytest.raises(UserError, match=rf"1\.xml is no Pascal VOC annotation \(.*{said}"):
        pascal_voc.read(tmp_path)


@pytest.mark.parametrize(
    "polygon",
    [
        "<x1>10</x1><y1>20</y1><x2>15</x2><y2>20</y2><x3>15</x3><y3>26</y3>",
        "<pt><x>10</x><y>20</y></pt><pt><x>15</x><y>26</y></pt><pt><x>12</x><y>26</y></pt>",
    ],
)
def test_a_polygon_without_a_box_becomes_that_around_it(polygon: str, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    text = f"<annotation><object><name>cat</name><polygon>{polygon}</polygon></object></annotation>"
    (tmp_path / "1.xml").write_text(text)
    assert [thing.box for thing in pascal_voc.read(tmp_path).splits["all"][0].objects] == [(10, 20, 15, 26)]


def test_a_file_without_its_partner_is_named(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [CAT], "2": [CAT]})
    lists(tmp_path, train="1\n3\n")
    with pytest.raises(UserError, match=r"train\.txt names 3, which has no annotation"):
        pascal_voc.read(tmp_path)
    (tmp_path / "JPEGImages" / "1.jpg").unlink()
    with pytest.raises(UserError, match=r"1\.xml has no image"):
        pascal_voc.read(tmp_path)


def test_annotations_may_have_no_suffix(tmp_path: Path) -> None:
    voc(tmp_path, {"n02085620_7": [CAT], "n02085620_8": [CAT]}, "Annotation Images")
    for file in (tmp_path / "Annotation").iterdir():
        file.rename(file.with_suffix(""))
    (tmp_path / "Annotation" / "README").write_text("Annotations of dogs")
    assert pascal_voc.matches(tmp_path)
    assert found(tmp_path) == {"all": ["n02085620_7", "n02085620_8"]}


def test_a_turned_box_becomes_the_box_around_it(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    turned = "<cx>30</cx><cy>20</cy><w>10</w><h>4</h><angle>1.5707963</angle>"
    (tmp_path / "1.xml").write_text(f"<annotation><object><name>cat</name><robndbox>{turned}</robndbox></object></annotation>")
    [annotation] = pascal_voc.read(tmp_path).splits["all"]
    assert annotation.objects[0].box == pytest.approx((28, 15, 32, 25), abs=1e-4)
