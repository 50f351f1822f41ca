import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.transforms import (
    AUGMENTATIONS,
    Augmentation,
    change_batch,
    eval_transform,
    train_transform,
)


@pytest.mark.parametrize("augmentation", [None, *AUGMENTATIONS])
@pytest.mark.parametrize("shape", [(3, 40, 90), (3, 300, 20), (3, 64, 64)])
@pytest.mark.parametrize("size", [(64, 64), (64, 96)])
def test_any_image_becomes_an_input(augmentation: str | None, shape: tuple[int, ...], size: tuple[int, int]) -> None:
    transform = train_transform(size, AUGMENTATIONS[augmentation]) if augmentation else eval_transform(size)
    image = tv_tensors.Image(torch.randint(0, 256, shape, dtype=torch.uint8))
    item = transform({"image": image, "label": 3})
    assert item["image"].shape == (3, *size)
    assert item["image"].dtype == torch.uint8
    assert item["label"] == 3


def test_evaluation_sees_the_whole_image_and_is_not_random() -> None:
    corners = torch.zeros(3, 30, 90, dtype=torch.uint8)
    corners[:, :3, :3] = corners[:, -3:, -3:] = 255
    transform = eval_transform((90, 90))
    item = {"image": tv_tensors.Image(corners)}
    first: Tensor = transform(item)["image"]
    assert first[0, 0, 0] == first[0, 29, 89] == 255
    assert torch.equal(first, transform(item)["image"])


def test_training_sees_an_image_differently_each_time() -> None:
    image = tv_tensors.Image(torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8))
    transform = train_transform((64, 64), AUGMENTATIONS["light"])
    first, second = transform({"image": image}), transform({"image": image})
    assert not torch.equal(first["image"], second["image"])
    assert not torch.equal(first["colors"], second["colors"])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("height", "width"), [(50, 200), (200, 50)])
def test_of_a_long_image_training_sees_as_much_as_of_any_other(height: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    white = tv_tensors.Image(torch.full((3, height, width), 255, dtype=torch.uint8))
    content = train_transform((64, 64), AUGMENTATIONS["light"])({"image": white})["image"][0] == 255
    assert 0.25 - 0.02 < content.float().mean() < 0.25 / 0.6 + 0.02  # least, and what the smallest part can fill


def test_without_augmentation_training_sees_what_evaluation_does() -> None:
    image = tv_tensors.Image(torch.randint(0, 256, (3, 40, 90), dtype=torch.uint8))
    item = train_transform((64, 64), AUGMENTATIONS["none"])({"image": image})
    assert torch.equal(item.pop("image"), eval_transform((64, 64))({"image": image})["image"])
    assert not item


@pytest.mark.parametrize("seed", range(20))
def test_labels_are_mixed_as_their_images_are(seed: int) -> None:
    """Each image is as bright as its labels say, so that its mean says which parts it has."""
    labels = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 0, 0]])
    brightness = torch.tensor([0.5, 0.3, 0.1])
    images = (labels @ brightness)[:, None, None, None].expand(-1, 3, 16, 24).clone()
    batch = change_batch({"image": images, "label": labels.clone(), "mixing": seed})
    torch.testing.assert_close(batch["image"].mean(dim=(1, 2, 3)), batch["label"] @ brightness)
    assert "mixing" not in batch


def test_what_is_mixed_follows_from_the_seed_alone() -> None:
    def mixed(seed: int | None) -> Tensor:
        return change_batch({"image": torch.ones(3, 3, 8, 8), "label": torch.eye(3), "mixing": seed})["label"]

    first = mixed(5)
    before = torch.get_rng_state()
    assert torch.equal(mixed(5), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert len({tuple(mixed(seed).flatten().tolist()) for seed in range(10)}) == 10
    assert torch.equal(mixed(None), torch.eye(3))


def test_the_part_of_the_batches_that_is_mixed_is_the_one_asked_for() -> None:
    torch.manual_seed(0)
    transform = train_transform((8, 8), Augmentation(mixed=0.3))
    image = tv_tensors.Image(torch.zeros(3, 8, 8, dtype=torch.uint8))
    drawn = [transform({"image": image})["mixing"] for _ in range(500)]
    assert 0.2 < sum(seed is not None for seed in drawn) / 500 < 0.4


def test_a_smaller_batch_has_the_same_images() -> None:
    images = torch.randint(0, 256, (2, 3, 4, 6), dtype=torch.uint8)
    batch = change_batch({"image": images.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)}, (16, 24))
    assert batch["image"].shape == (2, 3, 16, 24)
    centers = F.avg_pool2d(batch["image"], 4)
    assert (centers - images / 255).abs().max() < 0.2
