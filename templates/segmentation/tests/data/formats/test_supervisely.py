import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import supervisely
from {{ cookiecutter.package_name }}.data.masks import draw_shapes
from {{ cookiecutter.package_name }}.data.readers import find_format

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]


def shape(title: str, kind: str, exterior: list[list[int]], *holes: list[list[int]]) -> dict[str, Any]:
    return {"classTitle": title, "geometryType": kind, "points": {"exterior": exterior, "interior": list(holes)}}


def bitmap(title: str, left: int, top: int, mode: str) -> dict[str, Any]:
    """A bitmap of 8 times 6 pixels, of which the 3 times 2 at its lower right are seen."""
    part = np.zeros((6, 8), dtype=np.uint8)
    part[4:, 5:] = 1
    image = Image.fromarray(part)
    if mode == "P":
        image.putpalette([0, 0, 0, 255, 255, 255])
    else:
        image = Image.fromarray(np.dstack([np.full((6, 8, 3), 255, dtype=np.uint8), part * 255]))
    content = io.BytesIO()
    image.save(content, "PNG", **({"transparency": 0} if mode == "P" else {}))
    data = base64.b64encode(zlib.compress(content.getvalue())).decode()
    return {"classTitle": title, "geometryType": "bitmap", "bitmap": {"data": data, "origin": [left, top]}}


def write(root: Path, name: str, *shapes: dict[str, Any], folder: str = "ds0", titles: tuple[str, ...] = ()) -> Path:
    """An image of 30 times 20 pixels, and its shapes."""
    for inner in ("img", "ann"):
        (root / folder / inner).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (30, 20)).save(root / folder / "img" / f"{name}.jpg")
    content = {"description": "", "tags": [], "size": {"height": 20, "width": 30}, "objects": shapes}
    (root / folder / "ann" / f"{name}.jpg.json").write_text(json.dumps(content))
    if titles:
        (root / "meta.json").write_text(json.dumps({"classes": [{"title": title} for title in titles], "tags": []}))
    return root


def drawn(root: Path) -> np.ndarray:
    [example] = supervisely.read(root).splits["all"]
    assert isinstance(example.mask, Shapes)
    return draw_shapes(example.mask, 20, 30)


def test_polygons_have_holes_and_later_shapes_lie_on_earlier_ones(tmp_path: Path) -> None:
    holes = ([[2, 2], [4, 2], [4, 4], [2, 4]], [[6, 6], [9, 6], [9, 9], [6, 9]])
    write(tmp_path, "1", shape("roof", "polygon", SQUARE, *holes), shape("door", "rectangle", [[0, 0], [2, 1]]))
    assert find_format(tmp_path) is supervisely
    assert supervisely.read(tmp_path).classes == ["background", "door", "roof"]
    mask = drawn(tmp_path)
    assert [int((mask == value).sum()) for value in (1, 2)] == [2, 100 - 4 - 9 - 2]
    assert not mask[2:4, 2:4].any()
    assert not mask[6:9, 6:9].any()


@pytest.mark.parametrize("mode", ["P", "RGBA"])
@pytest.mark.parametrize(("left", "top", "pixels"), [(10, 5, 6), (-6, 0, 4), (24, 15, 1)])
def test_bitmaps_have_the_pixels_that_are_seen(mode: str, left: int, top: int, pixels: int, tmp_path: Path) -> None:
    mask = drawn(write(tmp_path, "1", bitmap("crack", left, top, mode)))
    assert mask.sum() == pixels
    assert mask[max(0, top + 4), max(0, left + 5)] == 1


def test_classes_are_in_the_order_of_meta_json_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    wire = shape("wire", "line", [[0, 0], [9, 9]])
    shapes = (shape("roof", "polygon", SQUARE), shape("car", "rectangle", [[0, 0], [2, 2]]), wire)
    write(tmp_path, "1", *shapes, titles=("roof", "Background", "wire", "car"))
    write(tmp_path, "2")
    (tmp_path / "ds0" / "img" / "3.jpg").touch()
    (tmp_path / "ds0" / "ann" / "4.jpg.json").touch()
    source = supervisely.read(tmp_path)
    assert source.classes == ["background", "roof", "car"]
    assert [example.image.stem for example in source.splits["all"]] == ["1", "2"]
    assert source.notes == [
        "shapes without area: 1 (line); they are left out",
        "classes of which nothing is drawn: wire; they are left out",
        f"files of shapes without an image: 1, as {tmp_path / 'ds0' / 'ann' / '4.jpg.json'}; they are left out",
        f"images without annotation: 1, as {tmp_path / 'ds0' / 'img' / '3.jpg'}; they are left out",
    ]


def test_sets_may_be_splits(tmp_path: Path) -> None:
    for folder in ("train", "val"):
        write(tmp_path, folder, shape("roof", "polygon", SQUARE), folder=folder)
    splits = supervisely.read(tmp_path).splits
    assert {split: [each.image.stem for each in its] for split, its in splits.items()} == {"train": ["train"], "val": ["val"]}


@pytest.mark.parametrize(
    "objects",
    [
        [{"classTitle": "roof"}],
        [shape("roof", "polygon", [[0, 0], [10**9, 0], [0, 1]])],
        [{"classTitle": "a", "geometryType": "bitmap", "bitmap": {"data": "AAAA", "origin": [0, 0]}}],
        [{"classTitle": "a", "geometryType": "bitmap", "bitmap": {"data": "eJxLBAAAYgBi", "origin": [0, 0]}}],  # b"a"
    ],
)
def test_a_file_of_another_kind_is_named(objects: list[dict[str, Any]], tmp_path: Path) -> None:
    write(tmp_path, "1", *objects)
    with pytest.raises(UserError, match=r"1\.jpg\.json is no JSON as Supervisely writes it"):
        supervisely.read(tmp_path)


def test_where_nothing_is_drawn_there_is_nothing_to_learn(tmp_path: Path) -> None:
    write(tmp_path, "1", shape("wire", "line", [[0, 0], [9, 9]]))
    with pytest.raises(UserError, match="has no polygon, rectangle or bitmap of any class"):
        supervisely.read(tmp_path)


def test_json_without_such_folders_is_another_format(tmp_path: Path) -> None:
    write(tmp_path, "1", folder="other")
    (tmp_path / "other" / "img").rename(tmp_path / "other" / "images")
    assert not supervisely.matches(tmp_path)
