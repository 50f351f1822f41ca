import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.example import Box, Example, has_area
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.data.targets import counts
from {{ cookiecutter.package_name }}.data.transforms import AUGMENTATIONS, eval_transform, train_transform

# As in a COCO file, in an image of 40 by 30 pixels: ordinary, partly outside, tiny, flat, outside, crowd.
BOXES = [[4, 5, 20, 10], [-8, 10, 18, 90], [7, 7, 0.25, 0.25], [3, 3, 0, 9], [50, 2, 5, 5], [0, 0, 40, 30]]
AREAS = [150.5, 1620, 0.0625, 0, 25, 800]
CROWDS = [0, 0, 0, 0, 0, 1]


@pytest.fixture
def example(tmp_path: Path) -> Example:
    Image.new("RGB", (40, 30)).save(tmp_path / "1.png")
    annotations = [
        {"id": n, "image_id": 1, "category_id": 1 + n % 2, "bbox": box, "area": area, "iscrowd": crowd}
        for n, (box, area, crowd) in enumerate(zip(BOXES, AREAS, CROWDS, strict=True))
    ]
    images = [{"id": 1, "file_name": "1.png", "width": 40, "height": 30}]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "train.json").write_text(json.dumps(content))
    (found,) = read_source(tmp_path).splits["train"]
    return found


def test_what_is_counted_is_what_the_file_says_whatever_becomes_of_the_image(example: Example) -> None:
    (truth,) = collate([AnnotatedImages([example], ["cat", "dog"], eval_transform((64, 64)))[0]])["truth"]
    assert truth["boxes"].tolist() == [[x, y, x + width, y + height] for x, y, width, height in BOXES]
    assert truth["labels"].tolist() == [0, 1, 0, 1, 0, 1]
    assert truth["iscrowd"].tolist() == CROWDS
    assert truth["area"].tolist() == AREAS
    assert {name: values.dtype for name, values in truth.items()} == {
        "boxes": torch.float32,
        "labels": torch.int64,
        "iscrowd": torch.int64,
        "area": torch.float32,
    }


def test_a_batch_of_training_has_only_what_is_learned_from(example: Example) -> None:
    item = AnnotatedImages([example], ["cat", "dog"], train_transform((64, 64), AUGMENTATIONS["none"]))[0]
    assert collate([item]).keys() == {"image", "size", "path", "counted", "boxes", "labels"}


def test_what_is_learned_from_has_area_in_the_input_and_is_no_crowd(example: Example) -> None:
    item = AnnotatedImages([example], ["cat", "dog"], eval_transform((80, 80)))[0]
    assert item["boxes"].tolist() == [[8, 10, 48, 30], [0, 20, 20, 60]]
    assert item["labels"].tolist() == [0, 1]


def test_an_image_whose_objects_are_all_crowds_teaches_that_there_is_nothing(example: Example) -> None:
    crowd = Example(example.image, ((0, 0, 9, 9),), (0,), (True,), (81,))
    item = AnnotatedImages([crowd], ["cat", "dog"], eval_transform((64, 64)))[0]
    assert item["boxes"].shape == (0, 4)
    assert item["labels"].shape == (0,)
    assert item["truth"]["boxes"].shape == (1, 4)


def test_a_batch_has_a_list_of_plain_tensors_for_each_image(example: Example) -> None:
    nothing = Example(example.image, (), (), (), ())
    dataset = AnnotatedImages([example, nothing], ["cat", "dog"], eval_transform((64, 64)))
    batch = collate([dataset[0], dataset[1]])
    assert [type(boxes) for boxes in batch["boxes"]] == [torch.Tensor, torch.Tensor]
    assert [tuple(boxes.shape) for boxes in batch["boxes"]] == [(2, 4), (0, 4)]
    assert [len(labels) for labels in batch["labels"]] == [2, 0]
    assert [tuple(truth["boxes"].shape) for truth in batch["truth"]] == [(6, 4), (0, 4)]


def test_only_what_is_no_crowd_counts() -> None:
    def made(*crowds: bool) -> Example:
        count = len(crowds)
        return Example(Path("1.png"), ((0, 0, 0, 0),) * count, (0,) * count, crowds, (0,) * count)

    assert [counts(made(*crowds), ["cat"]) for crowds in ((), (True,), (False,), (True, False))] == [False, False, True, True]


@pytest.mark.parametrize(
    ("box", "has"),
    [((0, 0, 1, 1), True), ((-9, -9, 0, 1), False), ((-9, -9, 1, 1), True), ((20, 0, 30, 5), False), ((5, 2, 3, 9), False)],
)
def test_a_box_has_area_if_a_part_of_the_image_is_in_it(box: Box, has: bool) -> None:
    assert has_area(box, 20, 10) == has
