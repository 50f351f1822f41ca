from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config import schema
from {{ cookiecutter.package_name }}.data import survey as module
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.survey import Contents, survey


def example(folder: Path, name: str, mask: Image.Image, size: tuple[int, int] | None = None) -> Example:
    Image.new("RGB", size or mask.size).save(folder / f"{name}.jpg")
    mask.save(folder / f"{name}.png")
    return Example(folder / f"{name}.jpg", folder / f"{name}.png")


def gray(*values: int) -> Image.Image:
    return Image.fromarray(np.array([values], dtype=np.uint8))


def contents(folder: Path, mask: Image.Image) -> Contents:
    (found,) = survey([example(folder, "1", mask)], folder)[0].values()
    return found


def test_values_are_counted_and_of_palettes_the_colors_known(tmp_path: Path) -> None:
    assert contents(tmp_path, gray(0, 2, 2)) == Contents({2: 2, 0: 1})
    assert contents(tmp_path, gray(0, 2, 2).convert("RGBA")).pixels == {2: 2, 0: 1}
    mask = gray(0, 2, 2)
    mask.putpalette([9, 0, 0, 0, 0, 0, 0, 0, 255])
    found = contents(tmp_path, mask)
    assert found.palette == {0: 0x090000, 2: 0x0000FF}
    assert found.by_color() == {0x090000: 1, 0x0000FF: 2}


def test_colors_are_counted(tmp_path: Path) -> None:
    mask = Image.new("RGB", (3, 1), (255, 128, 0))
    mask.putpixel((0, 0), (1, 2, 3))
    assert contents(tmp_path, mask) == Contents({0xFF8000: 2, 0x010203: 1}, colored=True)


def test_of_countless_colors_the_most_frequent_are_kept(tmp_path: Path) -> None:
    found = contents(tmp_path, Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 50, 3), dtype=np.uint8)))
    assert (len(found.pixels), sum(found.pixels.values()) + found.others) == (256, 2500)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_mask_in_the_transparency_is_noticed(mode: str, tmp_path: Path) -> None:
    mask = Image.new(mode, (2, 1))
    assert not contents(tmp_path, mask).only_alpha
    mask.putalpha(gray(0, 255))
    assert contents(tmp_path, mask).only_alpha


def test_a_mask_is_read_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [example(tmp_path, str(number), gray(0, number)) for number in range(3)]
    kept_in = tmp_path / "splits"
    kept_in.mkdir()
    first = survey(examples, tmp_path, kept_in)
    read, look = [], module._look
    monkeypatch.setattr(module, "_look", lambda example: read.append(example.image.stem) or look(example))
    assert survey(examples, tmp_path, kept_in) == first
    assert read == []
    example(tmp_path, "1", gray(0, 7, 7))
    assert survey(examples, tmp_path, kept_in)[0][tmp_path / "1.png"].pixels == {7: 2, 0: 1}
    assert read == ["1"]


def test_what_is_remembered_may_be_broken_or_nowhere(tmp_path: Path) -> None:
    examples = [example(tmp_path, "1", gray(0, 1))]
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / f"{tmp_path.name}-seen.json").write_text("[")
    for kept_in in (tmp_path / "splits", tmp_path / "no" / "where"):
        assert len(survey(examples, tmp_path, kept_in)[0]) == 1
    assert not (tmp_path / "no").exists()


def test_masks_that_are_broken_or_do_not_fit_are_named_at_once(tmp_path: Path) -> None:
    examples = [
        example(tmp_path, "1", gray(0, 1), size=(3, 1)),
        example(tmp_path, "2", gray(0, 1)),
        example(tmp_path, "3", gray(0)),
    ]
    (tmp_path / "2.png").write_bytes(b"no image")
    found, broken = survey(examples, tmp_path)
    assert list(found) == [tmp_path / "3.png"]
    assert list(broken) == [tmp_path / "1.jpg", tmp_path / "2.jpg"]
    assert "1.png has 2x1 pixels, but its image" in broken[tmp_path / "1.jpg"]
    assert "2.png is not a readable mask" in broken[tmp_path / "2.jpg"]


def test_a_mask_with_more_pixels_than_an_image_may_have_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_PIXELS", 5)
    _, broken = survey([example(tmp_path, "1", gray(0, 1, 1)), example(tmp_path, "2", Image.new("L", (3, 2)))], tmp_path)
    assert list(broken) == [tmp_path / "2.jpg"]
    assert "3x2 pixels are more than 5" in broken[tmp_path / "2.jpg"]


def test_the_size_of_an_image_is_that_of_the_upright_one(tmp_path: Path) -> None:
    image = Image.new("RGB", (1, 2))
    image.getexif()[274] = 6
    found = example(tmp_path, "1", gray(0, 1))
    image.save(found.image, exif=image.getexif())
    survey([found], tmp_path)
    turned = gray(0, 1).transpose(Image.Transpose.ROTATE_90)
    turned.save(found.mask_file)
    assert "turned upright as its EXIF data say" in survey([found], tmp_path)[1][found.image]
    turned.save(found.mask_file, exif=image.getexif())
    assert not survey([found], tmp_path)[1]
