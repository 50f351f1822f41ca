import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.letterbox import image_transform
from {{ cookiecutter.package_name }}.data.transforms import eval_transform, train_transform


def scene(height: int, width: int) -> dict[str, torch.Tensor]:
    """A black image with a white rectangle, which is class 2; nothing is class 1."""
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 2
    return {"image": tv_tensors.Image((mask // 2 * 255).expand(3, -1, -1).clone()), "mask": tv_tensors.Mask(mask)}


@pytest.mark.parametrize("factor", [1, 4])
@pytest.mark.parametrize("seed", range(10))
def test_the_mask_still_covers_its_object_after_augmentation(seed: int, factor: int) -> None:
    torch.manual_seed(seed)
    reduced, of_file = scene(80, 120), scene(80 * factor, 120 * factor)
    item = train_transform((96, 96))({"image": reduced["image"], "mask": of_file["mask"]})
    assert item["image"].shape == (3, 96, 96)
    assert item["mask"].shape == (96, 96)
    assert set(item["mask"].unique().tolist()) <= {0, 2, 255}
    bright = item["image"][0] > 150
    inside = item["mask"] != 255
    assert ((bright == (item["mask"] == 2)) | ~inside).float().mean() > 0.97


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (64, 64)])
def test_the_borders_of_the_input_are_ignored(height: int, width: int) -> None:
    mask = eval_transform((64, 64))(scene(height, width))["mask"]
    assert set(mask.unique().tolist()) <= {0, 2, 255}
    assert (mask == 255).sum().item() == 64 * 64 - 64 * 64 * min(height, width) // max(height, width)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("height", "width"), [(50, 200), (200, 50)])
def test_of_a_long_image_training_sees_as_much_as_of_any_other(height: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    mask = train_transform((64, 64))(scene(height, width))["mask"]
    assert 0.25 - 0.02 < (mask != 255).float().mean() < 0.25 / 0.5 + 0.02  # least, and what the smallest part can fill


def test_the_mask_of_the_file_is_kept_as_it_was() -> None:
    item = scene(50, 100)
    before = item["mask"].clone()
    assert torch.equal(eval_transform((64, 64))(item)["truth"], before)


def test_prediction_sees_an_image_as_evaluation_does() -> None:
    item = scene(50, 70)
    torch.testing.assert_close(image_transform((64, 64))(item["image"]), eval_transform((64, 64))(item)["image"] / 255)
