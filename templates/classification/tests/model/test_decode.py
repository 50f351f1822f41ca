import pytest
import torch

from {{ cookiecutter.package_name }}.model.decode import decode


def test_each_image_gets_the_probabilities_of_the_classes_and_the_most_probable_one() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, 9.0, 0.0, 0.0]])
    same, second = decode(logits, [(10, 20), (64, 64)], (64, 64))
    assert same["probabilities"].tolist() == pytest.approx([0.25] * 4)
    assert same["labels"].sum() == 1
    assert second["probabilities"][1] > 0.99
    assert second["labels"].tolist() == [False, True, False, False]


def test_each_of_any_number_of_labels_has_a_probability_of_its_own() -> None:
    both, none = decode(torch.tensor([[9.0, 9.0, -9.0], [-1.0, -9.0, -0.1]]), [(10, 20), (64, 64)], (64, 64), multi_label=True)
    assert both["labels"].tolist() == [True, True, False]
    assert both["probabilities"][:2].min() > 0.99
    assert not none["labels"].any()


@pytest.mark.parametrize("multi_label", [False, True])
def test_probabilities_have_full_precision_whatever_the_network_computes_in(multi_label: bool) -> None:
    logits = torch.tensor([[3.0, 1.0, -2.0]], dtype=torch.bfloat16)
    (found,), (expected,) = (decode(each, [(64, 64)], (64, 64), multi_label) for each in (logits, logits.float()))
    assert found["probabilities"].dtype == torch.float32
    assert torch.equal(found["probabilities"], expected["probabilities"])
