import json
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import image_json

DOG = Object("dog", (10, 20, 15, 26), False, 30)
CORNERS = {"xmin": 10, "ymin": 20, "xmax": 15, "ymax": 26}
PERCENTS = {"x": 20, "y": 20, "width": 10, "height": 6, "rotation": 0, "rectanglelabels": ["dog"]}
OF_IMAGE = {"original_width": 50, "original_height": 100}


def write(root: Path, content: Any, *images: str, file: str = "annotations.json") -> Path:
    for name in (file, *images):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    lines = map(json.dumps, content) if file.endswith(("odgt", "jsonl")) else [json.dumps(content)]
    (root / file).write_text("\n".join(lines), encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("content", "file", "size"),
    [
        (
            [{"image": "1.jpg", "annotations": [{"label": "dog", "coordinates": {"x": 12.5, "y": 23, "width": 5, "height": 6}}]}],
            "_annotations.createml.json",
            None,
        ),
        (
            [{"name": "1.jpg", "labels": [{"category": "dog", "id": 7, "box2d": {"x1": 10, "y1": 20, "x2": 15, "y2": 26}}]}],
            "labels/det_20/bdd.json",
            None,
        ),
        ([{"ID": "1", "gtboxes": [{"tag": "dog", "vbox": [1, 1, 2, 2], "fbox": [10, 20, 5, 6]}]}], "annotation.odgt", None),
        ([{"file_name": "1.jpg", "objects": {"bbox": [[10, 20, 5, 6]], "categories": ["dog"]}}], "metadata.jsonl", None),
        (
            {"types": ["dog"], "imgs": {"1": {"path": "images/1.jpg", "id": 1, "objects": [{"bbox": CORNERS, "category": "dog"}]}}},
            "a.json",
            None,
        ),
        (
            {
                "dm_format_version": "1.0",
                "categories": {"label": {"labels": [{"name": "cat"}, {"name": "dog"}]}},
                "items": [
                    {
                        "id": "1",
                        "annotations": [{"label_id": 1, "bbox": [10, 20, 5, 6]}],
                        "image": {"path": "1.jpg", "size": [100, 50]},
                    }
                ],
            },
            "annotations/default.json",
            (50, 100),
        ),
        (
            {
                "size": {"height": 100, "width": 50},
                "objects": [{"classTitle": "dog", "points": {"exterior": [[10, 20], [15, 26]]}}],
            },
            "ann/1.jpg.json",
            (50, 100),
        ),
        (
            {
                "item": {"name": "1.jpg", "slots": [{"width": 50}]},
                "annotations": [{"name": "dog", "bounding_box": {"x": 10, "y": 20, "w": 5, "h": 6}}],
            },
            "releases/anything.json",
            None,
        ),
        (
            {
                "tags": [{"name": "dog"}],
                "assets": {
                    "a1": {
                        "asset": {"name": "1.jpg", "size": {"width": 50, "height": 100}},
                        "regions": [{"tags": ["dog"], "boundingBox": {"left": 10, "top": 20, "width": 5, "height": 6}}],
                    }
                },
            },
            "vott-export.json",
            (50, 100),
        ),
        ([{"image": "/data/upload/3/1.jpg", "id": 9, "label": [PERCENTS | OF_IMAGE]}], "min.json", None),
        (
            [
                {
                    "id": 9,
                    "data": {"image": "/data/local-files/?d=1.jpg"},
                    "annotations": [{"result": [{"value": PERCENTS, **OF_IMAGE}]}],
                },
                {"id": 10, "data": {"image": "not-done.jpg"}, "annotations": []},
            ],
            "tasks.json",
            None,
        ),
    ],
)
def test_what_programs_write_of_images_is_read(content: Any, file: str, size: tuple[float, float] | None, tmp_path: Path) -> None:
    write(tmp_path, content, "images/1.jpg", file=file)
    assert image_json.matches(tmp_path)
    source = image_json.read(tmp_path)
    (annotation,) = source.splits["all"]
    assert (annotation.image, annotation.objects, annotation.size) == (tmp_path / "images" / "1.jpg", (DOG,), size)
    assert (source.classes, source.notes) == (["dog"], [])


