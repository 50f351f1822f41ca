from pathlib import Path

import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.targets import counts
from {{ cookiecutter.package_name }}.data.transforms import eval_transform


def test_an_image_keeps_its_label_on_the_way_into_a_batch(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "1.png")
    dataset = AnnotatedImages([Example(tmp_path / "1.png", label) for label in (2, 0)], ["a", "b", "c"], eval_transform(8))
    labels = collate([dataset[0], dataset[1]])["label"]
    assert labels.tolist() == [2, 0]
    assert labels.dtype == torch.int64


def test_each_image_counts() -> None:
    assert counts(Example(Path("1.png"), 0), ["a", "b"])
