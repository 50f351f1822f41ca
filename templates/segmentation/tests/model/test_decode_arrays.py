import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.model import decode, decode_arrays


@pytest.mark.parametrize("size", [(64, 96), (128, 192), (100, 77), (333, 200), (20, 30), (1, 50), (300, 2)])
def test_arrays_have_the_classes_of_tensors(size: tuple[int, int]) -> None:
    logits = torch.randn(2, 7, 64, 96, generator=torch.Generator().manual_seed(0))
    found = decode_arrays.decode(logits.numpy(), [size] * 2, (64, 96))
    expected = decode.decode(logits, [size] * 2, (64, 96))
    for mine, its in zip(found, expected, strict=True):
        assert mine.keys() == its.keys() == {"mask"}
        assert (mine["mask"].shape, mine["mask"].dtype) == (size, np.uint8)
        # Of two classes whose scores differ by less than float32 can tell after scaling, either may be taken.
        assert (mine["mask"] == its["mask"].numpy()).mean() > 0.9995