def task(number: int, *answers: dict[str, Any], key: str = "image") -> dict[str, Any]:
    """One of Label Studio, with what people answered."""
    return {"id": number, "data": {"id": "7", key: f"/data/upload/1/a1b2c3d4-{number}.jpg"}, "annotations": list(answers)}


def answer(*values: dict[str, Any], **more: bool) -> dict[str, Any]:
    return {"result": [{"value": value, **OF_IMAGE} for value in values], "was_cancelled": False} | more


def test_tasks_that_people_skipped_are_left_out_and_the_first_answer_counts_unless_one_is_the_truth(tmp_path: Path) -> None:
    cat = PERCENTS | {"rectanglelabels": ["cat"]}
    skipped = answer(was_cancelled=True)
    tasks = [
        task(1, skipped, answer(PERCENTS)),
        task(2, answer(PERCENTS), answer(cat)),
        task(3, answer(cat), answer(PERCENTS, ground_truth=True)),
        task(4, skipped),
        task(5, answer()),
    ]
    source = image_json.read(write(tmp_path, tasks, *(f"{number}.jpg" for number in range(1, 6))))
    assert [each.image.name for each in source.splits["all"]] == ["1.jpg", "2.jpg", "3.jpg", "5.jpg"]
    assert [each.objects for each in source.splits["all"]] == [(DOG,), (DOG,), (DOG,), ()]
    left_out, several, rest = source.notes
    assert left_out.startswith("tasks that were skipped: 1, as '/data/upload/1/a1b2c3d4-4.jpg' in ")
    assert several == f"images that several people annotated: 2, as {tmp_path / '2.jpg'}; ground truth counts, or the first one"
    assert "images without annotation: 1" in rest


@pytest.mark.parametrize("image", ["1.jpg", "a1b2c3d4-1.jpg"])
def test_tasks_call_an_image_as_they_like_and_may_have_named_it_for_an_upload(image: str, tmp_path: Path) -> None:
    source = image_json.read(write(tmp_path, [task(1, answer(PERCENTS), key="photo")], f"images/{image}"))
    assert [(each.image.name, each.objects) for each in source.splits["all"]] == [(image, (DOG,))]


def test_what_is_drawn_in_label_studio_becomes_the_box_around_it(tmp_path: Path) -> None:
    values = [
        {"points": [[20, 20], [30, 20], [30, 26]], "polygonlabels": ["dog"]},
        {"x": 25, "y": 23, "radiusX": 5, "radiusY": 3, "ellipselabels": ["dog"]},
        {"x": 25, "y": 23, "width": 0.5, "keypointlabels": ["dog"]},
        {"format": "rle", "rle": [1, 2], "brushlabels": ["dog"]},
    ]
    source = image_json.read(write(tmp_path, [task(1, answer(*values))], "1.jpg"))
    assert [thing.box for thing in source.splits["all"][0].objects] == [pytest.approx(DOG.box)] * 2
    assert source.notes == [f"objects without a box: 2, as in {tmp_path / 'annotations.json'}; they are left out"]


def test_lines_and_points_have_no_box_whatever_is_around_them(tmp_path: Path) -> None:
    corners = [10, 20, 15, 20, 15, 26]
    items = [
        {"type": "bbox", "label_id": 1, "bbox": [10, 20, 5, 6]},
        {"type": "polygon", "label_id": 1, "points": corners},
        {"type": "polyline", "label_id": 1, "points": corners[:4]},
        {"type": "points", "label_id": 1, "points": corners},
    ]
    named = {"categories": {"label": {"labels": [{"name": "cat"}, {"name": "dog"}]}}}
    of_datumaro = named | {"items": [{"id": "1", "annotations": items, "image": {"path": "1.jpg", "size": [100, 50]}}]}
    shapes = ("rectangle", "polygon", "point", "line", "graph")
    outline = {"exterior": [[10, 20], [15, 26]]}
    of_supervisely = {"objects": [{"classTitle": "dog", "geometryType": shape, "points": outline} for shape in shapes]}
    box = {"left": 10, "top": 20, "width": 5, "height": 6}
    regions = [{"tags": ["dog"], "type": kind, "boundingBox": box} for kind in ("RECTANGLE", "POLYGON", "POLYLINE", "POINT")]
    of_vott = {"assets": {"a": {"asset": {"name": "1.jpg"}, "regions": regions}}}
    for number, (content, without) in enumerate([(of_datumaro, 2), (of_supervisely, 3), (of_vott, 2)]):
        root = tmp_path / str(number)
        source = image_json.read(write(root, content, "1.jpg", file="1.jpg.json"))
        assert source.splits["all"][0].objects == (DOG, DOG)
        assert source.notes == [f"objects without a box: {without}, as in {root / '1.jpg.json'}; they are left out"]
        assert image_json.matches(root)


