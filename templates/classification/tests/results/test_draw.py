import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.results.draw import draw_prediction, truth_on_square

PREDICTION = {"probabilities": torch.tensor([0.2, 0.8])}


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (300, 400)])
def test_an_image_of_any_shape_gives_a_picture_of_reasonable_size(size: tuple[int, int]) -> None:
    picture = draw_prediction(torch.zeros(3, *size, dtype=torch.uint8), PREDICTION, ["cat", "dog"])
    assert 100 < max(picture.size) <= 5100


def test_the_line_is_green_for_right_and_red_for_wrong() -> None:
    image = torch.rand(3, 64, 64)
    for truth, strongest in zip(truth_on_square({"label": torch.tensor([1, 0])}), (1, 0), strict=True):
        corner = np.asarray(draw_prediction(image, PREDICTION, ["cat", "dog"], truth))[-1, -1]
        assert corner.argmax() == strongest
