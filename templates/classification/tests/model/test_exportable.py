import torch

from {{ cookiecutter.package_name }}.model.exportable import agreement


def test_predictions_agree_where_all_their_labels_do() -> None:
    one = {"labels": torch.tensor([False, True, True])}
    assert agreement(one, {"labels": torch.tensor([False, True, True])}) == 1
    assert agreement(one, {"labels": torch.tensor([False, True, False])}) == 0
