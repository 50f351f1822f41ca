import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.io import decode_jpeg, encode_jpeg
from torchvision.transforms.v2 import functional as F

from {{ cookiecutter.package_name }}.data.hashes import difference_hash, group_alike, shrink


def scene(seed: int) -> Tensor:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return F.pil_to_tensor(Image.fromarray(coarse).resize((160, 120), Image.Resampling.BICUBIC))


def test_the_hash_says_where_an_image_is_brighter_on_the_right() -> None:
    ramp = torch.arange(90, dtype=torch.uint8).expand(3, 64, 90)
    assert difference_hash(ramp) == 2**64 - 1
    assert difference_hash(ramp.flip(-1)) == 0
    half = torch.cat([ramp[:, :32], ramp[:, :32].flip(-1)], dim=1)
    assert difference_hash(half) == (2**32 - 1) << 32


@pytest.mark.parametrize("change", ["smaller", "compressed", "brighter"])
def test_changed_copies_are_found_among_others(change: str) -> None:
    changes = {
        "smaller": lambda image: F.resize(image, [60, 80], antialias=True),
        "compressed": lambda image: decode_jpeg(encode_jpeg(image, 60)),
        "brighter": lambda image: F.adjust_brightness(image, 1.1),
    }
    images = [scene(seed) for seed in range(60)]
    copies = [changes[change](images[index]) for index in (3, 30)]
    assert group_alike([shrink(image) for image in [*images, *copies]]) == [[3, 60], [30, 61]]


def test_three_copies_are_one_group_and_nothing_is_alike_in_nothing() -> None:
    one, other = shrink(scene(1)), shrink(scene(2))
    assert group_alike([one, other, one, one]) == [[0, 2, 3]]
    assert group_alike([]) == []
