from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.formats import mask_folders


def pair(root: Path, *names: str, images: str = "images", masks: str = "masks") -> Path:
    """Images and masks of these names; nobody looks into them."""
    for folder, suffix in ((images, "jpg"), (masks, "png")):
        for name in names:
            (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (root / folder / f"{name}.{suffix}").touch()
    return root


def test_each_image_has_the_mask_of_its_name(tmp_path: Path) -> None:
    assert mask_folders.matches(pair(tmp_path, "a", "b"))
    source = mask_folders.read(tmp_path)
    assert [(example.image.name, example.mask.name) for example in source.splits["all"]] == [("a.jpg", "a.png"), ("b.jpg", "b.png")]
    assert (source.classes, source.notes) == ([], [])


def test_names_come_from_the_lines_of_classes_txt(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "classes.txt").write_text("\ufeffsky\n road\ncar\n\n", encoding="utf-8")
    assert mask_folders.read(tmp_path).classes == ["sky", "road", "car"]


@pytest.mark.parametrize("text", ["a\n\nb\n", "a\na\n"])
def test_names_that_are_missing_or_there_twice_are_refused(text: str, tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(UserError, match=r"classes\.txt has an empty line or a name twice"):
        mask_folders.read(tmp_path)


@pytest.mark.parametrize("layout", [("{}/images", "{}/masks"), ("images/{}", "masks/{}")])
def test_given_splits_are_read_above_and_below(layout: tuple[str, str], tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        pair(tmp_path, name, images=layout[0].format(split), masks=layout[1].format(split))
    assert mask_folders.matches(tmp_path)
    source = mask_folders.read(tmp_path)
    assert source.format == "images and masks in test, train, val"
    splits = source.splits
    assert {split: examples[0].image.stem for split, examples in splits.items()} == {"train": "a", "val": "b", "test": "c"}


def test_images_of_one_name_in_several_folders_keep_their_own_masks(tmp_path: Path) -> None:
    examples = mask_folders.read(pair(tmp_path, "x/1", "y/1")).splits["all"]
    assert [(example.image.parent.name, example.mask.parent.name) for example in examples] == [("x", "x"), ("y", "y")]


def test_files_without_partner_are_left_out_and_named(tmp_path: Path) -> None:
    pair(tmp_path, "a", "b", "c")
    (tmp_path / "images" / "a.jpg").unlink()
    (tmp_path / "masks" / "b.png").unlink()
    source = mask_folders.read(tmp_path)
    assert [example.image.stem for example in source.splits["all"]] == ["c"]
    assert "1 masks without image" in source.notes[0]
    assert "a.png" in source.notes[0]
    assert "1 images without mask" in source.notes[1]
    assert "b.jpg" in source.notes[1]


def test_folders_without_a_common_name_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "masks" / "a.png").rename(tmp_path / "masks" / "b.png")
    with pytest.raises(UserError, match=r"no image in .*images has a mask of the same name"):
        mask_folders.read(tmp_path)


def test_two_images_for_one_mask_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "images" / "a.png").touch()
    with pytest.raises(UserError, match="differ only in their suffix"):
        mask_folders.read(tmp_path)


def test_images_alone_are_another_format(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "masks").rename(tmp_path / "others")
    assert not mask_folders.matches(tmp_path)
