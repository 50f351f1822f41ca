import torch
from torchvision.transforms.v2 import functional as F

from {{ cookiecutter.package_name }}.data.colors import change_colors, draw_colors


def test_colors_change_as_those_of_torchvision() -> None:
    torch.manual_seed(0)
    images = torch.rand(4, 3, 20, 30)
    factors = torch.stack([draw_colors({}, 0.3)["colors"] for _ in images])
    assert factors.unique().numel() == 12
    for image, changed, (brightness, contrast, saturation) in zip(images, change_colors(images, factors), factors, strict=True):
        expected = F.adjust_contrast(F.adjust_brightness(image, float(brightness)), float(contrast))
        torch.testing.assert_close(changed, F.adjust_saturation(expected, float(saturation)), atol=1e-5, rtol=0)


def test_factors_of_1_change_nothing() -> None:
    images = torch.rand(2, 3, 5, 5)
    torch.testing.assert_close(change_colors(images, torch.ones(2, 3)), images)
