from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.example import Code, Example
from {{ cookiecutter.package_name }}.data.targets import counts
from {{ cookiecutter.package_name }}.data.transforms import AUGMENTATIONS, eval_transform, train_transform

INDICES, BINARY = Code(((0, 0), (1, 1), (255, 255))), Code(((0, 0), (255, 1)))


def example(folder: Path, mask: list[list[int]], code: Code = INDICES, size: tuple[int, int] | None = None) -> Example:
    values = np.array(mask, dtype=np.uint8)
    Image.new("RGB", size or values.shape[::-1]).save(folder / "image.png")
    Image.fromarray(values).save(folder / "mask.png")
    return Example(folder / "image.png", folder / "mask.png", code)


@pytest.mark.parametrize(("code", "expected"), [(BINARY, [[0, 1, 0]]), (INDICES, [[0, 255, 0]])])
def test_what_is_counted_are_the_classes_of_the_file_untouched(code: Code, expected: list[list[int]], tmp_path: Path) -> None:
    item = AnnotatedImages([example(tmp_path, [[0, 255, 0]], code)], ["a", "b"], eval_transform((32, 32)))[0]
    (truth,) = collate([item])["truth"]
    assert truth.tolist() == expected
    assert truth.dtype == torch.uint8
    assert type(truth) is torch.Tensor


def test_a_batch_has_the_masks_of_the_inputs_and_only_in_evaluation_those_of_the_files(tmp_path: Path) -> None:
    found = example(tmp_path, [[0, 1, 255]] * 2)
    evaluated = collate([AnnotatedImages([found], ["a", "b"], eval_transform((32, 32)))[0]])
    trained = collate([AnnotatedImages([found], ["a", "b"], train_transform((32, 32), AUGMENTATIONS["light"]))[0]])
    for batch in (evaluated, trained):
        assert batch["mask"].shape == (1, 32, 32)
        assert batch["mask"].dtype == torch.uint8
    assert "truth" in evaluated
    assert "truth" not in trained


def test_a_mask_of_another_size_than_its_image_is_named(tmp_path: Path) -> None:
    dataset = AnnotatedImages([example(tmp_path, [[0, 1]], size=(3, 1))], ["a", "b"], eval_transform((32, 32)))
    with pytest.raises(UserError, match=r"mask\.png has 2x1 pixels, but its image .* 3x1"):
        dataset[0]


def test_only_images_with_a_class_count() -> None:
    assert counts(Example(Path("1.jpg"), Path("1.png"), strata=frozenset({0})), ["a", "b"])
    assert not counts(Example(Path("1.jpg"), Path("1.png")), ["a", "b"])
