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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "Expecting value"),
        ("[]", "list indices"),
        ('{"a": 1}', "there is no 'categories'"),
        ('{"categories": [], "images": [], "annotations": [{"image_id": 5}]}', "there is no"),
        ('{"categories": [], "images": [{"id": 5}], "annotations": [{"image_id": 5, "bbox": [1, 2, 3]}]}', "not enough values"),
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
    with pytest.raises(UserError, match=r"val\.json has the categories cat, bird, but another file has cat, dog"):
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
    with pytest.raises(UserError, match=r"train\.json lists the image 1\.jpg, which is in none of"):
        coco.read(tmp_path)
    touch(tmp_path, "1.jpg")
    with pytest.raises(UserError, match=r"2\.jpg, which does not exist \(1 such images\)"):
        coco.read(tmp_path)
