from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data.copies import Print
from {{ cookiecutter.package_name }}.data.example import Code, Example
from {{ cookiecutter.package_name }}.data.label_findings import claims, look_at_labels
from {{ cookiecutter.package_name }}.data.looks import Look
from {{ cookiecutter.package_name }}.data.masks import IGNORED

CODE = Code(((0, 0), (1, 1), (IGNORED, IGNORED)))


@pytest.mark.parametrize(
    ("drawn", "kinds"),
    [
        ({(0, 20): 1}, set()),
        ({(0, 3): 1}, {"tiny object"}),
        ({(0, 40): 1}, {"single class in a mask"}),
        ({(0, 30): IGNORED, (30, 39): 1}, {"mostly ignored"}),
    ],
)
def test_masks_from_which_hardly_anything_is_learned_are_found(
    drawn: dict[tuple[int, int], int], kinds: set[str], tmp_path: Path
) -> None:
    image, file = tmp_path / "1.jpg", tmp_path / "1.png"
    Image.new("RGB", (40, 40)).save(image)
    mask = np.zeros((40, 40), dtype=np.uint8)
    for (start, end), value in drawn.items():
        mask[start:end, start:end] = value
    Image.fromarray(mask).save(file)
    looks = {image: Look("JPEG", 40, 40, (0, 0, 0), (9, 9, 9), Print("", 0))}
    labels = look_at_labels([Example(image, file, CODE)], looks, (40, 40), tmp_path, None)
    assert {each.kind for each in labels.findings} == kinds
    assert labels.objects == {image: dict.fromkeys(set(np.unique(mask).tolist()) - {IGNORED}, 1)}


def test_a_mask_is_contested_by_the_part_of_its_pixels_that_are_predicted_otherwise() -> None:
    truth = torch.tensor([[0, 1], [1, IGNORED]], dtype=torch.uint8)
    predictions = [{"mask": torch.tensor(values)} for values in ([[0, 1], [1, 0]], [[1, 1], [1, 0]], [[1, 0], [0, 0]])]
    said = [(round(part, 3), agrees) for ((part, agrees),) in claims({"truth": [truth] * 3}, predictions)]
    assert said == [(1, True), (0.667, True), (1, False)]
