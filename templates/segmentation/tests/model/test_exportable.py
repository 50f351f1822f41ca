import torch

from {{ cookiecutter.package_name }}.model.exportable import agreement


def test_predictions_agree_by_their_pixels() -> None:
    mask = torch.tensor([[0, 1], [2, 2]], dtype=torch.uint8)
    assert agreement({"mask": mask}, {"mask": mask}) == 1
    assert agreement({"mask": mask}, {"mask": mask.T}) == 0.5
