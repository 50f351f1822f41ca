from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.formats import suffixes


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


def test_images_alone_are_another_format(tmp_path: Path) -> None:
    assert not suffixes.matches(touch(tmp_path, "a.jpg", "b.png"))
