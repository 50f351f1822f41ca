from typing import Any

import pytest
import torch
from torch.nn import functional as F
from torch.nn.functional import one_hot
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.data.input_size import fitted_size
from {{ cookiecutter.package_name }}.data.transforms import eval_transform
from {{ cookiecutter.package_name }}.model.decode import classes_on_image, decode


def test_masks_have_the_size_of_the_files() -> None:
    masks = decode(torch.rand(3, 4, 64, 64), [(100, 30), (7, 200), (1, 5000)], (64, 64))
    assert [tuple(found["mask"].shape) for found in masks] == [(100, 30), (7, 200), (1, 5000)]
    assert all(found["mask"].dtype == torch.uint8 and found["mask"].max() < 4 for found in masks)


def test_a_file_as_large_as_the_input_has_the_best_class_of_each_pixel() -> None:
    logits = torch.rand(1, 4, 64, 64)
    (found,) = decode(logits, [(64, 64)], (64, 64))
    assert torch.equal(found["mask"].long(), logits[0].argmax(dim=0))


def test_the_borders_of_the_input_are_not_in_the_mask() -> None:
    classes = torch.full((64, 64), 2)
    classes[:32, :32], classes[:32, 32:] = 0, 1
    mask = classes_on_image(one_hot(classes, 3).permute(2, 0, 1).float(), (100, 200), (64, 64))
    assert (mask[:, :98] == 0).all()
    assert (mask[:, 102:] == 1).all()


@pytest.mark.parametrize("size", [(64, 64), (100, 77), (333, 200), (20, 30), (1, 50), (300, 2)])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])  # the latter has many equal scores
def test_the_classes_are_those_of_all_scores_scaled_at_once(
    size: tuple[int, int], kind: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = torch.randn(7, 64, 64, generator=torch.Generator().manual_seed(0)).to(kind).float()
    height, width = fitted_size(*size, (64, 64))
    interpolate = F.interpolate
    scores = interpolate(logits[None, :, :height, :width], size, mode="bilinear", antialias=True)[0]

    def of_one_class(inputs: torch.Tensor, *args: Any, **options: Any) -> torch.Tensor:
        assert inputs.shape[:2] == (1, 1), "the scores of all classes at the size of a photo would fill the memory"
        return interpolate(inputs, *args, **options)

    monkeypatch.setattr(F, "interpolate", of_one_class)
    assert torch.equal(classes_on_image(logits, size, (64, 64)).long(), scores.argmax(dim=0))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_outputs_in_low_precision_can_be_decoded(kind: torch.dtype) -> None:
    (found,) = decode(torch.rand(1, 4, 64, 64).to(kind), [(100, 30)], (64, 64))
    assert found["mask"].shape == (100, 30)


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (333, 77), (20, 30)])
@pytest.mark.parametrize("image_size", [(64, 64), (64, 128), (128, 64)])
def test_classes_return_to_where_they_were_on_the_image(height: int, width: int, image_size: tuple[int, int]) -> None:
    truth = torch.zeros(height, width, dtype=torch.uint8)
    truth[height // 4 : height // 2, width // 4 : width // 2] = 2
    item = eval_transform(image_size)({"image": tv_tensors.Image(torch.zeros(3, height, width)), "mask": tv_tensors.Mask(truth)})
    assert item["mask"].shape == image_size
    mask = item["mask"].as_subclass(torch.Tensor).long()
    logits = one_hot(mask.where(mask != 255, 0), 3).permute(2, 0, 1).float()
    returned = classes_on_image(logits, (height, width), image_size)
    assert returned.shape == (height, width)
    assert (returned == truth).float().mean() > 0.95
