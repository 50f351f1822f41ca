import math
from typing import Any

import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.crop import RandomCrop
from {{ cookiecutter.package_name }}.data.input_size import fitted_size, fitting_scale


def cropped(crop: RandomCrop, image: tv_tensors.Image) -> Any:
    return crop({"image": image})["image"]


def places(height: int, width: int) -> tv_tensors.Image:
    """An image whose pixels say where they are: channels are row and column."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return tv_tensors.Image(torch.stack([rows, columns]))


@pytest.mark.parametrize(("height", "width"), [(200, 200), (60, 600), (600, 60)])
def test_a_crop_is_a_part_of_the_image_in_its_own_pixels(height: int, width: int) -> None:
    torch.manual_seed(0)
    crops = [cropped(RandomCrop(0.6, (height, width)), places(height, width)) for _ in range(50)]
    for crop in crops:
        top, left = crop[:, 0, 0].tolist()
        part = places(height, width)[:, top : top + crop.shape[1], left : left + crop.shape[2]]
        assert torch.equal(crop, part)
        assert crop.shape[1] * crop.shape[2] > 0.59 * height * width
        assert 0.7 < crop.shape[1] / crop.shape[2] * width / height < 1.4
    assert len({tuple(crop.shape) for crop in crops}) > 10
    assert len({tuple(crop[:, 0, 0].tolist()) for crop in crops}) > 10


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (100, 400)])
@pytest.mark.parametrize("image_size", [(64, 64), (64, 96), (128, 64)])
def test_a_crop_leaves_less_border_than_the_image_and_keeps_as_much_of_any(
    height: int, width: int, image_size: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    crops = [cropped(RandomCrop(0.5, image_size), places(height, width)).shape[1:] for _ in range(200)]
    parts = [math.prod(crop) / (height * width) for crop in crops]
    assert 0.49 < min(parts) < 0.55
    assert max(parts) > 0.95

    def content(size: tuple[int, int]) -> float:
        return math.prod(fitted_size(*size, image_size)) / math.prod(image_size)

    assert sum(content(crop) for crop in crops) / len(crops) > content((height, width)) + 0.01


def test_nothing_is_cut_off_where_all_is_to_be_kept() -> None:
    assert cropped(RandomCrop(1, (64, 64)), places(30, 50)).shape == (2, 30, 50)


def test_a_line_of_pixels_is_cut_too() -> None:
    torch.manual_seed(0)
    assert all(cropped(RandomCrop(0.5, (64, 64)), places(1, 100)).shape[1] == 1 for _ in range(20))


def test_what_belongs_to_an_image_is_cut_with_it() -> None:
    torch.manual_seed(0)
    item = RandomCrop(0.5, (64, 64))({"image": places(40, 60), "copy": places(40, 60)})
    assert torch.equal(item["image"], item["copy"])
    assert item["image"].shape != (2, 40, 60)


def test_what_is_larger_than_the_image_loses_the_same_part() -> None:
    torch.manual_seed(0)
    item = RandomCrop(0.5, (64, 64))({"image": places(40, 60), "larger": places(160, 240)})
    (top, left), (height, width) = item["image"][:, 0, 0].tolist(), item["image"].shape[1:]
    whole = places(160, 240)
    assert torch.equal(item["larger"], whole[:, 4 * top : 4 * (top + height), 4 * left : 4 * (left + width)])


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (100, 400), (1000, 200)])
@pytest.mark.parametrize("image_size", [(64, 64), (64, 96), (128, 64)])
@pytest.mark.parametrize("smallest", [0.3, 0.6, 1])
def test_of_an_image_with_enough_pixels_no_part_is_enlarged(
    height: int, width: int, image_size: tuple[int, int], smallest: float
) -> None:
    torch.manual_seed(0)
    enlarged = (math.prod(image_size) / smallest / (height * width)) ** 0.5
    height, width = math.ceil(enlarged * height), math.ceil(enlarged * width)
    crop = RandomCrop(smallest, image_size)
    for _ in range(300):
        _, part_height, part_width = cropped(crop, places(height, width)).shape
        assert fitting_scale(part_height, part_width, image_size) < 1.02  # but for rounding
