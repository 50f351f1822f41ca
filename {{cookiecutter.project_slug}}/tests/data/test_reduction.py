import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.crop import RandomCrop
from {{ cookiecutter.package_name }}.data.input_size import fitted_size, fitting_scale
from {{ cookiecutter.package_name }}.data.reduction import Detail


@pytest.mark.parametrize(
    ("height", "width", "detail", "factor"),
    [
        (960, 1280, Detail((240, 320)), 4),
        (1280, 960, Detail((320, 240)), 4),
        (960, 1280, Detail((256, 320)), 4),  # which 240 rows of fill from one side to the other
        (960, 1280, Detail((256, 352)), 2),
        (1280, 960, Detail((240, 320)), 4),
        (960, 1280, Detail((480, 640)), 2),
        (960, 1280, Detail((480, 641)), 2),
        (960, 1280, Detail((481, 641)), 1),
        (3024, 4032, Detail((224, 224)), 8),
        (960, 1281, Detail((240, 320)), 1),  # a last column would be of a part of the file only
        (962, 1282, Detail((224, 224)), 2),
        (20, 30, Detail((64, 64)), 1),
        (960, 1280, Detail((240, 320), part=1 / 4), 2),
        (960, 1280, Detail((240, 320), part=1 / 5), 1),
        (256, 4096, Detail((64, 64), part=1 / 2), 8),  # half of it is long
        (960, 1280, Detail((64, 64), room=(128, 128)), 2),
        (960, 1280, Detail((64, 64), part=1 / 4, room=(256, 256)), 2),
        (64, 1280, Detail((64, 64), room=(256, 256)), 4),
    ],
)
def test_an_image_is_reduced_as_far_as_enough_pixels_are_left(height: int, width: int, detail: Detail, factor: int) -> None:
    assert detail.reduction(height, width) == factor
    assert type(detail.reduction(height, width)) is int  # sizes are written as JSON
    many = detail.reduction(np.array([height, 7]), np.array([width, 7]))
    assert many.tolist() == [factor, 1]


def test_no_part_of_a_reduced_image_is_enlarged_where_that_of_its_file_is_not() -> None:
    rng = np.random.default_rng(0)
    torch.manual_seed(0)  # of the crops
    reduced = 0
    for _ in range(1000):
        size = int(rng.integers(20, 200)), int(rng.integers(20, 200))
        height, width = (8 * int(side) for side in rng.integers(20, 200, 2))
        part = float(rng.choice([1, 0.6, 0.25]))
        factor = Detail(size, part).reduction(height, width)
        item = {"image": tv_tensors.Image(torch.zeros(1, height // factor, width // factor))}
        seen = (RandomCrop(part, size)(item) if part < 1 else item)["image"]
        reduced += factor > 1
        # The crop is rounded to whole pixels.
        tall, wide = seen.shape[1:]
        assert factor == 1 or fitting_scale(tall + 1, wide + 1, size) < 1
    assert reduced > 100


def test_a_reduced_image_becomes_exactly_as_large_on_the_input_as_its_file_would() -> None:
    rng = np.random.default_rng(0)
    for height, width in rng.integers(50, 500, (1000, 2)).tolist():
        for factor in (2, 4, 8):
            assert fitted_size(height, width, (80, 97)) == fitted_size(factor * height, factor * width, (80, 97))
