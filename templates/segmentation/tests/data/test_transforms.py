import pytest
import torch
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.transforms import (
    AUGMENTATIONS,
    Augmentation,
    change_batch,
    eval_transform,
    train_transform,
)


def scene(height: int, width: int) -> dict[str, torch.Tensor]:
    """A black image with a white rectangle, which is class 2; nothing is class 1."""
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 2
    return {"image": tv_tensors.Image((mask // 2 * 255).expand(3, -1, -1).clone()), "mask": tv_tensors.Mask(mask)}


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("factor", [1, 4])
@pytest.mark.parametrize("seed", range(10))
def test_the_mask_still_covers_its_object_after_augmentation(seed: int, factor: int, name: str) -> None:
    torch.manual_seed(seed)
    reduced, of_file = scene(80, 120), scene(80 * factor, 120 * factor)
    item = train_transform((96, 96), AUGMENTATIONS[name])({"image": reduced["image"], "mask": of_file["mask"]})
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
    mask = train_transform((64, 64), AUGMENTATIONS["light"])(scene(height, width))["mask"]
    assert 0.25 - 0.02 < (mask != 255).float().mean() < 0.25 / 0.5 + 0.02  # least, and what the smallest part can fill


def test_the_mask_of_the_file_is_kept_as_it_was() -> None:
    item = scene(50, 100)
    before = item["mask"].clone()
    assert torch.equal(eval_transform((64, 64))(item)["truth"], before)


def test_without_augmentation_training_sees_what_evaluation_does() -> None:
    trained, evaluated = train_transform((64, 64), AUGMENTATIONS["none"])(scene(50, 70)), eval_transform((64, 64))(scene(50, 70))
    assert trained.keys() == {"image", "mask"}
    assert all(torch.equal(trained[name], evaluated[name]) for name in trained)


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_into_an_image_as_it_is_turned_is_ignored(seed: int) -> None:
    torch.manual_seed(seed)
    white = {
        "image": tv_tensors.Image(torch.full((3, 64, 64), 255, dtype=torch.uint8)),
        "mask": tv_tensors.Mask(torch.ones(64, 64, dtype=torch.uint8)),
    }
    item = train_transform((64, 64), Augmentation(degrees=30))(white)
    mask, gray = item["mask"], item["image"][0]
    assert ((mask == 1) | (mask == 255)).all()
    assert not ((mask == 1) & (gray == 114)).any()
    assert not ((mask == 255) & (gray == 255)).any()


@pytest.mark.parametrize("tile", [0, 40])
@pytest.mark.parametrize("factor", [1, 4])
def test_a_crop_by_class_has_a_rare_class_as_often_as_a_common_one(factor: int, tile: int) -> None:
    torch.manual_seed(0)
    image, mask = torch.zeros(3, 100, 160, dtype=torch.uint8), torch.zeros(100 * factor, 160 * factor, dtype=torch.uint8)
    mask[10 * factor : 14 * factor, 150 * factor : 154 * factor] = 3
    mask[:, : 80 * factor] = 255

    def seen(by_class: bool) -> float:
        transform = train_transform((32, 32), Augmentation(smallest_part=0.05, by_class=by_class), tile * factor)
        item = {"image": tv_tensors.Image(image), "mask": tv_tensors.Mask(mask)}
        return sum(bool((transform(item)["mask"] == 3).any()) for _ in range(100)) / 100

    assert seen(by_class=True) > 0.5 > seen(by_class=False)


@pytest.mark.parametrize("size", [(40, 60), (48, 64), (80, 120)])
def test_in_a_smaller_batch_the_mask_still_covers_its_object(size: tuple[int, int]) -> None:
    item = scene(80, 120)
    batch = change_batch({name: torch.stack([tensor, tensor.flip(-1)]) for name, tensor in item.items()}, size)
    assert batch["image"].shape == (2, 3, *size)
    assert batch["mask"].shape == (2, *size)
    assert batch["mask"].dtype == torch.uint8
    assert set(batch["mask"].unique().tolist()) == {0, 2}
    assert ((batch["image"][:, 0] > 0.5) == (batch["mask"] == 2)).float().mean() > 0.99
