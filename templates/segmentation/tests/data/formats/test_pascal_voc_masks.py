from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.formats import pascal_voc_masks


def write(root: Path, names: str = "abc", **lists: str) -> Path:
    for folder, suffix in (("JPEGImages", "jpg"), ("SegmentationClass", "png")):
        (root / folder).mkdir()
        for name in names:
            (root / folder / f"{name}.{suffix}").touch()
    (root / "ImageSets" / "Segmentation").mkdir(parents=True)
    for name, members in lists.items():
        (root / "ImageSets" / "Segmentation" / f"{name}.txt").write_text("\n".join(members) + "\n\n")
    return root


def test_lists_say_which_images_train_and_validate(tmp_path: Path) -> None:
    assert pascal_voc_masks.matches(write(tmp_path, train="a", val="b", trainval="ab"))
    source = pascal_voc_masks.read(tmp_path)
    assert {split: [example.mask_file.name for example in found] for split, found in source.splits.items()} == {
        "train": ["a.png"],
        "val": ["b.png"],
    }
    assert "1 masks that are in no list are left out" in source.notes[0]


def test_another_list_alone_names_images_to_be_divided(tmp_path: Path) -> None:
    assert list(pascal_voc_masks.read(write(tmp_path, default="abc")).splits) == ["all"]


def test_colors_of_labelmap_txt_are_those_of_the_classes(tmp_path: Path) -> None:
    (write(tmp_path, train="a") / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nground:0,0,0::\nroof:128,0,0::\n")
    source = pascal_voc_masks.read(tmp_path)
    assert source.classes == ["ground", "roof"]
    assert source.splits["train"][0].code.classes == ((0, 0), (0x800000, 1))


@pytest.mark.parametrize(
    ("lists", "words"), [({"train": "x"}, "x, which has no image"), ({"train": "a", "val": "a"}, "a, which is in train.txt")]
)
def test_a_name_that_is_not_there_or_twice_is_refused(lists: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        pascal_voc_masks.read(write(tmp_path, **lists))


def test_without_lists_it_is_another_format(tmp_path: Path) -> None:
    assert not pascal_voc_masks.matches(write(tmp_path))


@pytest.mark.parametrize(
    ("masks", "lists", "train"),
    [
        ("SegmentationClass", "ImageSets", "trn"),
        ("SegmentationClassContext", "ImageSets/SegmentationContext", "train"),
        ("SegmentationClassAug", "ImageSets/Segmentation", "train"),
    ],
)
def test_masks_and_lists_may_be_those_of_a_variant(masks: str, lists: str, train: str, tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "SegmentationClass").rename(root / masks)
    (root / "ImageSets" / "Segmentation").rmdir()
    (root / "SegmentationClassVisualization").mkdir()
    (root / lists).mkdir(parents=True, exist_ok=True)
    for split, members in ((train, "a\nb\n"), ("val", "c\n")):
        (root / lists / f"{split}.txt").write_text(members)
    assert pascal_voc_masks.matches(root)
    assert {split: len(found) for split, found in pascal_voc_masks.read(root).splits.items()} == {"train": 2, "val": 1}


def test_lists_may_have_whole_paths_and_name_the_folder_of_the_masks(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "SegmentationClassAug").mkdir()
    for split, members in (("train_aug", "ab"), ("val", "c")):
        lines = [f"/JPEGImages/{name}.jpg /SegmentationClassAug/{name}.png\n" for name in members]
        (root / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("".join(lines))
        for name in members:
            (root / "SegmentationClassAug" / f"{name}.png").touch()
    splits = pascal_voc_masks.read(root).splits
    assert {split: [(each.image.name, each.mask) for each in its] for split, its in splits.items()} == {
        "train": [(f"{name}.jpg", root / "SegmentationClassAug" / f"{name}.png") for name in "ab"],
        "val": [("c.jpg", root / "SegmentationClassAug" / "c.png")],
    }
