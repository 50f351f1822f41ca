import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import FCOS

from {{ cookiecutter.package_name }}.model.decode import places
from {{ cookiecutter.package_name }}.model.loss import fcos_loss, match

SIZE = (256, 192)  # height and width


def random_boxes(count: int) -> Tensor:
    corners = torch.rand(count, 2, 2) * torch.tensor(SIZE[::-1])
    return torch.cat([corners.amin(dim=1), corners.amax(dim=1) + 1], dim=1)


@pytest.mark.parametrize("seed", range(5))
def test_the_loss_is_that_of_torchvision(seed: int) -> None:
    torch.manual_seed(seed)
    at, levels = places(SIZE)
    outputs = {
        "cls_logits": torch.randn(3, len(at), 4),
        "bbox_regression": torch.rand(3, len(at), 4) * 5,
        "bbox_ctrness": torch.randn(3, len(at), 1),
    }
    boxes = [random_boxes(20), random_boxes(0), random_boxes(3)]
    labels = [torch.randint(4, (len(of_image),)) for of_image in boxes]
    backbone = nn.Identity()
    backbone.out_channels = 32  # pyright: ignore[reportArgumentType]
    targets = [{"boxes": of_image, "labels": label} for of_image, label in zip(boxes, labels, strict=True)]
    expected = sum(FCOS(backbone, num_classes=4).compute_loss(targets, outputs, [at] * 3, levels).values())
    assert fcos_loss(outputs, boxes, labels, SIZE).item() == pytest.approx(float(expected), rel=1e-5)


def test_images_without_an_object_have_a_loss_that_can_be_learned_from() -> None:
    at, _ = places((64, 64))
    outputs = {name: torch.randn(1, len(at), width, requires_grad=True) for name, width in
               (("cls_logits", 2), ("bbox_regression", 4), ("bbox_ctrness", 1))}  # fmt: skip
    loss = fcos_loss(outputs, [torch.zeros(0, 4)], [torch.zeros(0, dtype=torch.int64)], (64, 64))
    loss.backward()
    assert loss.isfinite()
    assert all(output.grad is not None and output.grad.isfinite().all() for output in outputs.values())


def test_a_place_learns_the_smallest_of_the_objects_it_lies_in() -> None:
    at, levels = places((64, 64))
    large, small = [2.0, 2, 30, 30], [10.0, 10, 22, 22]
    matches = match(torch.tensor([large, small]), at, levels)
    centers = (at[:, :2] + at[:, 2:]) / 2
    (place,) = ((centers == 16).all(dim=1) & (at[:, 2] - at[:, 0] == 8)).nonzero().flatten()
    assert matches[place] == 1


def test_the_first_class_is_an_object_and_not_the_background() -> None:
    at, _ = places((64, 64))
    outputs = {"cls_logits": torch.full((1, len(at), 2), -9.0), "bbox_regression": torch.ones(1, len(at), 4),
               "bbox_ctrness": torch.zeros(1, len(at), 1)}  # fmt: skip
    loss = fcos_loss(outputs, [torch.tensor([[8.0, 8, 40, 40]])], [torch.tensor([0])], (64, 64))
    assert loss > 1
