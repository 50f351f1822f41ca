from pathlib import Path

import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data import sizes
from {{ cookiecutter.package_name }}.data.checks import look_at
from {{ cookiecutter.package_name }}.data.example import PARTS, Annotation, Object
from {{ cookiecutter.package_name }}.data.images import read_image
from {{ cookiecutter.package_name }}.data.looks import LOOKS
from {{ cookiecutter.package_name }}.data.sizes import ORIENTATION, FileSize, fit_to_files, read_size

BOX = (8.0, 4.0, 24.0, 12.0)


def annotated(
    folder: Path, made_for: tuple[float, float] | None, box: tuple[float, float, float, float] = BOX, name: str = "1.png"
) -> Annotation:
    """An annotation of an image of 40 by 30 pixels."""
    if not (folder / name).exists():
        Image.new("RGB", (40, 30)).save(folder / name)
    return Annotation(folder / name, (Object("cat", box, False, 100.0),), made_for)


@pytest.mark.parametrize("made_for", [(40, 30), None, (41, 30), (40, 29.5)])
def test_boxes_stay_as_they_are_in_images_of_the_size_that_was_annotated(
    made_for: tuple[float, float] | None, tmp_path: Path
) -> None:
    annotation = annotated(tmp_path, made_for)
    assert fit_to_files([annotation]) == ([Annotation(annotation.image, annotation.objects, (40, 30))], [])


@pytest.mark.parametrize(("made_for", "factor"), [((80, 60), 0.5), ((20, 15), 2), ((161, 120), 0.25)])
def test_boxes_are_scaled_and_that_is_said(made_for: tuple[float, float], factor: float, tmp_path: Path) -> None:
    (fitted,), (said,) = fit_to_files([annotated(tmp_path, made_for)])
    assert fitted.objects[0].box == pytest.approx([number * factor for number in BOX], rel=0.01)
    assert fitted.objects[0].area == pytest.approx(100 * factor**2, rel=0.01)
    assert fitted.size == (40, 30)
    assert "another size than in their annotation: 1, as" in said


def test_parts_become_pixels_and_nothing_is_said(tmp_path: Path) -> None:
    (fitted,), said = fit_to_files([annotated(tmp_path, PARTS, (0.5, 0.1, 1.0, 0.5))])
    assert fitted.objects[0].box == (20, 3, 40, 15)
    assert (fitted.objects[0].area, fitted.size, said) == (100 * 40 * 30, (40, 30), [])


@pytest.mark.parametrize("made_for", [(30, 40), (80, 30), (640, 640)])
def test_another_shape_is_refused(made_for: tuple[float, float], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"1\.png has 40 by 30 pixels, but its annotation is for"):
        fit_to_files([annotated(tmp_path, made_for)])


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("made_for", [(40, 30), (80, 60)])
def test_boxes_drawn_on_a_photo_that_lies_are_turned_with_it(orientation: int, made_for: tuple[int, int], tmp_path: Path) -> None:
    pixels = Image.new("L", (40, 30))
    pixels.paste(255, (8, 4, 24, 12))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels.save(tmp_path / "1.png", exif=exif)
    factor = made_for[0] / 40
    left, top, right, bottom = (number * factor for number in BOX)
    (fitted,), (said,) = fit_to_files([annotated(tmp_path, made_for, (left, top, right, bottom))])
    rows, columns = torch.where(read_image(tmp_path / "1.png")[0] > 0)
    assert fitted.objects[0].box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert fitted.size == (30, 40)
    assert "turned by EXIF after they were annotated: 1, as" in said


def test_boxes_drawn_on_an_upright_photo_stay(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "1.jpg", exif=exif)
    assert read_size(tmp_path / "1.jpg") == FileSize(40, 30, 6)
    annotation = annotated(tmp_path, (30, 40), name="1.jpg")
    assert fit_to_files([annotation]) == ([annotation], [])


def test_a_file_that_is_no_image_is_left_to_those_who_read_it(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_text("no image")
    annotation = annotated(tmp_path, (80, 60))
    assert fit_to_files([annotation]) == ([annotation], [])


def test_no_file_is_opened_whose_size_is_remembered_unless_it_may_be_turned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upright, turned = annotated(tmp_path, (40, 30)), annotated(tmp_path, (30, 40), name="2.png")
    kept_in = tmp_path / "splits"
    for each in (upright, turned):
        look_at([each.image], MAX_PIXELS, kept_in / f"{each.image.stem}{LOOKS}")
    opened: list[Path] = []
    monkeypatch.setattr(sizes, "read_size", lambda path: opened.append(path))
    assert fit_to_files([upright, turned], kept_in)[0][0].size == (40, 30)
    assert opened == [turned.image]
    upright.image.write_bytes(b"changed")
    fit_to_files([upright], kept_in)
    assert opened == [turned.image, upright.image]
