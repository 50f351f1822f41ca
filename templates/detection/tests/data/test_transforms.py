import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision import tv_tensors
from torchvision.io import write_jpeg

from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.reduction import Detail
from {{ cookiecutter.package_name }}.data.targets import load_target
from {{ cookiecutter.package_name }}.data.transforms import AUGMENTATIONS, change_batch, eval_transform, train_transform


def scene(height: int, width: int, boxes: list[list[int]]) -> dict[str, Any]:
    """A black image with a white rectangle in each box."""
    image = torch.zeros(3, height, width, dtype=torch.uint8)
    for left, top, right, bottom in boxes:
        image[:, top:bottom, left:right] = 255
    corners: Any = tuple(map(tuple, boxes))
    count = len(boxes)
    example = Example(Path("1.jpg"), corners, tuple(range(count)), (False,) * count, (1,) * count)
    return {"image": tv_tensors.Image(image), **load_target(example, [], height, width)}


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("times", [1, 8])
@pytest.mark.parametrize("seed", range(20))
def test_a_box_still_surrounds_its_object_after_augmentation(seed: int, times: int, name: str, tmp_path: Path) -> None:
    augmentation = AUGMENTATIONS[name]
    torch.manual_seed(seed)
    left, top, right, bottom = (times * edge for edge in (30, 20, 70, 60))
    write_jpeg(scene(80 * times, 120 * times, [[left, top, right, bottom]])["image"], str(tmp_path / "1.jpg"), 95)
    example = Example(tmp_path / "1.jpg", ((left, top, right, bottom),), (1,), (False,), (1600,))
    detail = Detail((96, 96), augmentation.smallest_part)
    item = AnnotatedImages([example], ["a", "b"], train_transform((96, 96), augmentation), detail)[0]
    assert item["image"].shape == (3, 96, 96)
    assert item["size"] == (80 * times, 120 * times)
    bright = item["image"][0] > 190  # the gray border is darker
    assert len(item["boxes"]) == bright.any()
    if bright.any():
        rows, columns = bright.any(dim=1).nonzero().flatten(), bright.any(dim=0).nonzero().flatten()
        seen = torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        assert torch.allclose(item["boxes"][0].as_subclass(torch.Tensor), seen.float(), atol=2)


def test_boxes_that_reach_outside_are_cut_and_those_outside_are_dropped_with_their_labels() -> None:
    outside = scene(50, 50, [[-10, -10, 20, 20], [60, 60, 70, 70], [10, 10, 40, 40]])
    item = eval_transform((50, 50))(outside)
    assert item["boxes"].tolist() == [[0, 0, 20, 20], [10, 10, 40, 40]]
    assert item["labels"].tolist() == [0, 2]


@pytest.mark.parametrize("seed", range(5))
def test_an_image_without_objects_stays_one(seed: int) -> None:
    torch.manual_seed(seed)
    for transform in (*(train_transform((64, 64), each) for each in AUGMENTATIONS.values()), eval_transform((64, 64))):
        item = transform(scene(50, 70, []))
        assert item["image"].shape == (3, 64, 64)
        assert item["boxes"].shape == (0, 4)
        assert item["labels"].shape == (0,)


def test_without_augmentation_training_sees_what_evaluation_does() -> None:
    item = scene(50, 70, [[5, 10, 45, 40]])
    trained, evaluated = train_transform((64, 64), AUGMENTATIONS["none"])(item), eval_transform((64, 64))(item)
    assert trained.keys() == evaluated.keys() - {"truth"}
    assert all(torch.equal(trained[name], evaluated[name]) for name in ("image", "boxes", "labels"))


@pytest.mark.parametrize("images", [1, 2, 6])
@pytest.mark.parametrize("seed", range(20))
def test_in_a_mosaic_each_box_still_surrounds_its_object_and_all_objects_have_one(seed: int, images: int) -> None:
    """Each object is as bright as its label says, and alone in its image."""
    torch.manual_seed(seed)
    brightness = torch.linspace(0.5, 1, images)
    batch = {"image": torch.zeros(images, 3, 60, 80), "boxes": [], "labels": list(torch.arange(images)[:, None])}
    for image, bright in zip(batch["image"], brightness, strict=True):
        (left, width), (top, height) = ((int(torch.randint(40, ())), int(torch.randint(8, 20, ()))) for _ in range(2))
        image[:, top : top + height, left : left + width] = bright
        batch["boxes"].append(torch.tensor([[left, top, left + width, top + height]], dtype=torch.float32))
    before = torch.get_rng_state()
    made = change_batch({**batch, "mixing": seed})
    assert torch.equal(torch.get_rng_state(), before)
    assert "mixing" not in made
    assert made["image"].shape == (images, 3, 60, 80)
    for image, boxes, labels in zip(made["image"], made["boxes"], made["labels"], strict=True):
        assert len(boxes) == len(labels)
        covered = torch.zeros(60, 80, dtype=torch.bool)
        for (left, top, right, bottom), label in zip(boxes.tolist(), labels.tolist(), strict=True):
            assert 0 <= left < right <= 80
            assert 0 <= top < bottom <= 60
            inside = image[0, math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)]
            covered[math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)] = True
            if min(right - left, bottom - top) > 4:
                assert inside[2:-2, 2:-2].sub(brightness[label]).abs().max() < 1e-3
        assert (image[0][~covered] >= 0.5).sum() <= 20  # a row of less than a pixel has no box


@pytest.mark.parametrize("size", [(40, 60), (32, 96), (80, 120)])
def test_in_a_smaller_batch_a_box_still_surrounds_its_object(size: tuple[int, int]) -> None:
    items = [scene(80, 120, [[40, 16, 80, 64]]), scene(80, 120, [])]
    batch = {name: [item[name] for item in items] for name in ("boxes", "labels")}
    made = change_batch({**batch, "image": torch.stack([item["image"] for item in items])}, size)
    assert made["image"].shape == (2, 3, *size)
    assert [len(boxes) for boxes in made["boxes"]] == [1, 0]
    bright = made["image"][0, 0] > 0.5
    rows, columns = bright.any(dim=1).nonzero().flatten(), bright.any(dim=0).nonzero().flatten()
    corners = torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    assert torch.allclose(made["boxes"][0][0].float(), corners.float(), atol=1)
