from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Code, Example, Shape, Shapes
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.labels import label
from {{ cookiecutter.package_name }}.data.masks import read_classes

INDICES = ((0, 0), (1, 1), (2, 2), (255, 255))


def source(folder: Path, *masks: list[int], names: str = "") -> Source[Example]:
    """Masks with one row of values each."""
    examples = []
    for number, values in enumerate(masks):
        examples.append(Example(folder / f"{number}.jpg", folder / f"{number}.png"))
        Image.new("RGB", (len(values), 1)).save(examples[-1].image)
        Image.fromarray(np.array([values], dtype=np.uint8)).save(examples[-1].mask_file)
    return Source("rows", names.split(), {"all": examples}, ["odd"])


def drawn(folder: Path, *values: int, size: tuple[int, int] = (8, 4)) -> Source[Example]:
    """An image of 8 times 4 pixels, with a square for each value."""
    Image.new("RGB", size).save(folder / "1.jpg")
    square = array("f", [0, 0, 2, 0, 2, 2, 0, 2])
    shapes = Shapes(folder / "1.json", 4, 8, tuple(Shape(value, (square,)) for value in values))
    return Source("drawn", ["ground", "roof", "tree"], {"all": [Example(folder / "1.jpg", shapes, Code(INDICES[:3]))]})


def test_index_masks_without_names_number_their_classes(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255], [0, 2, 2]), tmp_path)
    assert labeled.classes == ["class 0", "class 1", "class 2"]
    assert all(example.code.classes == INDICES for example in labeled.splits["all"])
    assert (labeled.format, labeled.notes) == ("rows", ["odd"])


def test_names_that_are_given_are_taken(tmp_path: Path) -> None:
    assert label(source(tmp_path, [0, 1, 255], names="sky road car"), tmp_path).classes == ["sky", "road", "car"]


def test_images_and_pixels_are_counted_by_class(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255], [0, 0, 0], names="sky road car"), tmp_path)
    assert labeled.details == (
        "Images with each class (part of all pixels): sky 2 (66.7%), road 1 (16.7%), car 0 (0.0%); 16.7% of the pixels are ignored"
    )


def test_the_strata_are_the_classes_of_a_mask_and_ignored_pixels_are_of_none(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1], [0, 0], [0, 255], [255, 255], [1, 255]), tmp_path)
    assert [set(example.strata) for example in labeled.splits["all"]] == [{0, 1}, {0}, {0}, set(), {1}]


def test_masks_of_0_and_255_are_background_and_foreground(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, *[[0, 0]] * 60, [0, 255], *[[0, 0]] * 60), tmp_path)
    assert labeled.classes == ["background", "foreground"]
    assert [number for number, example in enumerate(labeled.splits["all"]) if 1 in example.strata] == [60]


def test_masks_of_sixteen_bits_are_of_two_classes_though_one_of_them_is_empty(tmp_path: Path) -> None:
    found = source(tmp_path, [0, 0], [0, 255], [255, 255])
    for number, values in enumerate(([0, 0], [0, 65535], [65535, 65535])):
        Image.fromarray(np.array([values], dtype=np.uint16)).save(tmp_path / f"{number}.png")
    labeled = label(found, tmp_path)
    assert (labeled.classes, labeled.broken) == (["background", "foreground"], {})
    assert [set(example.strata) for example in labeled.splits["all"]] == [{0}, {0, 1}, {1}]


def test_palettes_of_two_orders_mean_the_same_also_from_memory(tmp_path: Path) -> None:
    found = source(tmp_path, [0, 1, 1], [1, 0, 0])
    for number, palette in enumerate(([0, 0, 0, 255, 255, 255], [255, 255, 255, 0, 0, 0])):
        with Image.open(tmp_path / f"{number}.png") as mask:
            mask.putpalette(palette)
            mask.save(tmp_path / f"{number}.png")
    (tmp_path / "splits").mkdir()
    for _ in range(2):
        labeled = label(found, tmp_path, kept_in=tmp_path / "splits")
        assert labeled.classes == ["background", "foreground"]
        assert [read_classes(example, 1, 3).tolist() for example in labeled.splits["all"]] == [[[0, 1, 1]]] * 2


def test_the_classes_of_a_model_give_the_indices_by_name(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255], names="road sky"), tmp_path, classes=["sky", "car", "road"])
    assert labeled.classes == ["sky", "car", "road"]
    assert labeled.splits["all"][0].code.classes == ((0, 2), (1, 0), (255, 255))


def test_a_class_that_the_model_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has the class raod.*road.*but the model was trained on sky, road"):
        label(source(tmp_path, [0, 1], names="sky raod"), tmp_path, classes=["sky", "road"])


