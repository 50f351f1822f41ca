from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.masks import read_classes, read_mask


def save(file: Path, values: list[int], kind: type = np.uint8) -> Path:
    Image.fromarray(np.array([values], dtype=kind)).save(file)
    return file


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


def test_sixteen_bits_are_read_if_eight_would_do(tmp_path: Path) -> None:
    assert read_mask(save(tmp_path / "1.png", [0, 255], np.uint16)).tolist() == [[0, 255]]
    with pytest.raises(UserError, match="values from 0 to 300"):
        read_mask(save(tmp_path / "2.png", [0, 300], np.uint16))


def test_what_cannot_be_a_mask_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (2, 1), (200, 10, 10)).save(tmp_path / "color.png")
    with pytest.raises(UserError, match=r"color\.png is a mask of colors"):
        read_mask(tmp_path / "color.png")
    Image.new("L", (2, 1)).save(tmp_path / "lossy.jpg")
    with pytest.raises(UserError, match=r"lossy\.jpg is a mask in a lossy format"):
        read_mask(tmp_path / "lossy.jpg")
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(UserError, match=r"broken\.png is not a readable mask"):
        read_mask(tmp_path / "broken.png")


@pytest.mark.parametrize(("binary", "expected"), [(True, [[0, 1]]), (False, [[0, 255]])])
def test_255_is_the_foreground_of_a_binary_mask_and_ignored_in_others(
    binary: bool, expected: list[list[int]], tmp_path: Path
) -> None:
    assert read_classes(save(tmp_path / "1.png", [0, 255]), binary, 2).tolist() == expected


@pytest.mark.parametrize(
    ("value", "binary", "words"), [(2, False, "value 2: expected 0 to 1, or 255"), (1, True, "value 1: expected only 0 and 255")]
)
def test_a_value_that_is_no_class_is_named(value: int, binary: bool, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"1\.png has the {words}"):
        read_classes(save(tmp_path / "1.png", [0, value]), binary, 2)
