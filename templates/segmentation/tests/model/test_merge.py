from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from {{ cookiecutter.package_name }}.data.images import collate_unlabeled
from {{ cookiecutter.package_name }}.data.tiles import windows_on
from {{ cookiecutter.package_name }}.model.merge import merge
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import Predictor


class Bright(nn.Module):
    """The class of a pixel is whether it is bright."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([0.5 - images.mean(dim=1, keepdim=True), images.mean(dim=1, keepdim=True) - 0.5], dim=1)


@pytest.mark.parametrize("image_size", [(64, 64), (32, 64)])
@pytest.mark.parametrize("size", [(150, 200), (64, 64), (10, 300), (65, 65)])
def test_the_masks_of_tiles_are_that_of_the_image_if_each_pixel_is_judged_by_itself(
    size: tuple[int, int], image_size: tuple[int, int], tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    module = VisionModule(["dark", "bright"], image_size, "fpn", "resnet10t", False, 0, 0, network=Bright())
    predictor = Predictor(module, tile=64)
    (item,) = predictor.images([tmp_path / "image.png"], keep_original=False, max_pixels=10**6, batch_size=3)
    (found,) = predictor.predict_step(collate_unlabeled([item]))
    assert torch.equal(found["mask"], torch.from_numpy(pixels.astype(np.float32).mean(axis=2) > 127.5).byte())


def test_a_pixel_is_of_the_tile_whose_border_is_farthest() -> None:
    windows = windows_on(100, 260, (100, 100))
    mask = merge([{"mask": torch.full((100, 100), number).byte()} for number in range(3)], windows, (100, 260))["mask"]
    assert mask[:, :90].eq(0).all()
    assert mask[:, 90:170].eq(1).all()
    assert mask[:, 170:].eq(2).all()
