import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.results.draw import class_color, draw_prediction, truth_on_square


def found(height: int, width: int) -> dict[str, torch.Tensor]:
    box = torch.tensor([[0.0, 0.0, width, height]])
    return {"boxes": box, "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (300, 400)])
def test_an_image_of_any_shape_gives_a_picture_of_reasonable_size(size: tuple[int, int]) -> None:
    picture = draw_prediction(torch.zeros(3, *size, dtype=torch.uint8), found(*size), ["cat", "dog"])
    assert 100 < max(picture.size) <= 5000


def test_found_objects_have_the_color_of_their_class_and_true_ones_are_white() -> None:
    image = torch.zeros(3, 256, 256)
    prediction = {"boxes": torch.tensor([[100.0, 100, 200, 200]]), "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    (truth,) = truth_on_square({"boxes": [torch.tensor([[10.0, 10, 60, 60]])]})
    pixels = np.asarray(draw_prediction(image, prediction, ["cat", "dog"], truth))
    assert tuple(pixels[200, 150]) == class_color(1)
    assert tuple(pixels[60, 30]) == (255, 255, 255)
    assert tuple(pixels[150, 150]) == (0, 0, 0)
