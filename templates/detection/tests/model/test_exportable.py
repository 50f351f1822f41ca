import pytest
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.model.exportable import agreement


def found(*boxes: list[float], label: int = 0) -> dict[str, Tensor]:
    return {"boxes": torch.tensor(boxes).reshape(-1, 4), "labels": torch.full((len(boxes),), label)}


def test_predictions_agree_by_the_boxes_that_both_have() -> None:
    one, two = [0.0, 0, 20, 20], [50.0, 50, 90, 90]
    assert agreement(found(one, two), found(two, one)) == 1
    assert agreement(found(), found()) == 1
    assert agreement(found(one, two), found(one)) == agreement(found(one), found(one, two)) == 0.5
    assert agreement(found(one, one), found(one)) == pytest.approx(0.5)
    assert agreement(found(one), found([0.0, 0, 20, 19])) == 0
    assert agreement(found(one), found(one, label=1)) == 0
