import pytest
import segmentation_models_pytorch as smp
import torch
from torch.nn import functional as F

from {{ cookiecutter.package_name }}.model.loss import mask_loss


@pytest.mark.parametrize("classes", [2, 7])
def test_the_loss_and_its_gradient_equal_those_of_other_libraries(classes: int) -> None:
    torch.manual_seed(0)
    masks = torch.randint(classes, (3, 33, 50))
    masks[masks == 1] = 0  # a class that the batch does not have
    masks[torch.rand(masks.shape) < 0.2] = 255
    masks[2] = 255
    mine, other = (torch.randn(3, classes, 33, 50, generator=torch.manual_seed(1)).requires_grad_() for _ in range(2))
    loss = mask_loss(mine, masks)
    dice = smp.losses.DiceLoss("multiclass", ignore_index=255)
    expected = F.cross_entropy(other, masks, ignore_index=255) + dice(other, masks)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(mine.grad, other.grad, rtol=1e-4, atol=1e-9)


def test_a_class_that_is_certainly_wrong_still_has_a_finite_loss() -> None:
    logits = torch.tensor([0.0, 1000.0])[None, :, None, None].repeat(1, 1, 2, 2).requires_grad_()
    loss = mask_loss(logits, torch.zeros(1, 2, 2, dtype=torch.int64))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
