from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.beside import with_what_lies_beside
from {{ cookiecutter.package_name }}.data.formats import class_folders
from {{ cookiecutter.package_name }}.data.readers import find_format


def touch(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def found(root: Path) -> dict[str, list[tuple[str, ...]]]:
    """Names of files and classes by split."""
    splits = with_what_lies_beside(class_folders.read(root), root).splits
    return {split: [(example.image.name, *example.names) for example in examples] for split, examples in splits.items()}


def test_each_folder_is_a_class_in_the_order_of_names(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.jpg", "cat/2.PNG", "cat/deep/3.webp", "cat/notes.txt", ".hidden/4.jpg", "cat/.thumb.jpg", "empty/notes")
    assert class_folders.read(tmp_path).classes == ["cat", "dog"]
    assert found(tmp_path) == {"all": [("2.PNG", "cat"), ("3.webp", "cat"), ("1.jpg", "dog")]}


def test_given_splits_are_read_under_their_common_names(tmp_path: Path) -> None:
    touch(tmp_path, "Train/a/1.jpg", "Train/b/2.jpg", "valid/a/3.jpg", "test/b/4.jpg")
    assert class_folders.read(tmp_path).format == "class folders in train, test, val"
    assert found(tmp_path) == {"train": [("1.jpg", "a"), ("2.jpg", "b")], "val": [("3.jpg", "a")], "test": [("4.jpg", "b")]}


def test_classes_whose_names_differ_only_in_case_are_different(tmp_path: Path) -> None:
    if (touch(tmp_path, "A/1.jpg") / "a").exists():
        pytest.skip("this file system does not tell them apart")
    assert class_folders.read(touch(tmp_path, "a/2.jpg")).classes == ["A", "a"]


@pytest.mark.parametrize(
    ("files", "matches"),
    [
        (["cat/1.jpg", "dog/2.jpg"], True),
        (["train/cat/1.jpg"], True),
        (["1.jpg", "2.jpg"], False),
        (["cat/1.jpg"], False),
        (["cat/1.txt", "dog/1.txt"], False),
        (["val/1.jpg", "test/1.jpg"], False),
        (["val/cat/1.jpg", "val/dog/1.jpg"], False),
    ],
)
def test_two_folders_of_images_make_the_format(files: list[str], matches: bool, tmp_path: Path) -> None:
    assert class_folders.matches(touch(tmp_path, *files)) == matches


def test_a_folder_that_only_wraps_the_classes_is_looked_through(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{name}/{animal}/1.jpg" for name in ("training_set", "test_set") for animal in ("cat", "dog")))
    assert class_folders.matches(tmp_path)
    assert found(tmp_path) == {split: [("1.jpg", "cat"), ("1.jpg", "dog")] for split in ("train", "test")}


def test_a_class_whose_images_cannot_be_read_is_refused_and_not_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/2.png", "fox/3.CR2", "fox/4.svg")
    with pytest.raises(UserError, match=r"fox has only images that cannot be read, 3\.CR2 among them \(2\)"):
        class_folders.read(tmp_path)


def test_images_of_kinds_that_are_not_read_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "cat/1.CR2", "cat/deep/2.nef", "dog/2.HEIC")
    assert class_folders.read(tmp_path).notes == [
        f"images of kinds that are not read: 2, as {tmp_path / 'cat/1.CR2'}; they are left out"
    ]
    assert found(tmp_path) == {"all": [("1.jpg", "cat"), ("2.HEIC", "dog")]}


def test_images_in_no_folder_of_a_class_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "train/3.jpg", "more/cat/4.jpg")
    assert class_folders.read(tmp_path).notes == [
        f"images in no folder of a class: 2, as {tmp_path / 'more' / 'cat' / '4.jpg'}; they are left out"
    ]


def test_a_split_without_folders_of_classes_is_left_out_and_said(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "val/images/3.jpg", "test/4.jpg", "test/5.jpg")
    assert found(tmp_path) == {"train": [("1.jpg", "cat"), ("2.jpg", "dog")]}
    assert class_folders.read(tmp_path).notes == [
        f"images of test in no folder of a class: 2, as {tmp_path / 'test' / '4.jpg'}; they are left out",
        f"images of val in no folder of a class: 1, as {tmp_path / 'val' / 'images' / '3.jpg'}; they are left out",
    ]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train_images", "test_images"),
        ("Training Data", "Testing Data"),
        ("catsTrain", "catsTest"),
        ("train2017", "test"),
    ],
)
def test_a_split_may_be_one_of_several_words_in_the_names_of_folders(train: str, test: str, tmp_path: Path) -> None:
    touch(tmp_path, f"{train}/cat/1.jpg", f"{train}/dog/2.jpg", f"{test}/cat/3.jpg", "seg_pred/seg_pred/4.jpg")
    assert class_folders.matches(tmp_path)
    assert found(tmp_path) == {"train": [("1.jpg", "cat"), ("2.jpg", "dog")], "test": [("3.jpg", "cat")]}
    assert class_folders.read(tmp_path).notes == [
        f"images in no folder of a class: 1, as {tmp_path / 'seg_pred' / 'seg_pred' / '4.jpg'}; they are left out"
    ]