def test_a_turned_rectangle_becomes_the_box_around_it(tmp_path: Path) -> None:
    turned = {"x": 20, "y": 20, "width": 10, "height": 6, "rotation": 90, "rectanglelabels": ["dog"]} | OF_IMAGE
    source = image_json.read(write(tmp_path, [{"image": "1.jpg", "label": [turned]}], "1.jpg"))
    assert source.splits["all"][0].objects[0].box == pytest.approx((4, 20, 10, 25))


def test_files_and_folders_tell_the_split_and_what_is_ignored_is_a_crowd(tmp_path: Path) -> None:
    person = {"tag": "person", "fbox": [1, 2, 3, 4]}
    for split, number in (("train", 1), ("val", 2)):
        boxes = [person, person | {"extra": {"ignore": 1}}]
        write(tmp_path, [{"ID": str(number), "gtboxes": boxes}], f"Images/{number}.jpg", file=f"annotation_{split}.odgt")
    splits = image_json.read(tmp_path).splits
    assert {split: [each.image.name for each in its] for split, its in splits.items()} == {"train": ["1.jpg"], "val": ["2.jpg"]}
    assert [thing.crowd for thing in splits["train"][0].objects] == [False, True]
    one = [
        {"image": f"{split}/1.jpg", "annotations": [{"label": "a", "bbox": [1, 2, 3, 4], "coordinates": None}]}
        for split in ("train", "test")
    ]
    assert sorted(image_json.read(write(tmp_path / "b", one, "train/1.jpg", "test/1.jpg")).splits) == ["test", "train"]


def test_lines_other_files_and_a_few_missing_images_are_left_out_and_said(tmp_path: Path) -> None:
    car = {"category": "car", "box2d": {"x1": 1, "y1": 2, "x2": 3, "y2": 4}}
    entries = [{"name": "1.jpg", "labels": [car, {"category": "lane", "poly2d": []}]}, {"name": "2.jpg"}, {"name": "3.jpg"}]
    write(tmp_path, {"a": 1}, file="meta.json")
    source = image_json.read(write(tmp_path, entries, "1.jpg", "2.jpg", "4.jpg"))
    assert [len(each.objects) for each in source.splits["all"]] == [1, 0]
    assert source.classes == ["car"]
    other, absent, without, left = source.notes
    assert other == f"JSON files of another kind: 1, as {tmp_path / 'meta.json'}; they are left out"
    assert (
        absent == f"images that are named, but are not there: 1, as '3.jpg' in {tmp_path / 'annotations.json'}; they are left out"
    )
    assert without == f"objects without a box: 1, as in {tmp_path / 'annotations.json'}; they are left out"
    assert "images without annotation: 1" in left


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([{"box2d": {"x1": 1, "y1": 2, "x2": 3, "y2": 4}}], r"annotations\.json is no JSON of images .*an object without a class"),
        ([{"label": "a", "box2d": {"x1": 1}}], r"annotations\.json is no JSON of images with their objects \(there is no 'x'\)"),
        ("box2d", r"annotations\.json is no JSON of images"),
    ],
)
def test_a_broken_file_is_named(objects: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        image_json.read(write(tmp_path, [{"image": "1.jpg", "objects": objects}], "1.jpg"))


def test_missing_images_and_two_annotations_of_one_are_refused(tmp_path: Path) -> None:
    entry = {"image": "1.jpg", "objects": []}
    with pytest.raises(UserError, match=r"1 images are not in .*, as '1\.jpg' in .*annotations\.json: add them"):
        image_json.read(write(tmp_path, [entry]))
    with pytest.raises(UserError, match=r"1\.jpg has several annotations, one of them in .*annotations\.json: keep one"):
        image_json.read(write(tmp_path, [entry, entry], "1.jpg"))
