from pathlib import Path

import pytest
import torch

from {{ cookiecutter.package_name }}.data.copies import Print
from {{ cookiecutter.package_name }}.data.example import Box, Example
from {{ cookiecutter.package_name }}.data.label_findings import claims, look_at_labels
from {{ cookiecutter.package_name }}.data.looks import Look

IMAGE = Path("1.jpg")
LOOKS = {IMAGE: Look("JPEG", 100, 200, (0, 0, 0), (9, 9, 9), Print("", 0))}
GOOD = (10.0, 10.0, 60.0, 60.0)


def kinds(*boxes: Box, crowds: tuple[bool, ...] | None = None, side: int = 100, tile: int = 0) -> dict[str, int]:
    crowds = crowds or (False,) * len(boxes)
    example = Example(IMAGE, boxes, (0,) * len(boxes), crowds, (1.0,) * len(boxes))
    return {each.kind: each.count for each in look_at_labels([example], LOOKS, (side, side), Path(), None, tile).findings}


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ((210.0, 10.0, 220.0, 20.0), "box without area"),
        ((10.0, 10.0, 10.0, 50.0), "box without area"),
        ((60.0, 60.0, 10.0, 10.0), "box without area"),
        ((-10.0, 10.0, 60.0, 60.0), "clipped box"),
        ((150.0, 50.0, 190.0, 101.0), "clipped box"),
        ((10.0, 10.0, 25.0, 25.0), "tiny box"),
        (GOOD, "repeated box"),
    ],
)
def test_a_box_that_cannot_be_meant_is_found_beside_a_good_one(box: Box, kind: str) -> None:
    assert kinds(GOOD, box) == {kind: 1}


def test_good_boxes_and_crowds_are_no_findings() -> None:
    assert kinds(GOOD, (0.0, 0.0, 200.4, 100.0), (0.0, 0.0, 0.0, 0.0), crowds=(False, False, True)) == {}
    assert kinds((0.0, 0.0, 9.0, 9.0), side=200) == {}
    assert kinds((0.0, 0.0, 9.0, 9.0), tile=100) == {}  # in tiles


def test_objects_are_counted_and_measured_as_the_model_sees_them() -> None:
    labels = look_at_labels([Example(IMAGE, (GOOD, GOOD), (1, 0), (False, True), (1.0, 1.0))], LOOKS, (100, 100), Path(), None)
    assert labels.objects == {IMAGE: {1: 1}}
    assert labels.sides == pytest.approx([25])
    assert kinds() == {"image without object": 1}


def test_a_box_is_claimed_with_its_score_and_agrees_where_one_of_its_class_is() -> None:
    truth = {"boxes": torch.tensor([GOOD]), "labels": torch.tensor([1])}
    predictions = [
        {"boxes": torch.tensor([GOOD, GOOD]), "labels": torch.tensor([1, 0]), "scores": torch.tensor([0.9, 0.7])},
        {"boxes": torch.tensor([GOOD]), "labels": torch.tensor([1]), "scores": torch.tensor([0.9])},
        {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64), "scores": torch.empty(0)},
    ]
    of_images = [[(round(score, 3), agrees) for score, agrees in each] for each in claims({"truth": [truth] * 3}, predictions)]
    assert of_images == [[(0.9, True), (0.7, False)], [(0.9, True)], []]
