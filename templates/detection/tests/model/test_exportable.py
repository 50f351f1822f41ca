from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.model.exportable import agreement, describe_outputs, ordered_like


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


def test_boxes_of_dfine_are_compared_whatever_their_order() -> None:
    objects, scores = 100 * torch.rand(2, 5, 4), torch.rand(2, 5, 3)
    order = torch.tensor([[4, 3, 2, 1, 0], [1, 0, 2, 4, 3]])[..., None]
    changed = {"objects": objects.take_along_dim(order, 1) + 0.01, "scores": scores.take_along_dim(order, 1)}
    found = ordered_like(changed, {"objects": objects, "scores": scores})
    torch.testing.assert_close(found, {"objects": objects + 0.01, "scores": scores})
    places = {"boxes": objects, "scores": scores}
    assert ordered_like(places, {name: values.flip(1) for name, values in places.items()}) == places


@pytest.mark.parametrize(("backbone", "boxes", "suppresses"), [("resnet18", "boxes", True), ("dfine_n", "objects", False)])
def test_a_file_says_what_is_still_to_be_done_with_its_boxes(backbone: str, boxes: str, suppresses: bool) -> None:
    module: Any = SimpleNamespace(decode_options={"score_threshold": 0.3}, hparams={"backbone": backbone})
    said = describe_outputs(module)
    assert said.keys() == {boxes, "scores", "to do"}
    assert "in pixels of the input" in said[boxes]
    assert ("by more than 0.6" in said["to do"]) is suppresses
    assert all(words in said["to do"] for words in ("above 0.3", "the 100 best"))