def test_a_trained_model_names_the_classes_of_masks_without_names(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255]), tmp_path, classes=["sky", "road"])
    assert labeled.classes == ["sky", "road"]
    assert labeled.splits["all"][0].code.classes == ((0, 0), (1, 1), (255, 255))


def test_a_model_of_classes_from_1_on_finds_them_by_their_values(tmp_path: Path) -> None:
    trained = label(source(tmp_path, [1, 2, 3]), tmp_path).classes
    assert trained == ["class 1", "class 2", "class 3"]
    labeled = label(source(tmp_path, [2, 3, 255]), tmp_path, classes=trained)
    assert labeled.classes == trained
    assert read_classes(labeled.splits["all"][0], 1, 3).tolist() == [[1, 2, 255]]
    with pytest.raises(UserError, match=r"has the class class 0.* but the model was trained on class 1"):
        label(source(tmp_path, [0, 1, 2]), tmp_path, classes=trained)


def test_values_that_are_no_indices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"0, 38, 75.*do not look like class indices"):
        label(source(tmp_path, [0, 38, 75]), tmp_path)


def test_a_single_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a single class, class 0"):
        label(source(tmp_path, [0, 0]), tmp_path)


def test_of_shapes_images_are_counted_by_class(tmp_path: Path) -> None:
    labeled = label(drawn(tmp_path, 2), tmp_path)
    assert labeled.details == "Images with each class: ground 1, roof 0, tree 1"
    assert labeled.splits["all"][0].strata == {0, 2}
    assert not labeled.notes


def test_shapes_drawn_on_another_size_are_scaled_and_noted_and_on_another_form_broken(tmp_path: Path) -> None:
    assert "1 images have another size" in label(drawn(tmp_path, 1, size=(16, 8)), tmp_path).notes[0]
    with pytest.raises(UserError, match=r"1\.json has 8x4 pixels, but its image .*1\.jpg 8x8"):
        label(drawn(tmp_path, 1, size=(8, 8)), tmp_path)


def test_images_without_a_readable_mask_are_in_no_split(tmp_path: Path) -> None:
    found = source(tmp_path, [0, 1], [0, 1], [0, 77])
    (tmp_path / "2.png").write_bytes(b"no image")
    labeled = label(found, tmp_path)
    assert [example.image.name for example in labeled.splits["all"]] == ["0.jpg", "1.jpg"]
    assert list(labeled.broken) == [tmp_path / "2.jpg"]
    for number in (0, 1):
        (tmp_path / f"{number}.png").unlink()
    with pytest.raises(UserError, match=r"0\.png is not a readable mask .*\(all 3 masks of"):
        label(found, tmp_path)


def test_a_value_can_be_ignored_also_one_that_else_would_be_a_class_or_the_foreground(tmp_path: Path) -> None:
    for masks, ignored, expected in (
        ([[0, 1, 2]], 2, [["class 0", "class 1"], [0, 1, 255]]),
        ([[0, 1, 1], [0, 255, 1], [0, 255, 0]], 255, [["class 0", "class 1"], [0, 1, 1]]),
        ([[0, 128, 255]], 128, [["background", "foreground"], [0, 255, 1]]),
        ([[0, 1, 2]], 0, [["class 0", "class 1", "class 2"], [255, 1, 2]]),
    ):
        labeled = label(source(tmp_path, *masks), tmp_path, ignore_index=ignored)
        example = labeled.splits["all"][0]
        assert [labeled.classes, read_classes(example, 1, 3)[0].tolist()] == expected
        assert labeled.notes == ["odd"]
    assert "no pixel has the value 9" in label(source(tmp_path, [0, 1]), tmp_path, ignore_index=9).notes[1]


def test_of_colors_and_shapes_a_class_is_ignored(tmp_path: Path) -> None:
    found = source(tmp_path, [0, 5, 9], names="ground roof void")
    colors = Code(((0, 0), (0x050505, 1), (0x090909, 2)), colored=True)
    found.splits["all"] = [replace(example, code=colors) for example in found.splits["all"]]
    labeled = label(found, tmp_path, ignore_index=2)
    assert read_classes(labeled.splits["all"][0], 1, 3).tolist() == [[0, 1, 255]]
    labeled = label(drawn(tmp_path, 2), tmp_path, ignore_index=1)
    assert labeled.splits["all"][0].code.classes == ((0, 0), (1, 255), (2, 2))
    with pytest.raises(UserError, match="a single class, tree"):
        label(drawn(tmp_path, 2), tmp_path, ignore_index=0)
