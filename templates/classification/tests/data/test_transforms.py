from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from {{ cookiecutter.package_name }}.data.letterbox import image_transform
from {{ cookiecutter.package_name }}.data.transforms import eval_transform, train_transform


@pytest.mark.parametrize("make", [train_transform, eval_transform])
@pytest.mark.parametrize("shape", [(3, 40, 90), (3, 300, 20), (3, 64, 64)])
@pytest.mark.parametrize("size", [(64, 64), (64, 96)])
def test_any_image_becomes_an_input(
    make: Callable[[tuple[int, int]], v2.Transform], shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    image = tv_tensors.Image(torch.randint(0, 256, shape, dtype=torch.uint8))
    item = make(size)({"image": image, "label": 3})
    assert item["image"].shape == (3, *size)
    assert item["image"].dtype == torch.uint8
    assert item["label"] == 3


def test_evaluation_sees_the_whole_image_and_is_not_random() -> None:
    corners = torch.zeros(3, 30, 90, dtype=torch.uint8)
    corners[:, :3, :3] = corners[:, -3:, -3:] = 255
    transform = eval_transform((90, 90))
    first: Tensor = transform(tv_tensors.Image(corners))
    assert first[0, 0, 0] == first[0, 29, 89] == 255
    assert torch.equal(first, transform(tv_tensors.Image(corners)))


def test_training_sees_an_image_differently_each_time() -> None:
    image = tv_tensors.Image(torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8))
    transform = train_transform((64, 64))
    first, second = transform({"image": image}), transform({"image": image})
    assert not torch.equal(first["image"], second["image"])
    assert not torch.equal(first["colors"], second["colors"])


def test_prediction_sees_an_image_as_evaluation_does() -> None:
    image = tv_tensors.Image(torch.randint(0, 256, (3, 40, 90), dtype=torch.uint8))
    torch.testing.assert_close(image_transform((64, 64))(image), eval_transform((64, 64))(image) / 255)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("height", "width"), [(50, 200), (200, 50)])
def test_of_a_long_image_training_sees_as_much_as_of_any_other(height: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    white = tv_tensors.Image(torch.full((3, height, width), 255, dtype=torch.uint8))
    content = train_transform((64, 64))({"image": white})["image"][0] == 255
    assert 0.25 - 0.02 < content.float().mean() < 0.25 / 0.6 + 0.02  # least, and what the smallest part can fill
