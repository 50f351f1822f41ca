import csv
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data import checks
from {{ cookiecutter.package_name }}.data.checks import look_at, write_skipped


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """Sixty images, of which three are broken, each in its own way."""
    paths = [tmp_path / f"{number:02}.jpg" for number in range(60)]
    for path in paths:
        Image.effect_noise((40, 30), 50).convert("RGB").save(path)
    paths[3].write_bytes(b"")
    paths[30].write_bytes(paths[30].read_bytes()[:300])
    paths[59].write_bytes(b"no image")
    return paths


def find_broken(images: list[Path], max_pixels: int, remembered_in: Path | None = None) -> dict[Path, str]:
    return look_at(images, max_pixels, remembered_in)[1]


def test_all_broken_images_are_found_with_what_is_wrong(images: list[Path]) -> None:
    broken = find_broken(images, MAX_PIXELS)
    assert list(broken) == [images[3], images[30], images[59]]
    assert "it is empty" in broken[images[3]]
    assert all(str(path) in reason for path, reason in broken.items())


def test_an_image_with_more_pixels_than_allowed_counts_as_broken(images: list[Path]) -> None:
    Image.new("RGB", (100, 100)).save(images[5])
    assert "100x100 pixels, more than max_pixels=5000" in find_broken(images, 5000)[images[5]]


def test_a_file_that_crashes_the_decoder_is_named_and_the_others_are_still_read(
    images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if multiprocessing.get_start_method() != "fork":
        pytest.skip("the processes inherit nothing")
    decode = checks.read_image

    def crashing(path: Path, max_pixels: int) -> Any:
        if path == images[7]:
            os._exit(9)
        return decode(path, max_pixels)

    monkeypatch.setattr(checks, "read_image", crashing)
    broken = find_broken(images, MAX_PIXELS)
    assert list(broken) == [images[3], images[7], images[30], images[59]]
    assert "07.jpg crashes the decoder" in broken[images[7]]


def test_images_that_were_read_are_not_read_again_until_they_change(
    images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = tmp_path / "splits" / "read.npy"
    looks, broken = look_at(images, MAX_PIXELS, remembered)
    tried: list[Path] = []
    monkeypatch.setattr(checks, "_decode", lambda paths, most: tried.extend(paths) or iter([]))
    assert look_at(images[::-1], MAX_PIXELS, remembered) == (looks, broken)
    assert tried == []
    for path in (images[8], images[30]):
        path.write_bytes(images[9].read_bytes())
        os.utime(path, ns=(1, 1))
    find_broken(images, MAX_PIXELS, remembered)
    assert tried == [images[8], images[30]]


def test_an_image_is_broken_until_what_decodes_it_is_another(
    images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered, decode = tmp_path / "read.npy", checks._decode
    broken = find_broken(images, MAX_PIXELS, remembered)
    assert find_broken(images[:5], MAX_PIXELS, remembered).keys() == {images[3]}
    tried: list[Path] = []
    monkeypatch.setattr(checks, "_decode", lambda paths, most: tried.extend(paths) or iter([]))
    find_broken(images, MAX_PIXELS + 1, remembered)
    assert tried == [*broken]
    monkeypatch.setattr(checks, "_decode", decode)
    assert find_broken(images, MAX_PIXELS, remembered) == broken
    monkeypatch.setattr(checks, "_decode", lambda paths, most: tried.extend(paths) or iter([]))
    tried.clear()
    find_broken(images, MAX_PIXELS, remembered)
    assert tried == []
    monkeypatch.setattr("PIL.__version__", "1000.0")
    find_broken(images, MAX_PIXELS, remembered)
    assert tried == [*broken]


def test_a_crash_is_not_remembered_since_another_time_there_may_be_more_memory(
    images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered, decode = tmp_path / "read.npy", checks._decode
    monkeypatch.setattr(checks, "_decode", lambda paths, most: iter([(images[7], f"{images[7]} {checks.CRASHES} (status -9)")]))
    assert find_broken([images[7]], MAX_PIXELS, remembered)
    monkeypatch.setattr(checks, "_decode", decode)
    assert find_broken([images[7]], MAX_PIXELS, remembered) == {}


def test_what_is_remembered_of_other_images_stays(images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = tmp_path / "read.npy"
    for part in (images[4:20], images[31:50], images[10:40:2]):
        look_at(part, MAX_PIXELS, remembered)
    monkeypatch.setattr(checks, "_decode", lambda paths, most: pytest.fail(f"{paths} are decoded again") if paths else iter([]))
    looks, _ = look_at([*images[4:20], *images[32:50]], MAX_PIXELS, remembered)
    assert len(looks) == 34
    assert (looks[images[40]].height, looks[images[40]].width, looks[images[40]].format) == (30, 40, "JPEG")


def test_a_damaged_memory_is_no_memory(images: list[Path], tmp_path: Path) -> None:
    remembered = tmp_path / "read.npy"
    looks = look_at(images[10:20], MAX_PIXELS, remembered)
    remembered.write_bytes(remembered.read_bytes()[:200])
    assert look_at(images[10:20], MAX_PIXELS, remembered) == looks


def test_what_is_left_out_is_listed_with_the_reasons(tmp_path: Path) -> None:
    write_skipped({}, tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
    write_skipped({Path("a, b.jpg"): "it is empty"}, tmp_path / "skipped.csv")
    with (tmp_path / "skipped.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [{"path": "a, b.jpg", "reason": "it is empty"}]