@pytest.mark.parametrize(("train", "test"), [("rps/rps", "rps-test-set/rps-test-set"), ("horses", "validation-horses")])
def test_the_folder_that_those_of_other_splits_are_called_after_trains(train: str, test: str, tmp_path: Path) -> None:
    touch(tmp_path, f"{train}/cat/1.jpg", f"{train}/dog/2.jpg", f"{test}/cat/3.jpg")
    assert [*found(tmp_path)] == ["all"], "it has other classes"
    touch(tmp_path, f"{test}/dog/4.jpg")
    its = found(tmp_path)
    assert its.pop("train") == [("1.jpg", "cat"), ("2.jpg", "dog")]
    assert [*its.values()] == [[("3.jpg", "cat"), ("4.jpg", "dog")]]


@pytest.mark.parametrize(
    "files",
    [
        ["train_station/1.jpg", "bus_stop/2.jpg"],
        ["train_station/in/1.jpg", "train_station/out/1.jpg", "bus_stop/in/2.jpg", "bus_stop/out/2.jpg"],
        ["Testudo/1.jpg", "Trainer/2.jpg"],
    ],
)
def test_a_class_whose_name_has_the_word_of_a_split_stays_one(files: list[str], tmp_path: Path) -> None:
    assert class_folders.matches(touch(tmp_path, *files))
    assert len(class_folders.read(tmp_path).classes) == 2


def test_two_folders_with_the_word_of_one_split_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train_1/a/1.jpg", "train_1/b/1.jpg", "train_2/a/2.jpg", "train_2/b/2.jpg", "test_1/a/3.jpg")
    with pytest.raises(UserError, match="train_1 and train_2 are both named like the split train: keep or rename one"):
        class_folders.matches(tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        ["cars_train/cars_train/1.jpg", "cars_test/cars_test/2.jpg"],
        ["train_images/1.jpg", "test_images/2.jpg"],
        ["images_001/images/1.jpg", "images_002/images/2.jpg"],
        ["set_images_part_1/1.jpg", "set_images_part_2/2.jpg"],
        ["images/1.jpg", "annotations/trimaps/1.png"],
        ["data_256/a/airfield/1.jpg", "val_256/2.jpg"],
        ["train/images/1.jpg", "train/labels/1.txt", "valid/images/2.jpg", "valid/labels/2.txt"],
    ],
)
def test_folders_of_splits_or_of_parts_of_an_archive_are_no_classes(files: list[str], tmp_path: Path) -> None:
    assert not class_folders.matches(touch(tmp_path, *files))


