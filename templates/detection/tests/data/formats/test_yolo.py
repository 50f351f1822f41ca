from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import PARTS, Object
from {{ cookiecutter.package_name }}.data.formats import yolo

BOX = "1 0.5 0.25 0.5 0.25\n"
NAMES = "names: [cat, dog]\n"


def write(root: Path, **texts: str) -> Path:
    """Files by their names, in which `__` stands for `/` and `_DOT_` for `.`; others than images by their text."""
    for name, text in texts.items():
        file = root / name.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def found(root: Path) -> dict[str, list[str]]:
    """Names of images by split."""
    splits = yolo.read(root).splits
    return {split: sorted(annotation.image.stem for annotation in annotations) for split, annotations in splits.items()}


def test_a_class_may_be_written_with_a_fraction_of_zero(tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt="1.0 0.5 0.25 0.5 0.25\n", data_DOT_yaml=NAMES)
    assert [thing.name for thing in yolo.read(tmp_path).splits["all"][0].objects] == ["dog"]


def test_boxes_become_corners_and_stay_parts_of_the_image(tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt=BOX, data_DOT_yaml=NAMES)
    source = yolo.read(tmp_path)
    ((annotation,),) = source.splits.values()
    assert source.classes == ["cat", "dog"]
    assert annotation.size == PARTS
    assert annotation.objects == (Object("dog", (0.25, 0.125, 0.75, 0.375), False, 0.125),)
    assert not source.notes


@pytest.mark.parametrize(
    ("image", "labels", "split"),
    [
        ("images/train/1.jpg", "labels/train/1.txt", "train"),
        ("images/val2017/1.jpg", "labels/val2017/1.txt", "val"),
        ("test/images/1.jpg", "test/labels/1.txt", "test"),
        ("images/1.jpg", "labels/1.txt", "all"),
        ("1.jpg", "1.txt", "all"),
        ("valid/1.rf.a.jpg", "valid/1.rf.a.txt", "val"),
    ],
)
def test_labels_are_found_wherever_they_lie(image: str, labels: str, split: str, tmp_path: Path) -> None:
    for name, text in ((image, ""), (labels, BOX)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    write(tmp_path, classes_DOT_txt="cat\n\ndog\n")
    assert yolo.matches(tmp_path)
    source = yolo.read(tmp_path)
    ((found_split, (annotation,)),) = source.splits.items()
    assert (found_split, annotation.image, source.classes) == (split, tmp_path / image, ["cat", "dog"])
    assert [thing.name for thing in annotation.objects] == ["dog"]


def test_text_beside_images_is_no_label(tmp_path: Path) -> None:
    assert not yolo.matches(
        write(tmp_path, a_DOT_jpg="", README_DOT_txt="1 of 4 files\n", notes__a_DOT_txt="", classes_DOT_txt="0 1 1 1 1")
    )


def test_images_without_objects_are_kept_and_said(tmp_path: Path) -> None:
    images = dict.fromkeys(["images__1_DOT_jpg", "images__2_DOT_jpg", "images__3_DOT_jpg"], "")
    write(tmp_path, labels__1_DOT_txt=BOX, labels__2_DOT_txt="\n", labels__9_DOT_txt=BOX, data_DOT_yaml=NAMES, **images)
    source = yolo.read(tmp_path)
    assert [len(annotation.objects) for annotation in source.splits["all"]] == [1, 0, 0]
    orphan, empty = source.notes
    assert "without an image: 1, as" in orphan
    assert "without an object: 2, as" in empty
    assert empty.endswith("1 of them have no file of labels")


def test_outlines_become_the_box_around_them_and_key_points_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt="0 0.1 0.2 0.5 0.3 0.3 0.9\n", data_DOT_yaml=NAMES)
    (annotation,) = yolo.read(tmp_path).splits["all"]
    assert annotation.objects[0].box == (0.1, 0.2, 0.5, 0.9)
    write(tmp_path, labels__1_DOT_txt="0 0.5 0.5 0.5 0.5 0.1 0.1 0.9 0.9\n", data_DOT_yaml=NAMES + "kpt_shape: [2, 2]\n")
    (annotation,) = yolo.read(tmp_path).splits["all"]
    assert annotation.objects[0].box == (0.25, 0.25, 0.75, 0.75)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2 0.5 0.5 0.1 0.1", "there is no class 2, only 0 to 1"),
        ("-1 0.5 0.5 0.1 0.1", "there is no class -1"),
        ("0.7 0.5 0.5 0.1 0.1", "the class 0.7 is no whole number"),
        ("0 50 60 10 10", "50 60 10 10 are no parts of the image"),
        ("0 0.5 -0.5 0.1 0.1", "no parts"),
        ("0 nan 0.5 0.1 0.1", "no parts"),
        ("0 0.5 0.5 0.1", "4 numbers"),
        ("0 0.5 0.5 0.1 0.1 0.99", "6 numbers"),
        ("inf 0.5 0.5 0.1 0.1", "the class inf is no whole number"),
        ("cat 0.5 0.5 0.1 0.1", "could not convert"),
    ],
)
def test_a_line_with_a_mistake_is_named(line: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt=BOX + line, data_DOT_yaml=NAMES)
    with pytest.raises(UserError, match=rf"1\.txt, line 2: .*{words}"):
        yolo.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [no, 'on', 1e3]", ["no", "on", "1e3"]),
        ("names: {1: dog, 0: cat}\nnc: 2", ["cat", "dog"]),
        ("names:\n  - cat\n  - dog", ["cat", "dog"]),
    ],
)
def test_names_are_text_whatever_they_look_like(text: str, names: list[str], tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt=BOX, data_DOT_yaml=text)
    assert yolo.read(tmp_path).classes == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("names: {0: cat, 2: dog}", "numbers its names 0, 2: expected all from 0 on"),
        ("names: cat", "no list of texts"),
        ("names: [[cat], dog]", "no list of texts"),
        ("names: [cat, dog]\nnc: 3", "has 2 names, but nc: 3"),
        ("names: [cat, dog", "is no YAML"),
    ],
)
def test_names_that_are_none_are_refused(text: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt=BOX, data_DOT_yaml=text)
    with pytest.raises(UserError, match=rf"data\.yaml .*{words}"):
        yolo.read(tmp_path)


