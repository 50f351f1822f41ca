import json
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import coco


def touch(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def write(file: Path, images: list[str], *objects: tuple[int, int, list[float], dict[str, Any]], names: str = "cat dog") -> None:
    """Objects are (number of the image, category id from 1, xywh, more)."""
    content = {
        "images": [{"id": 10 + number, "file_name": name} for number, name in enumerate(images)],
        "annotations": [
            {"id": n, "image_id": 10 + image, "category_id": category, "bbox": box, **more}
            for n, (image, category, box, more) in enumerate(objects)
        ],
        "categories": [{"id": number + 1, "name": name} for number, name in reversed(list(enumerate(names.split())))],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def test_boxes_become_corners_and_categories_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    touch(tmp_path, "images/x.jpg", "images/y.jpg")
    write(tmp_path / "annotations.json", ["x.jpg", "y.jpg"], (0, 2, [10, 20, 5, 6], {}), (0, 1, [0, 0, 1.5, 1], {}))
    source = coco.read(tmp_path)
    assert source.classes == ["cat", "dog"]
    first, second = source.splits["all"]
    assert first.objects == (Object("dog", (10, 20, 15, 26), False, 30), Object("cat", (0, 0, 1.5, 1), False, 1.5))
    assert (second.image, second.objects) == (tmp_path / "images" / "y.jpg", ())


def test_crowds_areas_and_boxes_of_any_shape_are_kept_as_they_are(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    objects: list[list[float]] = [[1, 1, 5, 5], [-4, 2, 0, 9], [1000, 2, 3, 4]]
    more: list[dict[str, Any]] = [{"iscrowd": 1, "area": 7.5}, {"iscrowd": 0, "area": 0}, {}]
    write(tmp_path / "train.json", ["1.jpg"], *[(0, 1, box, extra) for box, extra in zip(objects, more, strict=True)])
    (annotation,) = coco.read(tmp_path).splits["train"]
    assert [thing.box for thing in annotation.objects] == [(1, 1, 6, 6), (-4, 2, -4, 11), (1000, 2, 1003, 6)]
    assert [thing.crowd for thing in annotation.objects] == [True, False, False]
    assert [thing.area for thing in annotation.objects] == [7.5, 0, 12]


def test_the_size_of_an_image_is_read_where_it_is_given(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg")
    write(tmp_path / "train.json", ["1.jpg", "2.jpg"])
    content = json.loads((tmp_path / "train.json").read_text())
    content["images"][0] |= {"width": 640, "height": 480}
    (tmp_path / "train.json").write_text(json.dumps(content))
    assert [annotation.size for annotation in coco.read(tmp_path).splits["train"]] == [(640, 480), None]


def test_captions_beside_the_boxes_are_left_alone(tmp_path: Path) -> None:
    touch(tmp_path, "train2017/1.jpg", "annotations/captions_train2017.json")
    write(tmp_path / "annotations" / "instances_train2017.json", ["1.jpg"], (0, 1, [1, 1, 5, 5], {}))
    assert len(coco.read(tmp_path).splits["train"]) == 1


@pytest.mark.parametrize(
    ("files", "images"),
    [
        (["annotations/instances_train2017.json", "annotations/instances_val2017.json"], ["train2017/1.jpg", "val2017/1.jpg"]),
        (["train/_annotations.coco.json", "valid/_annotations.coco.json"], ["train/1.jpg", "valid/1.jpg"]),
        (["train.json", "val.json"], ["images/train/1.jpg", "images/val/1.jpg"]),
        (["labels/v1/train.json", "labels/v1/val.json"], ["data/train/1.jpg", "data/val/1.jpg"]),
    ],
)
def test_common_layouts_give_their_splits(files: list[str], images: list[str], tmp_path: Path) -> None:
    touch(tmp_path, *images)
    for file in files:
        write(tmp_path / file, ["1.jpg"], (0, 1, [1, 1, 5, 5], {}))
    assert coco.matches(tmp_path)
    assert {split: annotations[0].image for split, annotations in coco.read(tmp_path).splits.items()} == {
        "train": tmp_path / images[0],
        "val": tmp_path / images[1],
    }


def test_a_folder_without_json_is_another_format(tmp_path: Path) -> None:
    assert not coco.matches(touch(tmp_path, "images/1.jpg", "annotations/1.xml", ".hidden.json"))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "predictions.json").write_text("[]")
    assert not coco.matches(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "Expecting value"),
        ("[]", "it is a list, without images, .*; export it as COCO"),
        ('{"a": 1}', "there is no 'categories'"),
        ('{"categories": [], "images": [], "annotations": [{"id": 7, "image_id": 5}]}', "annotation 7 names the image 5"),
        ('{"categories": [], "images": [{"id": 5}], "annotations": []}', "there is no 'file_name'"),
        ('{"categories": {"a": 1}, "images": [], "annotations": []}', "string indices"),
        ('{"categories": [], "images": [[]], "annotations": []}', "list indices"),
        (
            '{"categories": [], "images": [{"id": null, "file_name": "1.jpg"}], "annotations": []}',
            "None is neither number nor text",
        ),
        ("[" * 100_000, "recursion|nesting|depth"),
    ],
)
def test_a_broken_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(text)
    with pytest.raises(UserError, match=rf"train\.json is no COCO file of boxes \(.*{words}"):
        coco.read(tmp_path)


def test_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    write(tmp_path / "train.json", ["1.jpg"])
    write(tmp_path / "val.json", ["1.jpg"], names="cat bird")
    with pytest.raises(UserError, match=r"val\.json has the categories cat, bird, but another file has cat, dog.*; list the same"):
        coco.read(tmp_path)
    (tmp_path / "val.json").rename(tmp_path / "all.json")
    write(tmp_path / "all.json", ["1.jpg"])
    with pytest.raises(UserError, match="with and without a split"):
        coco.read(tmp_path)
    (tmp_path / "all.json").rename(tmp_path / "training.json")
    with pytest.raises(UserError, match=r"several COCO files of the split train, training\.json among them"):
        coco.read(tmp_path)


def test_images_that_are_missing_are_named(tmp_path: Path) -> None:
    write(tmp_path / "train.json", [])
    with pytest.raises(UserError, match="lists no images"):
        coco.read(tmp_path)
    write(tmp_path / "train.json", ["1.jpg", "2.jpg"])
    touch(tmp_path, "1.jpg")
    with pytest.raises(UserError, match=r"train\.json lists '2\.jpg', which is no image in .* \(1 such\)"):
        coco.read(tmp_path)


def change(file: Path, *replacements: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_ids_are_the_same_as_numbers_and_as_text(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg")
    write(tmp_path / "train.json", ["1.jpg", "2.jpg"], (0, 1, [1, 1, 5, 5], {}), (1, 2, [1, 1, 5, 5], {}))
    change(tmp_path / "train.json", ('"image_id": 10', '"image_id": "10"'), ('"category_id": 2', '"category_id": 2.0'))
    annotations = coco.read(tmp_path).splits["train"]
    assert [thing.name for annotation in annotations for thing in annotation.objects] == ["cat", "dog"]


def test_categories_are_in_the_order_of_numbers_not_of_letters(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    names = "a b c d e f g h i j k"
    write(tmp_path / "train.json", ["1.jpg"], (0, 1, [1, 1, 5, 5], {}), names=names)
    assert coco.read(tmp_path).classes == names.split()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_may_begin_with_a_byte_order_mark(encoding: str, tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    write(tmp_path / "train.json", ["1.jpg"], (0, 1, [1, 1, 5, 5], {}))
    (tmp_path / "train.json").write_text((tmp_path / "train.json").read_text(), encoding=encoding)
    assert coco.matches(tmp_path)
    assert len(coco.read(tmp_path).splits["train"]) == 1


def test_an_id_of_two_images_or_categories_is_refused_and_so_are_two_ids_of_an_image(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg")
    file = tmp_path / "train.json"
    write(file, ["1.jpg", "2.jpg"])
    change(file, ('"id": 11', '"id": "10"'))
    with pytest.raises(UserError, match=r"train\.json gives the id 10 to both 1\.jpg and 2\.jpg"):
        coco.read(tmp_path)
    write(file, ["1.jpg", "1.jpg"])
    with pytest.raises(UserError, match=r"1\.jpg twice"):
        coco.read(tmp_path)
    write(file, ["1.jpg"])
    change(file, ('"id": 2', '"id": 1'))
    with pytest.raises(UserError, match="gives the id 1 to both dog and cat"):
        coco.read(tmp_path)


def test_a_category_that_only_groups_others_is_no_class(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        touch(tmp_path, f"{split}/{split}.jpg")
        file = tmp_path / split / "_annotations.coco.json"
        write(file, [f"{split}.jpg"], (0, 2 if split == "train" else 3, [1, 1, 5, 5], {}), names="pet pet dog")
        change(file, ('"name": "dog"', '"name": "dog", "supercategory": "pet"'))
    source = coco.read(tmp_path)
    assert source.classes == ["pet", "dog"]
    assert "only group others, without an object: pet" in source.notes[0]


def test_a_group_with_an_object_in_any_file_stays_a_class(tmp_path: Path) -> None:
    for split, category in (("train", 2), ("valid", 1)):
        touch(tmp_path, f"{split}/{split}.jpg")
        write(tmp_path / split / "a.json", [f"{split}.jpg"], (0, category, [1, 1, 5, 5], {}), names="pet dog")
        change(tmp_path / split / "a.json", ('"name": "dog"', '"name": "dog", "supercategory": "pet"'))
    assert (coco.read(tmp_path).classes, coco.read(tmp_path).notes) == (["pet", "dog"], [])


def test_json_of_another_kind_is_left_out_and_said(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg")
    write(tmp_path / "annotations.json", ["1.jpg"], (0, 1, [1, 1, 5, 5], {}))
    (tmp_path / "info.json").write_text('{"made_by": "me"}')
    (tmp_path / "results.json").write_text("[]")
    source = coco.read(tmp_path)
    assert len(source.splits["all"]) == 1
    assert [note.split(",")[0] for note in source.notes] == ["JSON files that are no COCO: 2", "images without annotation: 1"]


def test_outlines_stand_in_for_boxes(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    outlines = [[[2, 3, 9, 3, 9, 8.5]], {"size": [10, 20], "counts": [12, 3, 185]}]
    objects = [(0, 1, [], {"segmentation": outline, "area": 3}) for outline in outlines]
    write(tmp_path / "train.json", ["1.jpg"], *objects)
    (annotation,) = coco.read(tmp_path).splits["train"]
    assert [thing.box for thing in annotation.objects] == [(2, 3, 9, 8.5), (1, 2, 2, 5)]
    write(tmp_path / "train.json", ["1.jpg"], (0, 1, [], {}))
    with pytest.raises(UserError, match="annotation 0 has neither bbox nor segmentation"):
        coco.read(tmp_path)


def test_outlines_stand_in_for_boxes_without_area_and_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    outline: dict[str, Any] = {"segmentation": [[2, 3, 9, 3, 9, 8.5]]}
    boxes: list[list[float]] = [[0, 0, 0, 0], [2, 3, -7, 4], [1, 1, 5, 5]]
    objects = [(0, 1, box, outline) for box in boxes]
    write(tmp_path / "train.json", ["1.jpg"], *objects, (0, 1, [0, 0, 0, 0], {"segmentation": [[]]}))
    source = coco.read(tmp_path)
    (annotation,) = source.splits["train"]
    assert [thing.box for thing in annotation.objects] == [(2, 3, 9, 8.5), (2, 3, 9, 8.5), (1, 1, 6, 6), (0, 0, 0, 0)]
    assert source.notes == ["boxes of no width or height beside an outline: 2; the boxes around the outlines are taken"]


def test_key_points_without_a_box_are_left_out_and_counted(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    points = {"keypoints": [2, 3, 2, 9, 8, 2], "num_keypoints": 2}
    boxes: list[list[float]] = [[], [2, 3, 0, 0], [1, 1, 5, 5]]
    write(tmp_path / "train.json", ["1.jpg"], *[(0, 1, box, points) for box in boxes])
    source = coco.read(tmp_path)
    assert [thing.box for thing in source.splits["train"][0].objects] == [(1, 1, 6, 6)]
    assert source.notes == ["key points without a box: 2; they are left out"]


def test_the_address_of_an_image_stands_in_for_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "train2017/1.jpg")
    write(tmp_path / "lvis_v1_train.json", ["1.jpg"], (0, 1, [1, 1, 5, 5], {}))
    change(tmp_path / "lvis_v1_train.json", ('"file_name": "', '"coco_url": "http://images.cocodataset.org/train2017/'))
    (annotation,) = coco.read(tmp_path).splits["train"]
    assert annotation.image == tmp_path / "train2017" / "1.jpg"


def test_an_object_of_no_category_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    write(tmp_path / "train.json", ["1.jpg"], (0, 3, [1, 1, 5, 5], {}))
    with pytest.raises(UserError, match=r"train\.json .*the annotation 0 names the category 3, which is not listed"):
        coco.read(tmp_path)


@pytest.mark.parametrize(
    "box",
    [
        "[1, 2, 3]",
        "[1, 2, 3, 4, 5]",
        '"box"',
        '["a", 2, 3, 4]',
        "[[1], 2, 3, 4]",
        "[1, 2, 3, 1" + 400 * "0" + "]",
        "{}",
        "7",
        '[], "segmentation": {"size": [0, 9], "counts": [1, 2]}',
    ],
)
def test_what_is_no_box_is_refused(box: str, tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    write(tmp_path / "train.json", ["1.jpg"], (0, 1, [0.125], {}))
    change(tmp_path / "train.json", ("[0.125]", box))
    with pytest.raises(UserError, match=r"train\.json is no COCO file of boxes"):
        coco.read(tmp_path)


def test_text_that_says_no_crowd_is_none(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    write(tmp_path / "train.json", ["1.jpg"], *[(0, 1, [1.0, 1.0, 5.0, 5.0], {"iscrowd": crowd}) for crowd in ("0", "1", None)])
    (annotation,) = coco.read(tmp_path).splits["train"]
    assert [thing.crowd for thing in annotation.objects] == [False, True, False]


def test_the_folders_of_images_give_the_splits_where_one_file_is_of_all(tmp_path: Path) -> None:
    images = ["train/1.jpg", "train/2.jpg", "valid/3.jpg"]
    touch(tmp_path, *images)
    write(tmp_path / "annotations.json", images, (0, 1, [1, 1, 5, 5], {}))
    assert {split: len(its) for split, its in coco.read(tmp_path).splits.items()} == {"train": 2, "val": 1}
