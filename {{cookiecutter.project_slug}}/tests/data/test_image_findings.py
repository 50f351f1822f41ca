import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data import image_findings as of_images
from {{ cookiecutter.package_name }}.data.checks import look_at
from {{ cookiecutter.package_name }}.data.findings import Finding
from {{ cookiecutter.package_name }}.data.image_findings import duplicates, image_findings, narrow_range, unreadable
from {{ cookiecutter.package_name }}.data.looks import Look

MEAN, DEVIATION = (0.5, 0.5, 0.5), (0.2, 0.2, 0.2)


def write(path: Path, seed: int = 0, size: tuple[int, int] = (96, 64)) -> Path:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path, format="JPEG", quality=95)
    return path


def looks_of(*paths: Path) -> dict[Path, Look]:
    return dict(look_at(list(paths), MAX_PIXELS)[0])


def by_kind(findings: list[Finding]) -> dict[str, Finding]:
    assert len({each.kind for each in findings}) == len(findings)
    return {each.kind: each for each in findings}


def test_images_of_another_format_shape_or_color_are_found(tmp_path: Path) -> None:
    good, lying = write(tmp_path / "good.jpg"), write(tmp_path / "lying.png", 1)
    long, small = write(tmp_path / "long.jpg", 2, (200, 60)), write(tmp_path / "small.jpg", 3, (30, 30))
    flat = tmp_path / "flat.bmp"
    Image.new("RGB", (80, 80), "navy").save(flat)
    found = by_kind(image_findings(looks_of(good, lying, long, small, flat), (64, 64), MEAN, (9, 9, 9)))
    files = {kind: each.files for kind, each in found.items()}
    assert files == {
        "wrong suffix": (lying,),
        "flat image": (flat,),
        "much border": (long,),
        "small image": (small,),
        "unusual colors": (),
    }
    colors = looks_of(good)[good]
    mean, deviation = ([value / 255 for value in each] for each in (colors.mean, colors.deviation))
    assert not image_findings(looks_of(good), (64, 64), mean, deviation)


@pytest.mark.parametrize("skips", [False, True])
def test_truncated_images_are_told_from_those_that_are_none(skips: bool, tmp_path: Path) -> None:
    cut, none = write(tmp_path / "cut.jpg"), tmp_path / "none.jpg"
    cut.write_bytes(cut.read_bytes()[:-200])
    none.write_bytes(b"")
    found = by_kind(unreadable(look_at([cut, none], MAX_PIXELS)[1], skips))
    assert (found["truncated"].files, found["unreadable"].files) == ((cut,), (none,))
    assert {each.severity for each in found.values()} == {"warning" if skips else "error"}


def test_copies_are_told_apart_by_split_and_exactness(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{seed}.jpg", seed) for seed in range(20)]
    same, across = Path(shutil.copy(paths[1], tmp_path / "same.jpg")), Path(shutil.copy(paths[2], tmp_path / "across.jpg"))
    near = tmp_path / "near.jpg"
    Image.open(paths[3]).save(near, quality=80)
    flats = [tmp_path / "white.png", tmp_path / "black.png"]  # without any detail, all look alike
    for path in flats:
        Image.new("RGB", (40, 40), path.stem).save(path)
    split_of = dict.fromkeys([*paths, same, near, *flats], "train") | {across: "test"}
    files = {kind: set(each.files) for kind, each in by_kind(duplicates(split_of, looks_of(*split_of))).items()}
    assert files == {
        "duplicates": {paths[1], same},
        "duplicates across splits": {paths[2], across},
        "near duplicates": {paths[3], near},
    }


@pytest.mark.parametrize(("highest", "factor"), [(3000, 16), (255, 256), (16383, 4), (16384, None), (65535, None)])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_values_that_fill_little_of_16_bits_are_found(highest: int, factor: int | None, suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.{suffix}" for number in range(3)]
    for path, top in zip(paths, (highest, highest // 2, 0), strict=True):
        Image.fromarray(np.linspace(0, top, 400, dtype=np.uint16).reshape(20, 20)).save(path)
    found = narrow_range(looks_of(*paths, write(tmp_path / "photo.jpg")))
    assert [each.files for each in found] == ([tuple(paths[:2])] if factor else [])
    assert all(f"no value is above {highest}" in each.remedy and f"by {factor}," in each.remedy for each in found)


def test_what_roboflow_made_of_one_image_is_found_across_splits(tmp_path: Path) -> None:
    paths = [tmp_path / split / f"{name}_jpg.rf.{digest}.jpg" for split, name, digest in (
        ("train", "1", "0a"), ("valid", "1", "1b"), ("train", "2", "2c"), ("train", "2", "3d"), ("test", "cat/2", "4e"),
    )]  # fmt: skip
    (found,) = of_images.versions_across({path: path.relative_to(tmp_path).parts[0] for path in paths}, tmp_path)
    assert (found.kind, found.files) == ("versions across splits", tuple(paths[:2]))
    assert not of_images.versions_across(dict.fromkeys(paths, "train"), tmp_path)
