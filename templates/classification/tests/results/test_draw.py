import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.results.draw import draw_prediction, truth_on_input

PREDICTION = {"probabilities": torch.tensor([0.2, 0.8]), "labels": torch.tensor([False, True])}
NONE = PREDICTION | {"labels": torch.tensor([False, False])}


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (300, 400)])
def test_an_image_of_any_shape_gives_a_picture_of_reasonable_size(size: tuple[int, int]) -> None:
    picture = draw_prediction(torch.zeros(3, *size, dtype=torch.uint8), PREDICTION, ["cat", "dog"])
    assert 100 < max(picture.size) <= 5100


def test_the_line_is_green_for_right_and_red_for_wrong() -> None:
    image = torch.rand(3, 64, 64)
    truths = truth_on_input({"label": torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])})
    for prediction, strongest in ((PREDICTION, [1, 0, 0, 0]), (NONE, [0, 0, 0, 1])):
        corners = [np.asarray(draw_prediction(image, prediction, ["cat", "dog"], truth))[-1, -1] for truth in truths]
        assert [corner.argmax() for corner in corners] == strongest
