from pathlib import Path

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import yolo_polygons
from {{ cookiecutter.package_name }}.data.masks import draw_shapes

SQUARE = "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n"
WHOLE = "1 0 0 1 0 1 1 0 1\n"
NAMES = "names: [roof, tree]\n"


def write(
    root: Path, labels: dict[str, str], config: str = NAMES, image: str = "images/{}.jpg", label: str = "labels/{}.txt"
) -> Path:
    """Images of 8 times 4 pixels with files of polygons."""
    for name, text in labels.items():
        for file in (root / image.format(name), root / label.format(name)):
            file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 4)).save(root / image.format(name))
        (root / label.format(name)).write_text(text)
    (root / "data.yaml").write_text(config)
    return root


def test_polygons_are_drawn_in_parts_of_the_image_and_smaller_ones_lie_on_larger_ones(tmp_path: Path) -> None:
    assert yolo_polygons.matches(write(tmp_path, {"a": SQUARE + WHOLE}))
    source = yolo_polygons.read(tmp_path)
    assert (source.classes, source.notes) == (["background", "roof", "tree"], [])
    mask = source.splits["all"][0].mask
    assert isinstance(mask, Shapes)
    assert draw_shapes(mask, 4, 8).tolist() == [[2] * 8, [2, 2, 1, 1, 1, 1, 2, 2], [2, 2, 1, 1, 1, 1, 2, 2], [2] * 8]


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("images/train/{}.jpg", "labels/train/{}.txt"),
        ("train/images/{}.jpg", "train/labels/{}.txt"),
        ("train/{}.jpg", "train/{}.txt"),
    ],
)
def test_files_lie_where_those_of_other_shapes_do(image: str, label: str, tmp_path: Path) -> None:
    source = yolo_polygons.read(write(tmp_path, {"a": SQUARE}, image=image, label=label))
    assert {split: len(found) for split, found in source.splits.items()} == {"train": 1}


def test_images_without_polygons_are_background_and_said(tmp_path: Path) -> None:
    write(tmp_path, {"a": SQUARE, "b": "", "c": SQUARE})
    (tmp_path / "labels" / "c.txt").rename(tmp_path / "labels" / "d.txt")
    source = yolo_polygons.read(tmp_path)
    assert [len(example.mask.shapes) for example in source.splits["all"] if isinstance(example.mask, Shapes)] == [1, 0, 0]
    assert [note.partition(":")[0] for note in source.notes] == [
        "files of polygons without an image",
        "images without a file of polygons",
    ]


def test_classes_without_names_are_called_by_their_numbers(tmp_path: Path) -> None:
    source = yolo_polygons.read(write(tmp_path, {"a": WHOLE}, config=""))
    assert source.classes == ["background", "class 0", "class 1"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 0.5 0.5 0.2 0.2\n", r"a\.txt, line 2: expected the number of a class, and x and y of three corners or more"),
        ("0 0 0 1 0 1\n", r"a\.txt, line 2: expected the number"),
        ("0 0 0 900 0 900 900\n", r"a\.txt, line 2: expected corners in parts of the image"),
        ("2 0 0 1 0 1 1\n", r"a\.txt has the class 2, but only 0 to 1 have names"),
        ("x\n", r"a\.txt, line 2: "),
    ],
)
def test_a_line_that_is_no_polygon_is_named(line: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        yolo_polygons.read(write(tmp_path, {"a": SQUARE + line}))


def test_an_image_with_centers_and_sizes_is_refused_and_such_alone_are_another_format(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"b\.txt, line 1: "):
        yolo_polygons.read(write(tmp_path, {"a": SQUARE, "b": "0 0.5 0.5 0.2 0.2\n"}))
    write(tmp_path, {"a": "0 0.5 0.5 0.2 0.2\n"})
    assert not yolo_polygons.matches(tmp_path)
