import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import labelme_polygons
from {{ cookiecutter.package_name }}.data.masks import draw_shapes

SQUARE = [[0.0, 0], [10, 0], [10, 10], [0, 10]]


def write(folder: Path, name: str, *shapes: tuple[str, str, list[list[float]]], json_in: Path | None = None) -> None:
    """An image of 30 times 20 pixels, and shapes by their kind and label."""
    for each in (folder, json_in or folder):
        each.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (30, 20)).save(folder / f"{name}.jpg")
    content = {
        "shapes": [{"label": label, "shape_type": kind, "points": points} for kind, label, points in shapes],
        "imageHeight": 20,
        "imageWidth": 30,
    }
    ((json_in or folder) / f"{name}.json").write_text(json.dumps(content), encoding="utf-8-sig")


def drawn(root: Path) -> np.ndarray:
    mask = labelme_polygons.read(root).splits["all"][0].mask
    assert isinstance(mask, Shapes)
    return draw_shapes(mask, 20, 30)


def test_polygons_are_drawn_in_the_order_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "1", ("polygon", "roof", SQUARE), ("polygon", "door", [[0, 0], [5, 0], [5, 5], [0, 5]]))
    assert labelme_polygons.matches(tmp_path)
    source = labelme_polygons.read(tmp_path)
    assert source.classes == ["background", "door", "roof"]
    mask = drawn(tmp_path)
    assert [int((mask == value).sum()) for value in range(3)] == [500, 25, 75]


def test_rectangles_and_circles_are_areas_and_lines_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path, "1", ("rectangle", "a", [[2, 2], [6, 8]]), ("circle", "b", [[20, 10], [25, 10]]), ("line", "c", [[0, 0], [9, 9]])
    )
    mask = drawn(tmp_path)
    assert (mask == 1).sum() == 24
    assert abs((mask == 2).sum() - np.pi * 25) < 3
    source = labelme_polygons.read(tmp_path)
    assert source.classes == ["background", "a", "b"]
    assert source.notes == ["1 shapes without area are left out (line)"]


def test_the_background_and_what_is_to_be_ignored_may_be_drawn(tmp_path: Path) -> None:
    write(
        tmp_path,
        "1",
        ("polygon", "roof", SQUARE),
        ("polygon", "__ignore__", [[0, 0], [5, 0], [5, 5], [0, 5]]),
        ("rectangle", "_background_", [[5, 5], [10, 10]]),
    )
    assert labelme_polygons.read(tmp_path).classes == ["background", "roof"]
    mask = drawn(tmp_path)
    assert [int((mask == value).sum()) for value in (0, 1, 255)] == [525, 50, 25]


@pytest.mark.parametrize("corner", [[3.0, 2], [26, 18]])
def test_a_mask_within_the_json_lies_where_its_corner_is(corner: list[float], tmp_path: Path) -> None:
    inside = np.array([[True, False, True], [True, True, False]])
    Image.fromarray(inside).save(content := io.BytesIO(), "PNG")
    write(tmp_path, "1", ("polygon", "roof", SQUARE), ("mask", "door", [corner, [corner[0] + 2, corner[1] + 1]]))
    file = tmp_path / "1.json"
    text = base64.b64encode(content.getvalue()).decode()
    file.write_text(file.read_text("utf-8-sig").replace('"shape_type": "mask"', f'"shape_type": "mask", "mask": "{text}"'))
    left, top = map(int, corner)
    assert (drawn(tmp_path)[top : top + 2, left : left + 3] == 1).tolist() == inside.tolist()
    file.write_text(file.read_text().replace(text, "AAAA"))
    with pytest.raises(UserError, match=r"1\.json is no JSON as LabelMe writes it \(UnidentifiedImageError"):
        labelme_polygons.read(tmp_path)


def test_json_of_another_tool_is_named(tmp_path: Path) -> None:
    write(tmp_path, "1")
    (tmp_path / "1.json").write_text('{"version": "2.0", "schema_ref": "https://darwin/2.0", "item": {}, "annotations": []}')
    with pytest.raises(UserError, match=r"1\.json is no JSON of LabelMe, but has annotations like those of V7 Darwin: export"):
        labelme_polygons.read(tmp_path)


def test_files_may_lie_in_splits_or_in_a_folder_of_their_own(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write(tmp_path / "a" / split, "1", ("polygon", "roof", SQUARE))
        write(tmp_path / "b" / "images" / split, "1", ("polygon", "roof", SQUARE), json_in=tmp_path / "b" / "annotations" / split)
    for root in (tmp_path / "a", tmp_path / "b"):
        assert labelme_polygons.matches(root)
        assert {split: len(found) for split, found in labelme_polygons.read(root).splits.items()} == {"train": 1, "val": 1}


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    for folder in ("train", "val", "more"):
        write(tmp_path / folder, "1", ("polygon", "roof", SQUARE))
    for path in (without := tmp_path / "train" / "2.jpg", alone := tmp_path / "val" / "3.json"):
        path.touch()
    assert labelme_polygons.read(tmp_path).notes == [
        f"1 images without JSON are left out, {without} among them",
        f"1 JSON files without image are left out, {alone} among them",
        f"1 images beside the splits are left out, {tmp_path / 'more' / '1.jpg'} among them",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "{}",
        '{"shapes": [{}], "imageHeight": 1, "imageWidth": 1}',
        '{"shapes": [], "imageHeight": 0, "imageWidth": 0}',
        '{"shapes": [{"label": "a", "points": [[NaN, 0], [1, 0], [1, 1]]}], "imageHeight": 1, "imageWidth": 1}',
    ],
)
def test_a_file_that_is_not_of_labelme_is_named(text: str, tmp_path: Path) -> None:
    write(tmp_path, "1", ("polygon", "roof", SQUARE))
    (tmp_path / "1.json").write_text(text)
    with pytest.raises(UserError, match=r"1\.json is no JSON as LabelMe writes it"):
        labelme_polygons.read(tmp_path)


def test_nothing_but_lines_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "1", ("line", "a", [[0, 0], [9, 9]]))
    with pytest.raises(UserError, match="has no polygon of any class"):
        labelme_polygons.read(tmp_path)


def test_one_file_for_all_images_is_another_format(tmp_path: Path) -> None:
    write(tmp_path, "1", ("polygon", "roof", SQUARE))
    (tmp_path / "1.json").rename(tmp_path / "all.json")
    assert not labelme_polygons.matches(tmp_path)
