from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.readers import find_format, read_mask, read_source


def pair(root: Path, name: str, values: list[int], images: str = "images", masks: str = "masks") -> Path:
    """An image, and a mask with one row of `values`."""
    for folder in (images, masks):
        (root / folder).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (len(values), 1)).save(root / images / f"{name}.jpg")
    Image.fromarray(np.array([values], dtype=np.uint8)).save(root / masks / f"{name}.png")
    return root


def test_index_masks_without_names_number_their_classes(tmp_path: Path) -> None:
    pair(tmp_path, "a", [0, 1, 255])
    source = read_source(pair(tmp_path, "b", [0, 3]))
    assert source.classes == ["class 0", "class 1", "class 2", "class 3"]
    assert [(sample.image.stem, sample.mask.suffix, sample.binary) for sample in source.splits["all"]] == [
        ("a", ".png", False),
        ("b", ".png", False),
    ]


def test_names_come_from_the_lines_of_classes_txt(tmp_path: Path) -> None:
    pair(tmp_path, "a", [0, 1, 255])
    (tmp_path / "classes.txt").write_text("sky\nroad\ncar\n")
    source = read_source(tmp_path)
    assert source.classes == ["sky", "road", "car"]
    assert not source.splits["all"][0].binary


def test_masks_of_0_and_255_are_background_and_foreground(tmp_path: Path) -> None:
    for number in range(120):
        pair(tmp_path, f"{number:03}", [0, 0])
    source = read_source(pair(tmp_path, "060", [0, 255]))
    assert source.classes == ["background", "foreground"]
    assert all(sample.binary for sample in source.splits["all"])


def test_a_rare_second_class_beside_ignored_pixels_is_not_taken_for_255(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("background\nscratch\n")
    for number in range(120):
        pair(tmp_path, f"{number:03}", [0, 255])
    source = read_source(pair(tmp_path, "061", [0, 1]))
    assert not any(sample.binary for sample in source.splits["all"])


@pytest.mark.parametrize("layout", [("{}/images", "{}/masks"), ("images/{}", "masks/{}")])
def test_given_splits_are_read_above_and_below(layout: tuple[str, str], tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        pair(tmp_path, name, [0, 1], layout[0].format(split), layout[1].format(split))
    splits = read_source(tmp_path).splits
    assert {split: samples[0].image.stem for split, samples in splits.items()} == {"train": "a", "val": "b", "test": "c"}


def test_files_without_partner_are_left_out_and_named(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        pair(tmp_path, name, [0, 1])
    (tmp_path / "images" / "a.jpg").unlink()
    (tmp_path / "masks" / "b.png").unlink()
    source = read_source(tmp_path)
    assert [sample.image.stem for sample in source.splits["all"]] == ["c"]
    assert "a.png" in source.notes[0]
    assert "b.jpg" in source.notes[1]


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "RGBA", "LA", "1"])
def test_any_kind_of_gray_or_palette_file_gives_its_numbers(mode: str, tmp_path: Path) -> None:
    gray = Image.fromarray(np.array([[0, 1, 1]], dtype=np.uint8))
    if mode == "P":
        gray.putpalette([0, 0, 0, 200, 10, 10])
    elif mode == "1":
        gray = Image.fromarray(np.array([[False, True, True]]))
    else:
        gray = gray.convert(mode)
    gray.save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").tolist() == [[0, 1, 1]]


def test_images_of_one_name_in_several_folders_keep_their_own_masks(tmp_path: Path) -> None:
    for folder, value in (("a", 0), ("b", 1)):
        pair(tmp_path, "1", [value], f"images/{folder}", f"masks/{folder}")
    samples = read_source(tmp_path).splits["all"]
    assert [(sample.image.parent.name, sample.mask.parent.name) for sample in samples] == [("a", "a"), ("b", "b")]


def test_other_class_names_than_those_of_the_model_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "1", [0, 1])
    (tmp_path / "classes.txt").write_text("road\nsky\n")
    with pytest.raises(UserError, match="trained on sky, road"):
        read_source(tmp_path, classes=["sky", "road"])


def test_values_that_are_no_indices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"0, 38, 75.*do not look like class indices"):
        read_source(pair(tmp_path / "gray", "1", [0, 38, 75]))
    lossy = pair(tmp_path / "lossy", "1", [0, 1])
    (lossy / "masks" / "1.png").rename(lossy / "masks" / "1.jpg")
    with pytest.raises(UserError, match="lossy format"):
        read_source(lossy)
    deep = pair(tmp_path / "deep", "1", [0, 1])
    Image.fromarray(np.array([[0, 300]], dtype=np.uint16)).save(deep / "masks" / "1.png")
    with pytest.raises(UserError, match="values from 0 to 300"):
        read_source(deep)


def test_what_cannot_be_read_is_refused_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    Image.new("L", (2, 2)).save(tmp_path / "flat" / "1.png")
    with pytest.raises(UserError, match=r"expected images/ and masks/.*found 1 \.png"):
        find_format(tmp_path / "flat")
    with pytest.raises(UserError, match="not an existing folder"):
        find_format(tmp_path / "nowhere")

    color = pair(tmp_path / "color", "1", [0, 1])
    Image.new("RGB", (2, 1), (200, 10, 10)).save(color / "masks" / "1.png")
    with pytest.raises(UserError, match=r"1\.png is a mask of colors"):
        read_source(color)

    with pytest.raises(UserError, match="single class"):
        read_source(pair(tmp_path / "single", "1", [0, 0]))

    twice = pair(tmp_path / "twice", "1", [0, 1])
    Image.new("RGB", (2, 1)).save(twice / "images" / "1.png")
    with pytest.raises(UserError, match="differ only in their suffix"):
        read_source(twice)

    names = pair(tmp_path / "names", "1", [0, 1])
    (names / "classes.txt").write_text("a\n\nb\n")
    with pytest.raises(UserError, match=r"classes\.txt has an empty line"):
        read_source(names)
