from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.beside import with_what_lies_beside
from {{ cookiecutter.package_name }}.data.formats import suffixes
from {{ cookiecutter.package_name }}.data.labels import label
from {{ cookiecutter.package_name }}.data.masks import read_classes
from {{ cookiecutter.package_name }}.data.readers import find_format


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize("mask", ["{}_mask.png", "{}-seg.png", "{}.png"])
def test_masks_lie_beside_their_images(mask: str, tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg", "x/c.jpg", *(mask.format(name) for name in ("a", "b", "x/c")))
    assert suffixes.matches(tmp_path)
    source = suffixes.read(tmp_path)
    assert [example.image.name for example in source.splits["all"]] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [example.mask_file.name for example in source.splits["all"]] == [mask.format(name) for name in "abc"]
    assert not source.notes


def test_folders_may_be_splits_and_have_class_files(tmp_path: Path) -> None:
    touch(tmp_path, "train/a.jpg", "train/a_mask.png", "valid/b.jpg", "valid/b_mask.png", "valid/c.jpg")
    (tmp_path / "train" / "_classes.csv").write_text("Pixel Value, Class\n0, ground\n1, roof\n")
    source = suffixes.read(tmp_path)
    assert {split: len(found) for split, found in source.splits.items()} == {"train": 1, "val": 1}
    assert source.classes == ["ground", "roof"]
    assert "1 images without mask are left out" in source.notes[0]


def test_a_copy_in_a_folder_called_after_masks_is_not_taken_for_these(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{folder}/{name}.tif" for folder in ("scans", "scan-segmentation/scans") for name in ("a", "a_mask")))
    assert find_format(tmp_path) is suffixes
    pairs = [(each.image.name, each.mask_file.name) for each in suffixes.read(tmp_path).splits["all"]]
    assert pairs == [("a.tif", "a_mask.tif")] * 2


def test_a_mask_may_have_its_parts_in_files_with_numbers(tmp_path: Path) -> None:
    for name, ends in (("a (1)", ["", "_1"]), ("a (2)", [""]), ("a (3)", ["", "_1", "_2"])):
        Image.new("RGB", (4, 2)).save(tmp_path / f"{name}.png")
        for column, end in enumerate(ends):
            pixels = np.zeros((2, 4), np.uint8)
            pixels[:, column] = 255
            Image.fromarray(pixels).save(tmp_path / f"{name}_mask{end}.png")
    labeled = label(suffixes.read(tmp_path), tmp_path)
    assert labeled.classes == ["background", "foreground"]
    assert [read_classes(example, 2, 4).sum() for example in labeled.splits["all"]] == [4, 2, 6]
    assert "background 3 (50.0%), foreground 3 (50.0%)" in labeled.details
    assert any(note.startswith("images with their mask in several files, which are united: 2") for note in labeled.notes)
    (tmp_path / "classes.csv").write_text("name,r,g,b\nskin,0,0,0\nspot,255,255,255\n")
    with pytest.raises(UserError, match="one of several files of a mask, which cannot be colors"):
        label(suffixes.read(tmp_path), tmp_path)


def test_images_alone_are_another_format(tmp_path: Path) -> None:
    assert not suffixes.matches(touch(tmp_path, "a.jpg", "b.png"))


@pytest.mark.parametrize("line", ["{}", "{}.jpg {}_m.png", "output/{}.jpg output/{}_m.png"])
def test_lists_of_images_give_the_splits(line: str, tmp_path: Path) -> None:
    touch(tmp_path, *(f"output/{name}{end}" for name in "abc" for end in (".jpg", "_m.png")))
    for split, names in (("train", "ab"), ("val", "c")):
        (tmp_path / f"{split}.txt").write_text("".join(f"{line.format(name, name)}\n" for name in names))
    source = with_what_lies_beside(suffixes.read(tmp_path), tmp_path)
    assert {split: [example.image.stem for example in its] for split, its in source.splits.items()} == {
        "train": ["a", "b"],
        "val": ["c"],
    }
    assert source.notes == []
