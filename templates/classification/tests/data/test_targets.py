from pathlib import Path

import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.targets import classes_in, counts
from {{ cookiecutter.package_name }}.data.transforms import AUGMENTATIONS, train_transform


def test_an_image_keeps_its_labels_on_the_way_into_a_batch(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "1.png")
    examples = [Example(tmp_path / "1.png", labels) for labels in ((2,), (0, 1), ())]
    dataset = AnnotatedImages(examples, ["a", "b", "c"], train_transform((8, 8), AUGMENTATIONS["light"]))
    labels = collate([dataset[number] for number in range(3)])["label"]
    assert labels.tolist() == [[0, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert labels.dtype == torch.float32


def test_each_image_with_a_label_counts() -> None:
    assert counts(Example(Path("1.png"), (0,)), ["a", "b"])
    assert not counts(Example(Path("1.png"), ()), ["a", "b"])
    assert classes_in(Example(Path("1.png"), (0, 2))) == {0, 2}
