from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.images import collate_unlabeled, list_source, read_image
from {{ cookiecutter.package_name }}.data.letterbox import FitSquare


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_any_kind_of_file_becomes_color_of_eight_bits(mode: str, suffix: str, tmp_path: Path) -> None:
    if mode == "I;16":
        if suffix == ".webp":
            pytest.skip("WebP has 8 bits")
        image = Image.fromarray(np.full((20, 30), 32768, dtype=np.uint16))
    else:
        image = Image.new("RGB", (30, 20), (128, 128, 128)).convert(mode)
    path = tmp_path / f"image{suffix}"
    try:
        image.save(path)
    except (OSError, ValueError):
        pytest.skip(f"{suffix} cannot hold {mode}")
    read = read_image(path)
    assert read.shape == (3, 20, 30)
    assert read.dtype == torch.uint8
    if mode != "1":
        assert read.float().mean() == pytest.approx(128, abs=3)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_colors_are_red_green_and_blue_in_this_order(suffix: str, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), (250, 120, 10)).save(tmp_path / f"orange{suffix}")
    red, green, blue = read_image(tmp_path / f"orange{suffix}").float().mean(dim=(1, 2)).tolist()
    assert (red, green, blue) == pytest.approx((250, 120, 10), abs=5)


def test_an_image_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (3, 30, 20)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n broken"])
def test_a_broken_image_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.png is not a readable image"):
        read_image(path)


def test_a_source_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no images"):
        list_source(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        list_source(tmp_path / "nowhere")


def test_a_batch_may_have_lost_all_its_images() -> None:
    batch = collate_unlabeled([None, None])
    assert batch["image"].shape[0] == 0
    assert batch["path"] == []


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (10, 300), (64, 64), (1, 1)])
def test_fitting_into_a_square_keeps_proportions_and_content(height: int, width: int) -> None:
    image = tv_tensors.Image(torch.full((3, height, width), 200, dtype=torch.uint8))
    fitted = FitSquare(64)(image)
    assert fitted.shape == (3, 64, 64)
    content = (fitted[0] == 200).sum().item()
    assert content == pytest.approx(64 * 64 * min(height, width) / max(height, width), abs=64)
    assert fitted[0, 0, 0] == 200
