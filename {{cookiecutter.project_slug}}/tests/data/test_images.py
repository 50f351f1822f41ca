import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import images as images_module
from {{ cookiecutter.package_name }}.data.images import (
    UnlabeledImages,
    collate_unlabeled,
    highest_value,
    list_source,
    read_image,
    read_reduced,
)
from {{ cookiecutter.package_name }}.data.reduction import Detail
from {{ cookiecutter.package_name }}.data.views import Views


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".gif", ".ppm", ".pgm", ".avif", ".jp2"])
def test_any_kind_of_file_becomes_color_of_eight_bits(mode: str, suffix: str, tmp_path: Path) -> None:
    if mode == "I;16":
        if suffix in (".webp", ".gif", ".avif"):
            pytest.skip(f"{suffix} has 8 bits")
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


def test_a_tiff_of_12_bits_has_their_range(tmp_path: Path) -> None:
    values = [0, 0x800, 0xFFF, 0x7F0]
    packed = sum(value << 12 * (3 - place) for place, value in enumerate(values)).to_bytes(6, "big")
    tags = {256: 2, 257: 2, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 2, 279: len(packed)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    header = struct.pack("<2sHI", b"II", 42, 8 + len(packed))
    (tmp_path / "1.tif").write_bytes(header + packed + struct.pack("<H", len(tags)) + entries + bytes(4))
    assert read_image(tmp_path / "1.tif")[0].tolist() == [[0, 0x80], [0xFF, 0x7F]]
    assert highest_value(tmp_path / "1.tif") == 0xFFF0


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".gif", ".ppm", ".pgm", ".avif", ".jp2"])
def test_colors_are_red_green_and_blue_in_this_order(suffix: str, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), (250, 120, 10)).save(tmp_path / f"orange{suffix}")
    red, green, blue = read_image(tmp_path / f"orange{suffix}").float().mean(dim=(1, 2)).tolist()
    assert (red, green, blue) == pytest.approx((250, 120, 10), abs=5)


def test_what_is_transparent_becomes_plain(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    noise[..., 3] = 0
    noise[:5, :, :] = (200, 10, 10, 255)
    for suffix in (".png", ".webp"):
        path = tmp_path / f"cut-out{suffix}"
        Image.fromarray(noise).save(path, lossless=True, exact=True)  # as WebP
        read = read_image(path)
        assert (read[:, 5:] == 255).all()
        assert read[:, :5].float().mean(dim=(1, 2)).tolist() == [200, 10, 10]


def test_floating_point_values_from_0_to_1_are_scaled_and_others_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 30), 0.5, dtype=np.float32)).save(tmp_path / "float.tif")
    assert read_image(tmp_path / "float.tif").float().mean() == pytest.approx(127.5, abs=1)
    Image.fromarray(np.full((20, 30), 900.0, dtype=np.float32)).save(tmp_path / "other.tif")
    with pytest.raises(UserError, match=r"other\.tif .*floating-point values from 900 to 900"):
        read_image(tmp_path / "other.tif")


def test_the_content_of_a_file_counts_and_not_its_suffix(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), (250, 120, 10)).save(tmp_path / "photo.png")
    (tmp_path / "photo.png").rename(tmp_path / "photo.jpg")
    assert read_image(tmp_path / "photo.jpg").shape == (3, 20, 30)


def test_an_image_with_more_pixels_than_allowed_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (3000, 2000)).save(tmp_path / "bomb.png")
    with pytest.raises(UserError, match=r"bomb\.png has 3000x2000 pixels, more than max_pixels=1000000"):
        read_image(tmp_path / "bomb.png", 1_000_000)


def test_of_a_moving_image_the_first_frame_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ((250, 0, 0), (0, 250, 0))]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert read_image(tmp_path / "moving.gif").float().mean(dim=(1, 2)).tolist() == pytest.approx([250, 0, 0], abs=3)


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


def test_a_file_of_an_iphone_says_what_it_takes(tmp_path: Path) -> None:
    (tmp_path / "1.HEIC").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")
    advice = "" if ".heic" in Image.registered_extensions() else "it is a HEIC file, which takes a package: uv add pi-heif"
    with pytest.raises(UserError, match=rf"1\.HEIC is not a readable image \({advice}"):
        read_image(tmp_path / "1.HEIC")


