import numpy as np
import pytest
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.model import decode, decode_arrays
from {{ cookiecutter.package_name }}.model.decode import places
from {{ cookiecutter.package_name }}.model.decode_arrays import MOST_BOXES

SIZES = [(128, 192), (300, 200), (77, 1000), (20, 30)]


def random_outputs(size: tuple[int, int], name: str = "boxes") -> dict[str, Tensor]:
    """Candidates around all places, also beyond the input, of which many overlap."""
    generator = torch.Generator().manual_seed(0)
    at, _ = places(size)
    boxes = at + torch.randn(len(SIZES), len(at), 4, generator=generator) * (at[:, 2:] - at[:, :2]).repeat(1, 2) / 3
    return {name: boxes, "scores": torch.rand(len(SIZES), len(at), 3, generator=generator) ** 2}


@pytest.mark.parametrize("image_size", [(128, 192), (96, 96), (100, 170)])
@pytest.mark.parametrize("name", ["boxes", "objects"])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.9, 1.0])
def test_arrays_have_the_boxes_of_tensors(threshold: float, name: str, image_size: tuple[int, int]) -> None:
    outputs = random_outputs(image_size, name)
    arrays = {key: tensor.numpy() for key, tensor in outputs.items()}
    found = decode_arrays.decode(arrays, SIZES, image_size, threshold)
    expected = decode.decode(outputs, SIZES, image_size, threshold)
    assert [len(each["boxes"]) for each in found] == [len(each["boxes"]) for each in expected]
    assert (len(found[0]["boxes"]) == MOST_BOXES, len(found[0]["boxes"]) == 0) == (threshold < 0.9, threshold == 1)
    for mine, its in zip(found, expected, strict=True):
        assert mine.keys() == its.keys()
        assert mine["labels"].tolist() == its["labels"].tolist()
        assert np.array_equal(mine["scores"], its["scores"].numpy())
        assert mine["boxes"] == pytest.approx(its["boxes"].numpy(), rel=1e-6, abs=1e-4)  # float32, in pixels


def test_an_image_without_objects_has_empty_arrays() -> None:
    outputs = {name: tensor.numpy() * 0 for name, tensor in random_outputs((96, 96)).items()}
    for each in decode_arrays.decode(outputs, SIZES, (96, 96)):
        assert {name: array.shape for name, array in each.items()} == {"boxes": (0, 4), "scores": (0,), "labels": (0,)}
