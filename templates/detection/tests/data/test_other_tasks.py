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
        ("", ["images/1.jpg", "masks/1.png"], r"\S*masks.1\.png may say what each pixel of an image is, .* segmentation"),
        ("", ["images/1.jpg", "masks/1.jpg"], r"\S*masks.1\.jpg may say"),
        ("", ["train/images/1.tif", "train/gt/1.tif"], r"\S*gt.1\.tif may say"),
        ("", ["1.jpg", "1_mask.png"], r"\S*1_mask\.png may say"),
        ("", ["cat/1.jpg", "dog/2.jpg"], "if cat and dog are kinds of images, a project of classification"),
        ("", ["train/cat/1.jpg", "train/dog/2.jpg", "test/cat/3.jpg"], "if cat and dog are kinds of images"),
    ],
)
def test_annotations_for_another_task_are_refused_with_the_task_that_learns_them(
    text: str, names: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"in no known format: expected .*; found .*; {said}"):
        read_source(write(tmp_path, text, *names))


@pytest.mark.parametrize("names", [["images/1.jpg", "more/2.jpg"], ["train/1.jpg", "test/2.jpg"], ["a/1.jpg", "b/2.jpg", "c.json"]])
def test_nothing_is_said_of_other_folders(names: list[str], tmp_path: Path) -> None:
    assert not said_of_other_tasks(write(tmp_path, "{}", *names))