def test_a_source_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.cr2").touch()
    with pytest.raises(UserError, match=r"has no images: expected .*\.jpg.*; found 1 \.cr2"):
        list_source(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        list_source(tmp_path / "nowhere")


def test_files_of_an_unknown_kind_are_told_apart_from_images(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.cr2", "notes.txt", ".hidden.cr2"):
        (tmp_path / name).touch()
    reason = "it is no kind of image that is known"
    others = {str(tmp_path / name): reason for name in ("a.cr2", "notes.txt")}
    assert list_source(tmp_path) == ([tmp_path / "b.jpg"], others)
    assert list_source(tmp_path / "a.cr2") == ([tmp_path / "a.cr2"], {})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_files_that_cannot_be_used_are_told_apart_from_images_by_names_that_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / "caf\udce9.jpg").touch()
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    nowhere = "it is a link that leads nowhere"
    others = {r"caf\udce9.jpg": "its name is no UTF-8: rename it", "gone.jpg": nowhere, "loop.jpg": nowhere}
    with pytest.raises(UserError, match=r"has no images: .*caf.udce9\.jpg: its name is no UTF-8: rename it"):
        list_source(tmp_path)
    (tmp_path / "b.jpg").touch()
    assert list_source(tmp_path) == ([tmp_path / "b.jpg"], {f"{tmp_path}/{name}": reason for name, reason in others.items()})


def test_a_text_is_no_image_of_a_known_format(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(UserError, match=r"a\.jpg is not a readable image \(it is no image of a known format\): replace"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["EPS", "PCX"])
def test_what_no_suffix_stands_for_is_not_decoded_whatever_its_name(kind: str, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", kind)  # Pillow would run a program for the first
    with pytest.raises(UserError, match="it is no image of a known format"):
        read_image(tmp_path / "a.jpg")


@pytest.fixture
def unlabeled(tmp_path: Path) -> list[Path]:
    """Two images with a broken one between."""
    paths = [tmp_path / name for name in ("1.png", "2.png", "3.png")]
    Image.new("RGB", (30, 20), (200, 0, 0)).save(paths[0])
    paths[1].write_bytes(b"no image")
    Image.new("RGB", (8, 9)).save(paths[2])
    return paths


def test_a_file_that_cannot_be_read_is_named_in_the_batch_with_the_reason(unlabeled: list[Path]) -> None:
    images = UnlabeledImages(unlabeled, Views((16, 16), 1))
    batch = collate_unlabeled([images[number] for number in range(3)])
    assert batch["image"].shape == (2, 3, 16, 16)
    assert batch["path"] == [str(unlabeled[0]), str(unlabeled[2])]
    assert batch["size"] == [(20, 30), (9, 8)]
    assert "original" not in batch
    ((path, reason),) = batch["skipped"]
    assert path == str(unlabeled[1])
    assert "not a readable image" in reason


def test_a_batch_may_have_lost_all_its_images(unlabeled: list[Path]) -> None:
    images = UnlabeledImages(unlabeled[1:2], Views((16, 16), 1), keep_original=True)
    batch = collate_unlabeled([images[0], images[0]])
    assert batch["image"].shape[0] == 0
    assert batch["path"] == batch["size"] == []
    assert len(batch["skipped"]) == 2


def test_the_image_as_it_was_is_kept_for_pictures_and_each_file_decoded_once(
    unlabeled: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    monkeypatch.setattr(images_module, "read_reduced", lambda path, *more: decoded.append(path) or read_reduced(path, *more))
    images = UnlabeledImages(unlabeled[:1], Views((16, 16), 1), keep_original=True)
    (original,) = collate_unlabeled([images[0]])["original"]
    assert decoded == unlabeled[:1]
    assert torch.equal(original, read_image(unlabeled[0]))
    assert original.dtype == torch.uint8


def photo(path: Path, mode: str = "RGB", **options: Any) -> None:
    """Writes a JPEG of 320 by 160 pixels with colors that change softly."""
    corners = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)
    Image.fromarray(corners).resize((320, 160), Image.Resampling.BICUBIC).convert(mode).save(path, quality=95, **options)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_is_decoded_smaller_and_shows_the_same(mode: str, progressive: bool, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo(tmp_path / "photo.jpg", mode, progressive=progressive, exif=exif)
    whole = read_image(tmp_path / "photo.jpg")
    reduced, factor = read_reduced(tmp_path / "photo.jpg", Detail((40, 80) if orientation == 1 else (80, 40)))
    assert factor == 4
    assert tuple(reduced.shape) == ((3, 40, 80) if orientation == 1 else (3, 80, 40))
    blocks = torch.nn.functional.avg_pool2d(whole.float(), factor)
    assert (reduced - blocks).abs().mean() < 1
    assert (reduced.flip(-1) - blocks).abs().mean() > 10


def test_only_the_orientation_in_exif_turns_a_jpeg_whether_or_not_it_is_decoded_smaller(tmp_path: Path) -> None:
    turned = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    photo(tmp_path / "photo.jpg", xmp=turned)
    assert read_image(tmp_path / "photo.jpg").shape == (3, 160, 320)
    assert read_reduced(tmp_path / "photo.jpg", Detail((40, 80)))[0].shape == (3, 40, 80)


def test_only_a_jpeg_is_decoded_smaller(tmp_path: Path) -> None:
    for suffix in ("png", "webp", "tif"):
        Image.new("RGB", (320, 160)).save(tmp_path / f"large.{suffix}")
        assert read_reduced(tmp_path / f"large.{suffix}", Detail((16, 16)))[0].shape == (3, 160, 320)


def test_a_broken_image_is_named_where_it_is_decoded_smaller(tmp_path: Path) -> None:
    photo(tmp_path / "photo.jpg")
    (tmp_path / "photo.jpg").write_bytes((tmp_path / "photo.jpg").read_bytes()[:-200])
    with pytest.raises(UserError, match=r"photo\.jpg is not a readable image \(image file is truncated"):
        read_reduced(tmp_path / "photo.jpg", Detail((40, 80)))


def test_the_model_sees_the_same_of_a_large_image_whether_or_not_a_picture_is_wanted(tmp_path: Path) -> None:
    photo(tmp_path / "photo.jpg")
    plain, kept = (UnlabeledImages([tmp_path / "photo.jpg"], Views((80, 80), 1), keep_original=keep)[0] for keep in (False, True))
    assert torch.equal(plain["image"], kept["image"])
    assert plain["size"] == kept["size"] == (160, 320)
    assert torch.equal(kept["original"], read_image(tmp_path / "photo.jpg"))
