import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.model import decode, decode_arrays


@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("scale", [1, 30, 1000])  # of the last one, exponentials are infinite
def test_arrays_have_the_probabilities_of_tensors(scale: int, multi_label: bool) -> None:
    logits = torch.randn(50, 7, generator=torch.Generator().manual_seed(0)) * scale
    sizes = [(10, 20)] * len(logits)
    with np.errstate(all="raise", under="ignore"):
        found = decode_arrays.decode(logits.numpy(), sizes, (64, 64), multi_label)
    expected = decode.decode(logits, sizes, (64, 64), multi_label)
    assert len(found) == len(expected)
    for mine, its in zip(found, expected, strict=True):
        assert mine.keys() == its.keys()
        assert (mine["probabilities"].dtype, mine["labels"].dtype) == (np.float32, np.bool_)
        # Both round to float32, each in its own order.
        assert mine["probabilities"] == pytest.approx(its["probabilities"].numpy(), abs=1e-6)
        assert mine["labels"].tolist() == its["labels"].tolist()
