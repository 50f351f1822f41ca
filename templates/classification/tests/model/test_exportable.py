import torch

from {{ cookiecutter.package_name }}.model.exportable import agreement


def test_predictions_agree_where_their_best_class_does() -> None:
    one = {"probabilities": torch.tensor([0.2, 0.5, 0.3])}
    assert agreement(one, {"probabilities": torch.tensor([0.3, 0.4, 0.3])}) == 1
    assert agreement(one, {"probabilities": torch.tensor([0.3, 0.3, 0.4])}) == 0
