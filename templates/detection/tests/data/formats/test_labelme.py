import json
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import labelme


def shape(label: str, points: list[list[float]], kind: str = "rectangle", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, **more}


def write(root: Path, *shapes: dict[str, Any], image: str = "1.jpg", file: str = "1.json", **more: Any) -> Path:
    for name in (image, file):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / image).touch()
    content = {"version": "5.0", "shapes": shapes, "imagePath": image, "imageWidth": 90, "imageHeight": 60, **more}
    (root / file).write_text(json.dumps(content))
    return root


def test_shapes_become_the_box_around_them(tmp_path: Path) -> None:
    shapes = [
        shape("dog", [[9, 2], [1, 8]]),
        shape("cat", [[1, 1], [5, 2], [3, 7]], "polygon"),
        shape("cat", [[10, 10], [13, 14]], "circle"),
        shape("cat", [[1, 1], [2, 1], [2, 2], [1, 2]], difficult=True),
    ]
    write(tmp_path, *shapes)
    assert labelme.matches(tmp_path)
    source = labelme.read(tmp_path)
    (annotation,) = source.splits["all"]
    assert (source.classes, annotation.size, source.notes) == (["cat", "dog"], (90, 60), [])
    assert annotation.objects == (
        Object("dog", (1, 2, 9, 8), False, 48),
        Object("cat", (1, 1, 5, 7), False, 24),
        Object("cat", (5, 5, 15, 15), False, 100),
        Object("cat", (1, 1, 2, 2), True, 1),
    )


def test_shapes_of_a_group_are_one_object_of_each_label(tmp_path: Path) -> None:
    parts = [shape(label, [[x, 0], [x + 2, 9]], group_id=0) for label, x in (("dog", 0), ("dog", 7), ("cat", 3))]
    (annotation,) = labelme.read(write(tmp_path, *parts, shape("dog", [[0, 0], [1, 1]]))).splits["all"]
    assert [(thing.name, thing.box) for thing in annotation.objects] == [
        ("dog", (0, 0, 9, 9)),
        ("cat", (3, 0, 5, 9)),
        ("dog", (0, 0, 1, 1)),
    ]


def test_points_lines_and_files_of_another_kind_are_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path, shape("dog", [[1, 1]], "point"), shape("dog", [[1, 1], [5, 5]], "line"), shape("cat", [[1, 1], [5, 5]]))
    (tmp_path / "info.json").write_text("[]")
    source = labelme.read(tmp_path)
    assert source.classes == ["cat"]
    other, lines = source.notes
    assert "another kind: 1, as" in other
    assert "no box: 2, as in" in lines


@pytest.mark.parametrize(
    ("file", "image", "split"),
    [
        ("annotations/1.json", "images/1.jpg", "all"),
        ("train/1.json", "train/1.jpg", "train"),
        ("labels/val/1.json", "images/val/1.jpg", "val"),
        ("json/first.json", "images/1.jpg", "all"),
    ],
)
def test_files_are_found_wherever_they_lie(file: str, image: str, split: str, tmp_path: Path) -> None:
    write(tmp_path, shape("cat", [[1, 1], [5, 5]]), image=image, file=file, imagePath="..\\images\\1.jpg")
    ((found, (annotation,)),) = labelme.read(tmp_path).splits.items()
    assert (found, annotation.image) == (split, tmp_path / image)


def test_the_image_in_the_file_does_not_hide_what_it_is(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "1.json").write_text(json.dumps({"version": "5.0", "imageData": "A" * 10_000, "shapes": []}))
    assert labelme.matches(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '{"shapes"',
        '{"shapes": 1}',
        '{"shapes": [1]}',
        '{"shapes": [{"label": "a"}]}',
        '{"shapes": [{"label": "a", "points": []}]}',
        '{"shapes": [{"label": ["a"], "points": [[1, 1], [5, 5]]}]}',
    ],
)
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "1.json").write_text(text)
    with pytest.raises(UserError, match=r"1\.json is no LabelMe file"):
        labelme.read(tmp_path)


def test_a_file_without_its_image_is_named(tmp_path: Path) -> None:
    write(tmp_path, file="2.json", imagePath="gone.jpg")
    with pytest.raises(UserError, match=r"2\.json has no image 2\.\*"):
        labelme.read(tmp_path)
