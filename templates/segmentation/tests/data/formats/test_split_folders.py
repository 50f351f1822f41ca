from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.formats import split_folders


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    ("images", "masks"), [("{}", "{}annot"), ("{}_images", "{}_masks"), ("images_{}", "Labels-{}"), ("{}", "{}_masks")]
)
def test_a_folder_with_a_split_in_its_name_holds_images_or_masks(images: str, masks: str, tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("val", "b"), ("test", "c")):
        touch(tmp_path, f"{images.format(split)}/{name}.jpg", f"{masks.format(split)}/{name}.png")
    assert split_folders.matches(tmp_path)
    source = split_folders.read(tmp_path)
    pairs = {split: (found[0].image.stem, found[0].mask_file.suffix) for split, found in source.splits.items()}
    assert pairs == {"train": ("a", ".png"), "val": ("b", ".png"), "test": ("c", ".png")}


def test_classes_may_have_colors(tmp_path: Path) -> None:
    touch(tmp_path, "train/a.png", "trainannot/a.png")
    (tmp_path / "label_colors.txt").write_text("0 0 9 sky\n9 9 9 road\n")
    assert split_folders.read(tmp_path).classes == ["sky", "road"]


def test_folders_without_a_common_name_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train/a.png", "trainannot/b.png")
    with pytest.raises(UserError, match="has a mask of the same name"):
        split_folders.read(tmp_path)


def test_splits_without_masks_are_another_format(tmp_path: Path) -> None:
    assert not split_folders.matches(touch(tmp_path, "train/a.png", "valannot/a.png"))
