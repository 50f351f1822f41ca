import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.input_size import fitted_size
from {{ cookiecutter.package_name }}.data.letterbox import Letterbox


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (10, 300), (64, 64), (1, 1), (1, 500)])
def test_fitting_into_a_square_keeps_proportions_and_content(height: int, width: int) -> None:
    image = tv_tensors.Image(torch.full((3, height, width), 200, dtype=torch.uint8))
    fitted = Letterbox((64, 64))({"image": image})["image"]
    assert fitted.shape == (3, 64, 64)
    fitted_height, fitted_width = fitted_size(height, width, (64, 64))
    assert max(fitted_height, fitted_width) == 64
    assert fitted_height / fitted_width == pytest.approx(height / width, abs=1 / 64)
    assert (fitted[:, :fitted_height, :fitted_width] == 200).all()
    assert (fitted == 200).sum() == 3 * fitted_height * fitted_width


@pytest.mark.parametrize("image_size", [(32, 64), (64, 32), (480, 640)])
@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (10, 300), (333, 444), (1, 500)])
def test_in_a_rectangle_one_side_is_full_and_no_other_border_is_left(height: int, width: int, image_size: tuple[int, int]) -> None:
    fitted = fitted_size(height, width, image_size)
    assert any(side == most for side, most in zip(fitted, image_size, strict=True))
    assert all(side <= most for side, most in zip(fitted, image_size, strict=True))
    image = tv_tensors.Image(torch.full((3, height, width), 200, dtype=torch.uint8))
    shown = Letterbox(image_size)({"image": image})["image"] == 200
    assert shown.shape == (3, *image_size)
    assert shown[:, : fitted[0], : fitted[1]].all()
    assert shown.sum() == 3 * fitted[0] * fitted[1]


def test_each_type_has_its_own_border() -> None:
    image = tv_tensors.Image(torch.zeros(3, 20, 10, dtype=torch.uint8))
    assert Letterbox((20, 20))({"image": image})["image"][0, 0, -1] == 114
    assert Letterbox((20, 20), {tv_tensors.Image: 7})({"image": image})["image"][0, 0, -1] == 7