def test_without_names_classes_are_called_by_their_numbers(tmp_path: Path) -> None:
    source = yolo.read(write(tmp_path, images__1_DOT_jpg="", labels__1_DOT_txt=BOX + BOX.replace("1", "12", 1)))
    assert source.classes == ["1", "12"]
    assert "called by their numbers" in source.notes[0]


@pytest.mark.parametrize("start", ["", "/home/else/data/", "../", "C:\\\\data\\\\"])
def test_splits_are_those_of_the_yaml_even_if_it_was_written_elsewhere(start: str, tmp_path: Path) -> None:
    text = f"path: /wrong\ntrain: [{start}images/day, {start}images/dusk]\nval: {start}images/night\ntest:\n"
    images = dict.fromkeys([f"images__{folder}__{folder}_DOT_jpg" for folder in ("day", "dusk", "night", "noon")], "")
    write(tmp_path, data_DOT_yaml=NAMES + text, labels__day__day_DOT_txt=BOX, **images)
    assert found(tmp_path) == {"train": ["day", "dusk"], "val": ["night"]}
    assert "images in no split of" in yolo.read(tmp_path).notes[-1]


def test_splits_may_be_files_with_names_of_images(tmp_path: Path) -> None:
    images = dict.fromkeys(["images__1_DOT_jpg", "images__2_DOT_jpg"], "")
    write(tmp_path, data_DOT_yaml=NAMES + "train: train.txt\nval: val.txt\n", labels__1_DOT_txt=BOX, **images)
    write(tmp_path, train_DOT_txt="./images/1.jpg\n", val_DOT_txt="/elsewhere/images/2.jpg\n")
    assert found(tmp_path) == {"train": ["1"], "val": ["2"]}


