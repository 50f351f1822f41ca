from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.targets import counts
from {{ cookiecutter.package_name }}.data.transforms import eval_transform, train_transform


def example(folder: Path, mask: list[list[int]], binary: bool = False, size: tuple[int, int] | None = None) -> Example:
    values = np.array(mask, dtype=np.uint8)
    Image.new("RGB", size or values.shape[::-1]).save(folder / "image.png")
    Image.fromarray(values).save(folder / "mask.png")
    return Example(folder / "image.png", folder / "mask.png", binary)


@pytest.mark.parametrize(("binary", "expected"), [(True, [[0, 1, 0]]), (False, [[0, 255, 0]])])
def test_what_is_counted_are_the_classes_of_the_file_untouched(binary: bool, expected: list[list[int]], tmp_path: Path) -> None:
    item = AnnotatedImages([example(tmp_path, [[0, 255, 0]], binary)], ["a", "b"], eval_transform(32))[0]
    (truth,) = collate([item])["truth"]
    assert truth.tolist() == expected
    assert truth.dtype == torch.uint8
    assert type(truth) is torch.Tensor


def test_a_batch_has_the_masks_of_the_squares_and_only_in_evaluation_those_of_the_files(tmp_path: Path) -> None:
    found = example(tmp_path, [[0, 1, 255]] * 2)
    evaluated = collate([AnnotatedImages([found], ["a", "b"], eval_transform(32))[0]])
    trained = collate([AnnotatedImages([found], ["a", "b"], train_transform(32))[0]])
    for batch in (evaluated, trained):
        assert batch["mask"].shape == (1, 32, 32)
        assert batch["mask"].dtype == torch.int64
    assert "truth" in evaluated
    assert "truth" not in trained


def test_a_mask_of_another_size_than_its_image_is_named(tmp_path: Path) -> None:
    dataset = AnnotatedImages([example(tmp_path, [[0, 1]], size=(3, 1))], ["a", "b"], eval_transform(32))
    with pytest.raises(UserError, match=r"mask\.png has 2x1 pixels, but its image 3x1"):
        dataset[0]


def test_only_pixels_that_are_not_ignored_count(tmp_path: Path) -> None:
    assert not counts(example(tmp_path, [[255, 255]]), ["a", "b"])
    assert counts(example(tmp_path, [[255, 0]]), ["a", "b"])
    assert counts(example(tmp_path, [[255, 255]], binary=True), ["a", "b"])
