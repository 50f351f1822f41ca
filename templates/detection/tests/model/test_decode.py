from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.models.detection import FCOS
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou

from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.input_size import fitted_size
from {{ cookiecutter.package_name }}.data.targets import load_target
from {{ cookiecutter.package_name }}.data.transforms import eval_transform
from {{ cookiecutter.package_name }}.model.decode import boxes_on_image, candidates, decode, places
from {{ cookiecutter.package_name }}.model.decode_arrays import LEAST_SCORE, STRIDES


def random_outputs(size: tuple[int, int], images: int = 2, classes: int = 3) -> dict[str, Tensor]:
    count = len(places(size)[0])
    return {
        "cls_logits": torch.randn(images, count, classes) - 1,
        "bbox_regression": torch.rand(images, count, 4) * 3,
        "bbox_ctrness": torch.randn(images, count, 1),
    }


def torchvision_fcos(threshold: float = LEAST_SCORE) -> FCOS:
    backbone = nn.Identity()
    backbone.out_channels = 32  # pyright: ignore[reportArgumentType]
    return FCOS(backbone, num_classes=3, score_thresh=threshold)


@pytest.mark.parametrize("size", [(128, 128), (384, 128), (128, 256)])
def test_places_are_those_of_torchvision(size: tuple[int, int]) -> None:
    height, width = size
    images, maps = torch.zeros(1, 3, *size), [torch.zeros(1, 1, height // stride, width // stride) for stride in STRIDES]
    (expected,) = torchvision_fcos().anchor_generator(ImageList(images, [size]), maps)
    assert torch.equal(places(size)[0], expected)


def test_places_are_as_far_apart_as_their_stride_whatever_the_size_of_the_input() -> None:
    at, levels = places((100, 170))
    for level, stride in zip(at.split(levels), STRIDES, strict=True):
        for sides, most in ((level[:, [1, 3]], 128), (level[:, [0, 2]], 192)):
            centers = sides.mean(dim=1).unique().tolist()
            assert len(centers) == -(-most // stride)
            assert all(after - before == stride for before, after in pairwise(centers))


@pytest.mark.parametrize("threshold", [LEAST_SCORE, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_predictions_on_the_input_are_those_of_torchvision(seed: int, threshold: float) -> None:
    torch.manual_seed(seed)
    outputs = random_outputs((256, 256))
    at, levels = places((256, 256))
    by_level = {name: list(output.split(levels, dim=1)) for name, output in outputs.items()}
    expected = torchvision_fcos(threshold).postprocess_detections(by_level, [list(at.split(levels))] * 2, [(256, 256)] * 2)
    for found, wanted in zip(decode(outputs, [(256, 256)] * 2, (256, 256), threshold), expected, strict=True):
        assert len(wanted["boxes"]) == 100
        assert torch.allclose(found["scores"], wanted["scores"], atol=1e-6)
        assert torch.equal(found["labels"], wanted["labels"])
        assert torch.allclose(found["boxes"], wanted["boxes"], atol=1e-4)


def test_candidates_as_an_exported_network_gives_them_are_decoded_alike() -> None:
    outputs = random_outputs((64, 64))
    ready = candidates(outputs, (64, 64))
    for found, expected in zip(decode(ready, [(90, 50)] * 2, (64, 64)), decode(outputs, [(90, 50)] * 2, (64, 64)), strict=True):
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_threshold_of_nothing_finds_what_the_metrics_count() -> None:
    outputs = random_outputs((64, 64))
    of_any, of_counted = (decode(outputs, [(64, 64)] * 2, (64, 64), *threshold) for threshold in ((0.0,), ()))
    for found, counted in zip(of_any, of_counted, strict=True):
        assert torch.equal(found["boxes"], counted["boxes"])


@pytest.mark.parametrize("image_size", [(64, 64), (64, 128), (100, 70)])
@pytest.mark.parametrize("size", [(64, 64), (30, 400), (400, 30), (1, 300), (300, 1)])
def test_predictions_are_filtered_sorted_and_inside_the_file(size: tuple[int, int], image_size: tuple[int, int]) -> None:
    (found,) = decode(random_outputs(image_size, images=1), [size], image_size, 0.3)
    left, top, right, bottom = found["boxes"].unbind(dim=1)
    assert 0 < len(found["boxes"]) <= 100
    assert (found["scores"] > 0.3).all()
    assert (found["scores"].diff() <= 0).all()
    assert ((left >= 0) & (left < right) & (right <= size[1])).all()
    assert ((top >= 0) & (top < bottom) & (bottom <= size[0])).all()
    assert ((found["labels"] >= 0) & (found["labels"] < 3)).all()
    for label in found["labels"].unique():
        same = found["boxes"][found["labels"] == label]
        assert (box_iou(same, same).fill_diagonal_(0) < 0.61).all()


def test_what_lies_in_the_border_of_the_input_is_no_object() -> None:
    outputs = {name: torch.full_like(output, -9.0) for name, output in random_outputs((64, 64), images=1).items()}
    outputs["bbox_regression"] = torch.ones_like(outputs["bbox_regression"])
    for place in (10, 60):  # at (16, 8) and (32, 56); the content ends at 32
        outputs["cls_logits"][0, place, 1], outputs["bbox_ctrness"][0, place] = 5, 5
    (found,) = decode(outputs, [(100, 200)], (64, 64))
    scale = 200 / 64
    assert found["boxes"].tolist() == [pytest.approx([8 * scale, 0, 24 * scale, 16 * scale])]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_outputs_in_low_precision_give_boxes_in_full_precision(kind: torch.dtype) -> None:
    outputs = {name: output.to(kind) for name, output in random_outputs((64, 64)).items()}
    for found in decode(outputs, [(1000, 2000)] * 2, (64, 64)):
        assert found["boxes"].dtype == found["scores"].dtype == torch.float32
        assert found["boxes"].isfinite().all()


def test_boxes_are_scaled_back_by_the_content_and_not_the_input() -> None:
    assert boxes_on_image(torch.tensor([[16.0, 8.0, 32.0, 16.0]]), (200, 400), (64, 64)).tolist() == [[100, 50, 200, 100]]


@pytest.mark.parametrize("image_size", [(64, 64), (64, 128), (128, 64)])
@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (333, 77)])
def test_boxes_return_to_where_they_were_on_the_image(height: int, width: int, image_size: tuple[int, int]) -> None:
    example = Example(Path("1.jpg"), ((5.0, 10.0, 45.0, 40.0),), (0,), (False,), (1200,))
    image = tv_tensors.Image(torch.zeros(3, height, width, dtype=torch.uint8))
    item = eval_transform(image_size)({"image": image, **load_target(example, ["a"], height, width)})
    moved = item["boxes"].as_subclass(Tensor)
    assert moved[0, 2] <= fitted_size(height, width, image_size)[1]
    assert torch.allclose(boxes_on_image(moved, (height, width), image_size), torch.tensor(example.boxes), atol=0.5)
