from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.letterbox import image_transform
from {{ cookiecutter.package_name }}.data.readers import Sample
from {{ cookiecutter.package_name }}.data.transforms import classes_on_image, eval_transform, train_transform


def scene(height: int, width: int) -> dict[str, torch.Tensor]:
    """A black image with a white rectangle, which is class 2; nothing is class 1."""
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 2
    return {"image": tv_tensors.Image((mask // 2 * 255).expand(3, -1, -1).clone()), "mask": tv_tensors.Mask(mask)}


@pytest.mark.parametrize("seed", range(10))
def test_the_mask_still_covers_its_object_after_augmentation(seed: int) -> None:
    torch.manual_seed(seed)
    item = train_transform(96)(scene(80, 120))
    assert item["image"].shape == (3, 96, 96)
    assert item["mask"].shape == (96, 96)
    assert set(item["mask"].unique().tolist()) <= {0, 2, 255}
    bright = item["image"].mean(dim=0) > 0.6
    inside = item["mask"] != 255
    assert ((bright == (item["mask"] == 2)) | ~inside).float().mean() > 0.97


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (64, 64)])
def test_the_borders_of_the_square_are_ignored(height: int, width: int) -> None:
    mask = eval_transform(64)(scene(height, width))["mask"]
    assert set(mask.unique().tolist()) <= {0, 2, 255}
    assert (mask == 255).sum().item() == 64 * 64 - 64 * 64 * min(height, width) // max(height, width)


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (333, 77), (20, 30)])
def test_classes_return_to_where_they_were_on_the_image(height: int, width: int) -> None:
    item = scene(height, width)
    mask = eval_transform(64)(item)["mask"].long()
    logits = torch.nn.functional.one_hot(torch.where(mask == 255, 0, mask), 3).permute(2, 0, 1).float()
    returned = classes_on_image(logits, height, width)
    assert returned.shape == (height, width)
    assert (returned == item["mask"]).float().mean() > 0.95


def files(folder: Path, mask: list[list[int]], size: tuple[int, int]) -> tuple[Path, Path]:
    Image.new("RGB", size).save(folder / "image.png")
    Image.fromarray(np.array(mask, dtype=np.uint8)).save(folder / "mask.png")
    return folder / "image.png", folder / "mask.png"


def test_255_is_the_foreground_of_a_binary_mask_and_ignored_in_others(tmp_path: Path) -> None:
    image, mask = files(tmp_path, [[0, 255]], (2, 1))
    for binary, expected in ((True, [[0, 1]]), (False, [[0, 255]])):
        dataset = AnnotatedImages([Sample(image, mask, binary)], ["a", "b"], lambda item: item)
        assert dataset[0]["mask"].tolist() == expected


@pytest.mark.parametrize(
    ("mask", "size", "binary", "words"),
    [
        ([[0, 2]], (2, 1), False, "has the value 2: expected 0 to 1"),
        ([[0, 7]], (2, 1), True, "has the value 7: expected only 0 and 255"),
        ([[0, 1]], (3, 1), False, "has 2x1 pixels, but its image 3x1"),
    ],
)
def test_a_mask_that_does_not_fit_is_named(
    mask: list[list[int]], size: tuple[int, int], binary: bool, words: str, tmp_path: Path
) -> None:
    sample = Sample(*files(tmp_path, mask, size), binary)
    with pytest.raises(UserError, match=words) as refused:
        AnnotatedImages([sample], ["a", "b"], lambda item: item)[0]
    assert "mask.png" in str(refused.value)


def test_prediction_sees_an_image_as_evaluation_does() -> None:
    item = scene(50, 70)
    assert torch.equal(image_transform(64)(item["image"]), eval_transform(64)(item)["image"])
