import pytest
import torch

from {{ cookiecutter.package_name }}.model.decode import decode


def test_each_image_gets_the_probabilities_of_the_classes() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]])
    same, first = decode(logits, [(10, 20), (64, 64)], 64)
    assert same["probabilities"].tolist() == pytest.approx([0.25] * 4)
    assert first["probabilities"][0] > 0.99


def test_probabilities_have_full_precision_whatever_the_network_computes_in() -> None:
    (found,) = decode(torch.tensor([[3.0, 1.0, -2.0]], dtype=torch.bfloat16), [(64, 64)], 64)
    assert found["probabilities"].dtype == torch.float32
    assert found["probabilities"].sum().item() == pytest.approx(1, abs=1e-6)
