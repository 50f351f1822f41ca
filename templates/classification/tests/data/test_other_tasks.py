from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.other_tasks import said_of_other_tasks
from {{ cookiecutter.package_name }}.data.readers import read_source


def write(root: Path, text: str, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text if Path(name).suffix in (".xml", ".json", ".csv", ".txt") else "")
    return root


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("<annotation><object><bndbox>", ["images/1.jpg", "annotations/1.xml"], r"1\.xml .* detection"),
        ('{"images": [], "annotations": [{"bbox": [1, 2, 3, 4]}]}', ["images/1.jpg", "a.json"], r"a\.json .* detection"),
        ("0 0.5 0.5 0.2 0.2\n", ["train/images/1.jpg", "train/labels/1.txt", "valid/images/2.jpg"], r"1\.txt .* detection"),
        ("", ["1_sat.jpg", "1_mask.png"], r"1_mask\.png .* segmentation"),
        ("", ["1.jpg", "1_mask.png"], r"1_mask\.png .* segmentation"),
        ("", ["train/a1.png", "trainannot/a1.png", "val/b2.png", "valannot/b2.png"], r"trainannot.a1\.png .* segmentation"),
    ],
)
def test_annotations_of_objects_and_pixels_are_refused_with_the_task_that_learns_them(
    text: str, names: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"in no known format: expected .*; found .*; \S*{said}"):
        read_source(write(tmp_path, text, *names))


def test_a_table_with_several_objects_of_an_image_is_refused_with_the_task_that_learns_them(tmp_path: Path) -> None:
    write(tmp_path, "image,class,xmin,ymin,xmax,ymax\n1.jpg,cat,1,1,9,9\n1.jpg,dog,2,2,9,9\n", "1.jpg", "boxes.csv")
    with pytest.raises(UserError, match=r"row 3 says that '1\.jpg' is 'dog'.*; \S*boxes\.csv says where objects are .* detection"):
        read_source(tmp_path)


def test_nothing_is_said_of_other_files(tmp_path: Path) -> None:
    write(tmp_path, "1 2 3\n", "images/1.png", "notes.txt", "prices.csv", "a.json", "b.xml")
    assert not said_of_other_tasks(tmp_path)
