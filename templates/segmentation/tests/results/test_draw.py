import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.results.draw import class_color, draw_prediction, truth_on_input


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (300, 400)])
def test_an_image_of_any_shape_gives_a_picture_of_reasonable_size(size: tuple[int, int]) -> None:
    mask = torch.zeros(size, dtype=torch.uint8)
    picture = draw_prediction(torch.zeros(3, *size, dtype=torch.uint8), {"mask": mask}, ["sky", "sea"])
    assert 100 < max(picture.size) <= 15100


def test_the_image_is_followed_by_the_truth_and_the_prediction() -> None:
    image, predicted = torch.zeros(3, 200, 200), torch.full((200, 200), 1, dtype=torch.uint8)
    (truth,) = truth_on_input({"mask": torch.full((1, 200, 200), 2)})
    pixels = np.asarray(draw_prediction(image, {"mask": predicted}, ["sky", "sea", "sun"], truth))
    assert np.allclose(pixels[100, 100], 0, atol=1)
    assert np.allclose(pixels[100, 300], np.array(class_color(2)) / 2, atol=1)
    assert np.allclose(pixels[100, 500], np.array(class_color(1)) / 2, atol=1)
