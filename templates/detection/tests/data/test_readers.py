import json
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.readers import find_format, read_source

OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"


def touch(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


def voc(
    root: Path, objects: dict[str, list[tuple[str, int, int, int, int]]], folders: tuple[str, str] = ("Annotations", "JPEGImages")
) -> Path:
    for stem, found in objects.items():
        touch(root, f"{folders[1]}/{stem}.jpg", f"{folders[0]}/{stem}.xml")
        text = "".join(OBJECT.format(*values) for values in found)
        (root / folders[0] / f"{stem}.xml").write_text(f"<annotation>{text}</annotation>")
    return root


def coco(
    file: Path, images: list[str], boxes: list[tuple[int, int, list[float]]], names: tuple[str, ...] = ("cat", "dog"), **more: int
) -> None:
    """`boxes` are (number of the image, category id from 1, xywh)."""
    content = {
        "images": [{"id": 10 + number, "file_name": name} for number, name in enumerate(images)],
        "annotations": [
            {"id": n, "image_id": 10 + i, "category_id": c, "bbox": box, **more} for n, (i, c, box) in enumerate(boxes)
        ],
        "categories": [{"id": number + 1, "name": name} for number, name in reversed(list(enumerate(names)))],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize("folders", [("Annotations", "JPEGImages"), ("annotations", "images")])
def test_pascal_voc_gives_boxes_and_indices_from_zero(folders: tuple[str, str], tmp_path: Path) -> None:
    source = read_source(voc(tmp_path, {"1": [("dog", 1, 2, 3, 4), ("cat", 5, 6, 7, 8)], "2": []}, folders))
    first, second = source.splits["all"]
    assert source.classes == ["cat", "dog"]
    assert (first.image.name, first.boxes, first.labels) == ("1.jpg", ((1, 2, 3, 4), (5, 6, 7, 8)), (1, 0))
    assert (second.boxes, second.labels, second.stratum) == ((), (), -1)


def test_pascal_voc_lists_give_the_splits(tmp_path: Path) -> None:
    voc(tmp_path, {name: [("cat", 1, 1, 9, 9)] for name in ("a", "b", "c", "d")})
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    for split, names in {
        "train": "a\nb\n",
        "val": "c\n",
        "test": "d\n",
        "trainval": "a\nb\nc\n",
        "cat_train": "a  1\nb -1\n",
    }.items():
        (tmp_path / "ImageSets" / "Main" / f"{split}.txt").write_text(names)
    splits = read_source(tmp_path).splits
    assert {split: [sample.image.stem for sample in samples] for split, samples in splits.items()} == {
        "train": ["a", "b"],
        "val": ["c"],
        "test": ["d"],
    }


def test_pascal_voc_trains_on_trainval_where_there_is_no_train(tmp_path: Path) -> None:
    voc(tmp_path, {name: [("cat", 1, 1, 9, 9)] for name in ("a", "b")})
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "trainval.txt").write_text("a\n")
    (tmp_path / "ImageSets" / "Main" / "test.txt").write_text("b\n")
    splits = read_source(tmp_path).splits
    assert {split: samples[0].image.stem for split, samples in splits.items()} == {"train": "a", "test": "b"}


def test_coco_captions_beside_the_boxes_are_left_alone(tmp_path: Path) -> None:
    touch(tmp_path, "train2017/1.jpg", "annotations/captions_train2017.json")
    coco(tmp_path / "annotations" / "instances_train2017.json", ["1.jpg"], [(0, 1, [1, 1, 5, 5])])
    assert read_source(tmp_path).splits["train"][0].boxes == ((1, 1, 6, 6),)


def test_coco_boxes_become_corners_and_categories_indices_by_their_id(tmp_path: Path) -> None:
    touch(tmp_path, "images/x.jpg", "images/y.jpg")
    coco(tmp_path / "annotations.json", ["x.jpg", "y.jpg"], [(0, 2, [10, 20, 5, 6]), (0, 1, [0, 0, 1.5, 1])])
    source = read_source(tmp_path)
    assert source.classes == ["cat", "dog"]
    assert source.splits["all"][0].boxes == ((10, 20, 15, 26), (0, 0, 1.5, 1))
    assert source.splits["all"][0].labels == (1, 0)
    assert source.splits["all"][1].labels == ()


@pytest.mark.parametrize(
    ("files", "images"),
    [
        (["annotations/instances_train2017.json", "annotations/instances_val2017.json"], ["train2017/1.jpg", "val2017/1.jpg"]),
        (["train/_annotations.coco.json", "valid/_annotations.coco.json"], ["train/1.jpg", "valid/1.jpg"]),
        (["train.json", "val.json"], ["images/train/1.jpg", "images/val/1.jpg"]),
    ],
)
def test_common_layouts_of_coco_give_their_splits(files: list[str], images: list[str], tmp_path: Path) -> None:
    touch(tmp_path, *images)
    for file in files:
        coco(tmp_path / file, ["1.jpg"], [(0, 1, [1, 1, 5, 5])])
    splits = read_source(tmp_path).splits
    assert {split: samples[0].image for split, samples in splits.items()} == {
        "train": tmp_path / images[0],
        "val": tmp_path / images[1],
    }


def test_crowds_and_boxes_without_area_are_no_objects(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    coco(tmp_path / "train.json", ["1.jpg"], [(0, 1, [1, 1, 0, 5]), (0, 1, [1, 1, 5, 5])])
    source = read_source(tmp_path)
    assert source.splits["train"][0].boxes == ((1, 1, 6, 6),)
    assert source.notes == ["1 boxes without area were left out"]
    coco(tmp_path / "val.json", ["1.jpg"], [(0, 1, [1, 1, 5, 5])], iscrowd=1)
    assert read_source(tmp_path).splits["val"][0].boxes == ()


def test_the_stratum_is_the_rarest_class_of_an_image(tmp_path: Path) -> None:
    objects = {"1": [("cat", 1, 1, 9, 9), ("dog", 1, 1, 9, 9)], "2": [("cat", 1, 1, 9, 9)], "3": [("cat", 1, 1, 9, 9)]}
    assert [sample.stratum for sample in read_source(voc(tmp_path, objects)).splits["all"]] == [1, 0, 0]


def test_a_trained_model_gives_the_indices(tmp_path: Path) -> None:
    voc(tmp_path, {"1": [("dog", 1, 2, 3, 4)]})
    assert read_source(tmp_path, classes=["bird", "dog"]).splits["all"][0].labels == (1,)
    with pytest.raises(UserError, match="of the class dog: expected one of bird"):
        read_source(tmp_path, classes=["bird"])


def test_what_cannot_be_read_is_refused_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"expected Pascal VOC.*or COCO.*found 1 \.jpg"):
        find_format(touch(tmp_path / "flat", "1.jpg"))
    with pytest.raises(UserError, match="not an existing folder"):
        find_format(tmp_path / "nowhere")

    broken = voc(tmp_path / "broken", {"1": [("cat", 1, 1, 9, 9)]})
    (broken / "Annotations" / "1.xml").write_text("<annotation><object><name>cat</name></object></annotation>")
    with pytest.raises(UserError, match=r"1\.xml is no Pascal VOC annotation"):
        read_source(broken)

    orphan = voc(tmp_path / "orphan", {"1": [("cat", 1, 1, 9, 9)]})
    (orphan / "JPEGImages" / "1.jpg").unlink()
    with pytest.raises(UserError, match=r"1\.xml has no image"):
        read_source(orphan)

    coco(tmp_path / "lost" / "train.json", ["1.jpg"], [])
    with pytest.raises(UserError, match=r"train\.json lists the image 1\.jpg, which is in none of"):
        read_source(tmp_path / "lost")

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "train.json").write_text('{"a": 1}')
    with pytest.raises(UserError, match=r"train\.json is no COCO file of boxes \(there is no 'categories'\)"):
        read_source(tmp_path / "other")
