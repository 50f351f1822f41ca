import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.crop import RandomCrop, whole_of_part


def places(height: int, width: int) -> tv_tensors.Image:
    """An image whose pixels say where they are: channels are row and column."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return tv_tensors.Image(torch.stack([rows, columns]))


@pytest.mark.parametrize(("height", "width"), [(200, 200), (60, 600), (600, 60)])
def test_a_crop_is_a_part_of_the_image_in_its_own_pixels(height: int, width: int) -> None:
    torch.manual_seed(0)
    crops = [RandomCrop(0.6)(places(height, width)) for _ in range(50)]
    for crop in crops:
        top, left = crop[:, 0, 0].tolist()
        part = places(height, width)[:, top : top + crop.shape[1], left : left + crop.shape[2]]
        assert torch.equal(crop, part)
        assert crop.shape[1] * crop.shape[2] > 0.59 * height * width
        assert 0.7 < crop.shape[1] / crop.shape[2] * width / height < 1.4
    assert len({tuple(crop.shape) for crop in crops}) > 10
    assert len({tuple(crop[:, 0, 0].tolist()) for crop in crops}) > 10


def test_nothing_is_cut_off_where_all_is_to_be_kept() -> None:
    assert RandomCrop(1)(places(30, 50)).shape == (2, 30, 50)


def test_a_line_of_pixels_is_cut_too() -> None:
    torch.manual_seed(0)
    assert all(RandomCrop(0.5)(places(1, 100)).shape[1] == 1 for _ in range(20))


def test_what_belongs_to_an_image_is_cut_with_it() -> None:
    torch.manual_seed(0)
    item = RandomCrop(0.5)({"image": places(40, 60), "copy": places(40, 60)})
    assert torch.equal(item["image"], item["copy"])
    assert item["image"].shape != (2, 40, 60)


def test_what_is_larger_than_the_image_loses_the_same_part() -> None:
    torch.manual_seed(0)
    item = RandomCrop(0.5)({"image": places(40, 60), "mask": tv_tensors.Mask(places(160, 240))})
    (top, left), (height, width) = item["image"][:, 0, 0].tolist(), item["image"].shape[1:]
    whole = places(160, 240)
    assert torch.equal(item["mask"], whole[:, 4 * top : 4 * (top + height), 4 * left : 4 * (left + width)])


@pytest.mark.parametrize("smallest", [0.3, 0.6, 0.9, 1])
def test_any_part_of_what_is_large_enough_fills_what_is_to_be_filled(smallest: float) -> None:
    torch.manual_seed(0)
    height, width = whole_of_part((60, 60), smallest)
    sizes = [RandomCrop(smallest)(places(height // 2, width)).shape[1:] for _ in range(500)]
    assert all(max(size) >= 60 for size in sizes)
    assert min(max(size) for size in sizes) < 66
