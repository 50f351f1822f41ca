import numpy as np
import pytest

from {{ cookiecutter.package_name }}.data.letterbox import fitted_size
from {{ cookiecutter.package_name }}.data.reduction import reduction


@pytest.mark.parametrize(
    ("height", "width", "pixels", "factor"),
    [
        (960, 1280, 240 * 320, 4),
        (1280, 960, 240 * 320, 4),
        (960, 1280, 240 * 320 + 1, 2),
        (960, 1280, 480 * 640, 2),
        (960, 1280, 480 * 640 + 1, 1),
        (3024, 4032, 224 * 224, 8),
        (960, 1281, 240 * 320, 1),  # a last column would be of a part of the file only
        (962, 1282, 224 * 224, 2),
        (20, 30, 64 * 64, 1),
    ],
)
def test_an_image_is_reduced_as_far_as_enough_pixels_are_left(height: int, width: int, pixels: int, factor: int) -> None:
    assert reduction(height, width, pixels) == factor
    many = reduction(np.array([height, 7]), np.array([width, 7]), pixels)
    assert many.tolist() == [factor, 1]


def test_a_reduced_image_becomes_exactly_as_large_on_the_input_as_its_file_would() -> None:
    rng = np.random.default_rng(0)
    for height, width in rng.integers(50, 500, (1000, 2)).tolist():
        for factor in (2, 4, 8):
            assert fitted_size(height, width, (80, 97)) == fitted_size(factor * height, factor * width, (80, 97))
