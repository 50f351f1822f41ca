from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import cvat
from {{ cookiecutter.package_name }}.data.readers import find_format, name_of

DOG = Object("dog", (10, 20, 15, 26), False, 30)
BOX = '<box label="dog" source="manual" occluded="0" xtl="10.00" ytl="20.00" xbr="15.00" ybr="26.00" z_order="0"></box>'


def image(name: str = "1.jpg", shapes: str = BOX, more: str = "") -> str:
    return f'<image id="0" name="{name}" width="50" height="100" {more}>{shapes}</image>'


def write(root: Path, *images: str, files: tuple[str, ...] = ("images/1.jpg",), file: str = "annotations.xml") -> Path:
    for name in (*files, file):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    task = "<version>1.1</version><meta><task><labels><label><name>dog</name></label></labels></task></meta>"
    (root / file).write_text(f'<?xml version="1.0" encoding="utf-8"?><annotations>{task}{"".join(images)}</annotations>')
    return root


@pytest.mark.parametrize(
    "shape",
    [
        BOX,
        '<polygon label="dog" points="10,20;15.0,20;15,26" z_order="0"></polygon>',
        '<ellipse label="dog" cx="12.5" cy="23" rx="3" ry="2.5" rotation="90"></ellipse>',
        '<mask label="dog" rle="1, 2" left="10" top="20" width="5" height="6"></mask>',
        '<box label="dog" rotation="90.0" xtl="9.5" ytl="20.5" xbr="15.5" ybr="25.5"></box>',
    ],
)
@pytest.mark.parametrize("file", ["annotations.xml", "annotations/annotations.xml"])
def test_what_is_drawn_becomes_the_box_around_it(shape: str, file: str, tmp_path: Path) -> None:
    root = write(tmp_path, image(shapes=shape), file=file)
    assert name_of(find_format(root)) == "cvat"
    source = cvat.read(root)
    (annotation,) = source.splits["all"]
    (thing,) = annotation.objects
    assert (annotation.image, annotation.size, thing.name) == (root / "images" / "1.jpg", (50, 100), "dog")
    assert thing.box == pytest.approx(DOG.box)
    assert (source.classes, source.notes) == (["dog"], [])


def test_points_lines_and_a_few_missing_images_are_left_out_and_said(tmp_path: Path) -> None:
    others = '<points label="dog" points="1,2"/><polyline label="dog" points="1,2;3,4"/><tag label="dog"/>'
    images = image(shapes=BOX + others), image("2.jpg", ""), image("gone.jpg")
    source = cvat.read(write(tmp_path, *images, files=("1.jpg", "2.jpg")))
    assert [each.objects for each in source.splits["all"]] == [(DOG,), ()]
    absent, without = source.notes
    assert absent.startswith("images that are named, but are not there: 1, as 'gone.jpg' in ")
    assert without.startswith("points and lines, which have no box: 2, as in ")


def test_subsets_files_and_folders_tell_the_split(tmp_path: Path) -> None:
    subsets = [image(f"{split}.jpg", more=f'subset="{split}"') for split in ("Train", "Validation")]
    assert sorted(cvat.read(write(tmp_path / "a", *subsets, files=("Train.jpg", "Validation.jpg"))).splits) == ["train", "val"]
    for split in ("train", "test"):
        write(tmp_path / "b", image(), files=(f"{split}/1.jpg",), file=f"{split}/annotations.xml")
    assert sorted(cvat.read(tmp_path / "b").splits) == ["test", "train"]
    default = [image(f"{split}/1.jpg", more='subset="default"') for split in ("train", "val")]
    assert sorted(cvat.read(write(tmp_path / "c", *default, files=("train/1.jpg", "val/1.jpg"))).splits) == ["train", "val"]


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ((image(), image()), r"1\.jpg has several annotations, one of them in .*annotations\.xml: keep one"),
        ((image("gone.jpg"),), r"1 images are not in .*, as 'gone\.jpg' in .*annotations\.xml: add them"),
        ((image(shapes=BOX.replace("xbr", "x")),), r"annotations\.xml is no XML of CVAT .*\(there is no 'xbr'\): mend"),
        ((image(), "<"), r"annotations\.xml is no XML of CVAT for images \(.*\): mend or remove it"),
    ],
)
def test_a_mistake_is_named(images: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        cvat.read(write(tmp_path, *images))
