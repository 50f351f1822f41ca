import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.results.draw import class_color, draw_boxes, draw_prediction, truth_on_input


def found(height: int, width: int) -> dict[str, torch.Tensor]:
    box = torch.tensor([[0.0, 0.0, width, height]])
    return {"boxes": box, "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (300, 400)])
def test_an_image_of_any_shape_gives_a_picture_of_reasonable_size(size: tuple[int, int]) -> None:
    picture = draw_prediction(torch.zeros(3, *size, dtype=torch.uint8), found(*size), ["cat", "dog"])
    assert 100 < max(picture.size) <= 5000


def test_true_and_found_objects_are_apart_in_the_color_of_their_class() -> None:
    image = torch.zeros(3, 256, 256)
    prediction = {"boxes": torch.tensor([[100.0, 100, 200, 200]]), "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    (truth,) = truth_on_input({"boxes": [torch.tensor([[10.0, 10, 60, 60]])], "labels": [torch.tensor([0])]})
    pixels = np.asarray(draw_prediction(image, prediction, ["cat", "dog"], truth))
    assert tuple(pixels[60, 30]) == class_color(0)
    assert tuple(pixels[200, 256 + 150]) == class_color(1)
    assert tuple(pixels[200, 150]) == tuple(pixels[60, 256 + 30]) == tuple(pixels[150, 256 + 150]) == (0, 0, 0)


def test_a_label_is_left_out_where_it_would_hide_another() -> None:
    boxes = torch.tensor([[50.0, 50, 150, 150]]).repeat(9, 1)
    pixels = np.asarray(draw_boxes(torch.zeros(3, 256, 256), boxes, [class_color(number) for number in range(9)], ["cat"] * 9))
    shown = [number for number in range(9) if (pixels == class_color(number)).all(axis=-1).sum() > 150]
    assert shown == [0, 1, 2]  # above, below and inside the box; the best ones first


def test_a_box_of_negative_sides_is_drawn_between_its_corners() -> None:
    pixels = np.asarray(draw_boxes(torch.zeros(3, 256, 256), torch.tensor([[150.0, 140, 50, 60]]), [class_color(0)], [""]))
    assert tuple(pixels[60, 100]) == tuple(pixels[140, 100]) == class_color(0)