def test_images_that_train_do_not_validate_and_splits_that_are_not_there_are_said(tmp_path: Path) -> None:
    text = NAMES + "train: images\nval: images\ntest: test/images\n"
    write(tmp_path, data_DOT_yaml=text, images__1_DOT_jpg="", labels__1_DOT_txt=BOX)
    assert found(tmp_path) == {"train": ["1"]}
    nowhere, doubled = yolo.read(tmp_path).notes
    assert "names test/images as test, where no image is" in nowhere
    assert "named for several splits: 1" in doubled


def test_folders_give_the_splits_where_the_yaml_names_none_that_exist(tmp_path: Path) -> None:
    write(tmp_path, data_DOT_yaml=NAMES + "train: /gone\n", train__images__1_DOT_jpg="", train__labels__1_DOT_txt=BOX)
    assert found(tmp_path) == {"train": ["1"]}
    assert "names /gone as train, where no image is" in yolo.read(tmp_path).notes[0]


def test_names_and_splits_are_those_of_a_yaml_in_a_folder_below(tmp_path: Path) -> None:
    text = "path: ../datasets/set\ntrain: images/day\nval: images/night\n"
    images = dict.fromkeys(["1_DOT_jpg", "set__images__day__2_DOT_jpg", "set__images__night__3_DOT_jpg"], "")
    write(tmp_path, set__data_DOT_yaml=NAMES + text, set__labels__day__2_DOT_txt=BOX, **images)
    source = yolo.read(tmp_path)
    assert source.classes == ["cat", "dog"]
    assert found(tmp_path) == {"train": ["2"], "val": ["3"]}
    assert "in no split of" in source.notes[-1]


@pytest.mark.parametrize("names", ["data_DOT_yaml", "labels__classes_DOT_txt"])
def test_two_data_sets_whose_numbers_mean_other_classes_are_refused(names: str, tmp_path: Path) -> None:
    def text(*classes: str) -> str:
        return f"names: [{', '.join(classes)}]" if "yaml" in names else "\n".join(classes)

    for part in "ab":
        write(tmp_path / part, images__1_DOT_jpg="", labels__1_DOT_txt=BOX, **{names: text("cat", "dog")})
    assert yolo.read(tmp_path).classes == ["cat", "dog"]
    write(tmp_path / "b", **{names: text("cat", "bird")})
    with pytest.raises(UserError, match=r"a/.* have different names of classes"):
        yolo.read(tmp_path)


def test_the_longest_file_of_names_counts_where_others_only_lack_the_last_ones(tmp_path: Path) -> None:
    write(tmp_path, a__1_DOT_jpg="", a__1_DOT_txt=BOX, a__classes_DOT_txt="cat\n", b__classes_DOT_txt="cat\ndog\n")
    assert yolo.read(tmp_path).classes == ["cat", "dog"]


def test_names_and_splits_are_those_of_darknet(tmp_path: Path) -> None:
    text = "classes = 2\ntrain  = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n"
    images = dict.fromkeys(["data__obj__1_DOT_jpg", "data__obj__2_DOT_jpg"], "")
    write(tmp_path, data__obj_DOT_data=text, data__obj_DOT_names="cat\ndog\n", data__coco_DOT_names="person\n", **images)
    write(tmp_path, data__obj__1_DOT_txt=BOX, data__train_DOT_txt="data/obj/1.jpg\n", data__valid_DOT_txt="data/obj/2.jpg\n")
    assert yolo.read(tmp_path).classes == ["cat", "dog"]
    assert found(tmp_path) == {"train": ["1"], "val": ["2"]}


def test_files_of_boxes_that_belong_to_no_image_are_refused(tmp_path: Path) -> None:
    write(tmp_path, images__cat_DOT_jpg="", bounding_boxes_DOT_txt="1 60.0 27.0 325.0 304.0\n")
    with pytest.raises(UserError, match=r"none of the 1 files with lines of boxes, .*bounding_boxes\.txt among them, has the name"):
        yolo.read(tmp_path)