def test_a_copy_of_the_folders_beside_it_is_no_class(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{folder}{name}/1.jpg" for folder in ("", "cells/") for name in ("sick", "well")))
    assert found(tmp_path) == {"all": [("1.jpg", "sick"), ("1.jpg", "well")]}
    assert class_folders.read(tmp_path).notes == [
        f"images in a copy of the folders beside it: 2, as {tmp_path / 'cells' / 'sick' / '1.jpg'}; they are left out"
    ]


def test_what_has_no_images_may_lie_beside_the_folder_of_the_classes(tmp_path: Path) -> None:
    touch(tmp_path, "101_Objects/cat/1.jpg", "101_Objects/dog/2.jpg", "Annotations/cat/1.mat", "README.txt")
    assert class_folders.matches(tmp_path)
    assert found(tmp_path) == {"all": [("1.jpg", "cat"), ("2.jpg", "dog")]}
    touch(tmp_path, "Annotations/1.jpg")
    assert not class_folders.matches(tmp_path / "Annotations")


def test_folders_of_the_same_names_in_each_class_are_said(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{kind}/1.png" for name in ("sick", "well") for kind in ("near", "far")))
    assert class_folders.read(tmp_path).notes == [
        "each class has the same folders (far, near), whose images are all read: remove those of other kinds, "
        "or give one folder as data.root, if these are the classes"
    ]


def test_folders_of_the_same_names_are_said_though_others_wrap_them(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{place}/images/{name}/1.png" for place in ("shop", "street") for name in ("bike", "mug")))
    assert "each class has the same folders (bike, mug)" in class_folders.read(tmp_path).notes[0]


def test_folders_of_the_same_names_are_said_though_a_split_lacks_some(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{split}/{name}/near/1.png" for split in ("train", "test") for name in ("sick", "well")))
    touch(tmp_path, *(f"train/{name}/far/1.png" for name in ("sick", "well")))
    assert "each class has the same folders (far, near)" in class_folders.read(tmp_path).notes[0]


def test_images_that_mark_something_in_others_are_left_out_and_said(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{name} (1){end}.png" for name in ("sick", "well") for end in ("", "_mask", "_mask_1")))
    touch(tmp_path, "sick/has_mask.jpg")
    assert found(tmp_path) == {"all": [("has_mask.jpg", "sick"), ("sick (1).png", "sick"), ("well (1).png", "well")]}
    assert class_folders.read(tmp_path).notes == [
        f"images that mark something in others beside them, by their names: 4, as {tmp_path / 'sick' / 'sick (1)_mask.png'}; "
        "they are left out"
    ]


def test_images_that_mark_something_in_others_may_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{file}" for name in ("sick", "well") for file in ("images/1.png", "images/2.png", "masks/1.png")))
    touch(tmp_path, "well/masks/2_mask.png", "well/masks/9.png")
    assert [name for name, _ in found(tmp_path)["all"]] == ["1.png", "2.png", "1.png", "2.png", "9.png"]
    [note] = class_folders.read(tmp_path).notes
    assert note.startswith("images that mark something in others beside them, by their names: 3, as")


def test_folders_that_may_be_the_classes_are_said(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}.jpg" for name in ("a/airport/1", "a/abbey/2", "b/barn/3", "b/beach/4", "z/zoo/5")))
    assert class_folders.read(tmp_path).notes == [
        "classes have folders inside, as a/abbey: if these are the classes, move them up, beside each other"
    ]


def test_sets_of_images_beside_each_other_are_no_classes(tmp_path: Path) -> None:
    touch(tmp_path, *(f"parts/parts/{split}/{name}/1.jpg" for split in ("train", "test") for name in ("bad", "good")))
    touch(tmp_path, "parts_512/bad/1.jpg", "parts_512/good/1.jpg")
    with pytest.raises(UserError, match=r"\S*parts and \S*parts_512 can be read \(class folders\): give one as data\.root"):
        find_format(tmp_path)


@pytest.mark.parametrize(
    "place",
    [
        "images/{}.jpg masks/{}.png",
        "train/images/{}.jpg train/labels/{}.png",
        "img/a/{}.jpg gt/a/{}.png",
        "birds/images/a/{}.jpg segmentations/a/{}.png",
        "leftImg8bit/train/{}.png gtFine/train/{}_gtFine_labelIds.png",
        "JPEGImages/{}.jpg SegmentationClass/{}.png SegmentationObject/{}.png",
        "train/A/{}.png train/B/{}.png train/label/{}.png",
        "stills_full/{}.png LabeledApproved_full/{}_L.png",
        "2_Ortho_RGB/a_{}_RGB.tif 5_Labels_all/a_{}_label.tif",
    ],
)
def test_pictures_and_what_is_drawn_over_them_are_no_classes(place: str, tmp_path: Path) -> None:
    touch(tmp_path, *(name for number in "12" for name in place.replace("{}", number).split()), place.replace("{}", "3").split()[0])
    with pytest.raises(UserError, match="seem to have pictures and their masks, which are no classes"):
        class_folders.matches(tmp_path)


def test_classes_may_be_called_mask_and_images_of_two_classes_the_same(tmp_path: Path) -> None:
    touch(tmp_path, "mask/1.jpg", "no_mask/1.jpg", "mask/near/1.jpg", "no_mask/near/1.jpg")
    assert class_folders.matches(tmp_path)
    touch(tmp_path, "label_0/1.jpg", "label_1/1.jpg", *(f"{name}/2.jpg" for name in ("mask", "no_mask")))
    assert class_folders.matches(tmp_path)


def test_a_folder_beside_others_that_is_called_after_files_is_no_class(tmp_path: Path) -> None:
    touch(tmp_path, "images/cat/1.jpg", "images/dog/1.jpg", "samples/1.jpg")
    with pytest.raises(UserError, match=r"folder images beside samples is called after files, .*: give it as data\.root if"):
        class_folders.matches(tmp_path)


def test_folders_of_splits_may_lie_in_those_of_classes(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{split}/1.png" for name in ("cat", "dog") for split in ("train", "valid")), "cat/test/1.png")
    assert found(tmp_path) == {
        "test": [("1.png", "cat")],
        "train": [("1.png", "cat"), ("1.png", "dog")],
        "val": [("1.png", "cat"), ("1.png", "dog")],
    }
    assert class_folders.read(tmp_path).notes == []
    touch(tmp_path, "dog/2.png")
    assert list(found(tmp_path)) == ["all"]


FLAT = ("train/n01/n01_1.jpg", "train/n02/n02_1.jpg", "train/n02/n02_2.jpg", "val/1.jpg", "val/2.jpg", "val/3.jpg", "test/1.jpg")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("val/val_annotations.txt", "1.jpg\tn02\t0\t32\t44\t62\n2.jpg\tn01\t0\t0\t9\t9\n3.jpg\tn02\t1\t2\t3\t4\n"),
        ("LOC_val_solution.csv", "ImageId,PredictionString\n1,n02 1 2 3 4 \n2,n01 1 2 3 4 \n3,n02 1 2 3 4 n02 5 6 7 8 \n"),
        ("val.txt", "val/1.jpg n02\nval/2.jpg n01\nval/3.jpg n02\n"),
        ("labels/validation.csv", "label,name,image\nn02,a,1.jpg\nn01,b,2.jpg\nn02,c,3.jpg\n"),
    ],
)
def test_a_list_tells_the_classes_of_a_split_without_folders(file: str, text: str, tmp_path: Path) -> None:
    touch(tmp_path, *FLAT, file, "wnids.txt", "words.txt")
    (tmp_path / file).write_text(text)
    (tmp_path / "wnids.txt").write_text("n01\nn02\n")
    (tmp_path / "words.txt").write_text("n01\tfish\nn02\tshark\n")
    assert class_folders.matches(tmp_path)
    assert found(tmp_path)["val"] == [("1.jpg", "n02"), ("2.jpg", "n01"), ("3.jpg", "n02")]
    assert class_folders.read(tmp_path).notes == [
        f"images of test in no folder of a class: 1, as {tmp_path / 'test' / '1.jpg'}; they are left out",
        f"images of val that have their labels from {tmp_path / file}: 3",
    ]


def test_a_list_may_lie_above_the_only_folder(tmp_path: Path) -> None:
    touch(tmp_path, *(f"archive/data/{name}" for name in FLAT))
    assert not class_folders.matches(tmp_path)
    (tmp_path / "val.csv").write_text("ImageId,PredictionString\n1,n02 1 2 3 4\n2,n01 1 2 3 4\n")
    assert class_folders.matches(tmp_path)
    assert found(tmp_path)["val"] == [("1.jpg", "n02"), ("2.jpg", "n01")]
    assert any("images of val in no folder of a class: 1, as" in note for note in class_folders.read(tmp_path).notes)


@pytest.mark.parametrize(
    ("train", "val", "classes"),
    [
        ("n01/n01_1.jpg 0\nn02/n02_1.jpg 1\nn02/n02_2.jpg 1\n", "1.jpg 1\n2.jpg 0\n3.jpg 1\n", ["n02", "n01", "n02"]),
        ("n01/n01_1 1\nn02/n02_1 2\nn02/n02_2 3\n", "1 1\n2 2\n3 3\n", None),
        ("", "1.jpg 1\n2.jpg 0\n3.jpg 1\n", None),
    ],
)
def test_numbers_mean_the_classes_that_they_have_in_the_list_of_the_training(
    train: str, val: str, classes: list[str] | None, tmp_path: Path
) -> None:
    touch(tmp_path, *FLAT)
    (tmp_path / "train.txt").write_text(train)
    (tmp_path / "val.txt").write_text(val)
    assert [name for _, name in found(tmp_path).get("val", [])] == (classes or [])


def test_a_list_of_mere_numbers_is_said_and_not_read(tmp_path: Path) -> None:
    file = touch(tmp_path, *FLAT) / "validation_ground_truth.txt"
    file.write_text("2\n1\n2\n")
    assert "val" not in found(tmp_path)
    assert class_folders.read(tmp_path).notes[-1] == (
        f"{file} has a number for each of 3 images of val, but not which class it is that of: "
        "write a line such as `1.jpg n01` for each image instead"
    )


@pytest.mark.parametrize("text", ["1 n01 n02\n2 n02 5 n01\n3 x n01\n", "1 n01\n1 n02\n2 n01\n2 n02\n", "1 cat\n2 dog\n3 n01\n"])
def test_lines_with_two_classes_or_hardly_one_tell_none(text: str, tmp_path: Path) -> None:
    (touch(tmp_path, *FLAT) / "val.txt").write_text(text)
    assert "val" not in found(tmp_path)


def test_lists_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    for file, name in (("val.txt", "n01"), ("val_2.txt", "n02")):
        (touch(tmp_path, *FLAT) / file).write_text(f"1.jpg {name}\n2.jpg n01\n")
    with pytest.raises(UserError, match=r"1\.jpg is n01 in .*val\.txt, but n02 in .*val_2\.txt: keep one of the files"):
        class_folders.read(tmp_path)
