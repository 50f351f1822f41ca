from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import united as module
from {{ cookiecutter.package_name }}.data.example import Example, Shapes
from {{ cookiecutter.package_name }}.data.masks import draw_shapes
from {{ cookiecutter.package_name }}.data.united import with_united_masks


def write(folder: Path, name: str, *values: int) -> Path:
    """A mask of one row."""
    Image.fromarray(np.array([values], np.uint8)).save(folder / name)
    return folder / name


def example(folder: Path, name: str) -> Example:
    parts = [write(folder, f"{name}_{number}.png", *[255 * (column == number) for column in range(3)]) for number in (0, 1)]
    return Example(folder / f"{name}.jpg", Shapes.of_parts(parts))


def drawn(examples: list[Example]) -> list[list[int]]:
    return [draw_shapes(each.mask, 1, 3)[0].tolist() for each in examples if isinstance(each.mask, Shapes)]


def test_what_parts_have_together_is_one_mask_and_others_stay(tmp_path: Path) -> None:
    other = Example(tmp_path / "2.jpg", tmp_path / "2.png")
    (found,) = with_united_masks({"train": [example(tmp_path, "1"), other]}, tmp_path, None).values()
    assert drawn(found) == [[255, 255, 0]]
    assert found[1] == other


def test_parts_are_read_again_only_when_one_of_them_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    splits = {"train": [example(tmp_path, "1"), example(tmp_path, "2")]}
    kept_in = tmp_path / "splits"
    kept_in.mkdir()
    first = with_united_masks(splits, tmp_path, kept_in)
    read, unite = [], module.unite
    monkeypatch.setattr(module, "unite", lambda files: read.append(files[0].name) or unite(files))
    assert with_united_masks(splits, tmp_path, kept_in) == first
    assert read == []
    write(tmp_path, "2_1.png", 0, 255, 255)
    assert drawn(with_united_masks(splits, tmp_path, kept_in)["train"]) == [[255, 255, 0], [255, 255, 255]]
    assert read == ["2_0.png"]


@pytest.mark.parametrize("content", ["[", '{"x": 1}', "[1]"])
def test_what_is_remembered_may_be_broken(content: str, tmp_path: Path) -> None:
    (tmp_path / f"{tmp_path.name}-united.json").write_text(content)
    assert drawn(with_united_masks({"all": [example(tmp_path, "1")]}, tmp_path, tmp_path)["all"]) == [[255, 255, 0]]


@pytest.mark.parametrize("values", [(0, 2, 1), (0, 255)])
def test_parts_of_a_mask_have_one_value_and_one_size(values: tuple[int, ...], tmp_path: Path) -> None:
    parts = write(tmp_path, "1_mask.png", 0, 255, 0), write(tmp_path, "1_mask_1.png", *values)
    with pytest.raises(UserError, match=r"1_mask\.png and 1_mask_1\.png .* keep one of them, or unite them in one file"):
        with_united_masks({"all": [Example(tmp_path / "1.jpg", Shapes.of_parts(parts))]}, tmp_path, None)
