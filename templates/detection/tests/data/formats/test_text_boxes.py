from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import text_boxes
from {{ cookiecutter.package_name }}.data.readers import find_format

KITTI = "0.00 0 -1.58 10.00 20.00 15.00 26.00 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
PASCAL = """# Compatible with PASCAL Annotation Version 1.00
Image filename : "People/PNGImages/1.png"
Image size (X x Y x C) : 64 x 48 x 3
Database : "The database"
Objects with ground truth : 1 { "dog" }
# Note that there might be other objects in the image
# Top left pixel co-ordinates : (1, 1)

# Details for object 1 ("dog")
Original label for object 1 "dog" : "People"
Bounding box for object 1 "dog" (Xmin, Ymin) - (Xmax, Ymax) : (10, 20) - (15, 26)
"""


def write(root: Path, files: dict[str, str], *images: str) -> Path:
    for name, text in (files | dict.fromkeys(images, "")).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("text", "file", "image", "split"),
    [
        ("dog 10.0 20.0 15.0 26.0\n", "OID/train/Dog/Label/1.txt", "OID/train/Dog/1.jpg", "train"),
        ("dog\t10\t20\t15\t26\r\n\r\n", "1.txt", "1.jpg", "all"),
        (f"dog {KITTI}\n", "training/label_2/1.txt", "training/image_2/1.png", "train"),
        (f"dog {KITTI} 0.87\n", "label_2/1.txt", "image_2/1.png", "all"),
        ("imagesource:GoogleEarth\ngsd:0.14\n10 20 15 20 15 26 10 26 dog 0\n", "val/labelTxt/1.txt", "val/images/1.png", "val"),
        (PASCAL, "People/Annotation/1.txt", "People/PNGImages/1.png", "all"),
        ("10.0 20.0 15.0 20.0 15.0 26.0 10.0 26.0 dog\n", "test/labelTxt/1.txt", "test/images/1.png", "test"),
    ],
)
def test_a_line_has_a_class_and_corners(text: str, file: str, image: str, split: str, tmp_path: Path) -> None:
    write(tmp_path, {file: text, "data.yaml": "names: [dog]"}, image)
    assert find_format(tmp_path) is text_boxes
    source = text_boxes.read(tmp_path)
    (annotation,) = source.splits[split]
    assert (annotation.image, annotation.objects) == (tmp_path / image, (Object("dog", (10, 20, 15, 26), False, 30),))
    assert (source.classes, source.notes) == (["dog"], [])


def test_visdrone_numbers_its_classes_and_ignores_what_does_not_count(tmp_path: Path) -> None:
    lines = "10,20,5,6,1,4,0,0\n10,20,5,6,1,10,0,1,\n1,2,3,4,0,0,0,0\n1,2,3,4,0,11,0,0\n"
    splits = ("train", "val")
    files = {f"VisDrone2019-DET-{split}/annotations/1.txt": lines for split in splits}
    write(tmp_path, files, *(f"VisDrone2019-DET-{split}/images/1.jpg" for split in splits))
    assert find_format(tmp_path) is text_boxes
    source = text_boxes.read(tmp_path)
    assert (sorted(source.splits), source.classes) == (["train", "val"], ["car", "motor"])
    ((annotation,), _) = source.splits.values()
    assert annotation.objects[:2] == (Object("car", (10, 20, 15, 26), False, 30), Object("motor", (10, 20, 15, 26), False, 30))
    assert [(thing.box, thing.crowd) for thing in annotation.objects[2:]] == [((1, 2, 4, 6), True)] * 2


def test_names_may_have_blanks_and_what_is_difficult_or_of_no_class_is_a_crowd(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a/1.txt": f"DontCare {KITTI}\nTraffic light {KITTI}\n", "b/2.txt": "1 2 3 2 3 4 1 4 plane 1\n"},
        "1.jpg",
        "2.jpg",
    )
    source = text_boxes.read(tmp_path)
    things = [(thing.name, thing.crowd) for each in source.splits["all"] for thing in each.objects]
    assert things == [("Traffic light", True), ("Traffic light", False), ("plane", True)]
    assert source.classes == ["Traffic light", "plane"]


def test_an_empty_file_is_an_image_without_objects_and_others_are_left_out_and_said(tmp_path: Path) -> None:
    files = {"labels/1.txt": "dog 1 2 3 4\n", "labels/2.txt": "", "labels/9.txt": "dog 1 2 3 4\n", "notes.txt": "a note"}
    source = text_boxes.read(write(tmp_path, files, "images/1.jpg", "images/2.jpg", "images/3.jpg"))
    assert [len(each.objects) for each in source.splits["all"]] == [1, 0]
    orphan, left = source.notes
    assert orphan == f"files of boxes without an image: 1, as {tmp_path / 'labels' / '9.txt'}; they are left out"
    assert "images without annotation: 1" in left


def test_text_of_another_kind_is_another_format(tmp_path: Path) -> None:
    write(tmp_path, {"1.txt": "0 0.5 0.5 0.1 0.1\n", "2.txt": "dog 0.5 1 0.1 0.1\n", "list.txt": "dog 1 2 3 4\n"}, "1.jpg", "2.jpg")
    assert not text_boxes.matches(tmp_path)


def test_a_line_with_a_mistake_and_files_without_images_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"1\.txt, line 2: 'dog 1 2 3' is no class with corners: mend or remove it"):
        text_boxes.read(write(tmp_path, {"1.txt": "dog 1 2 3 4\ndog 1 2 3\n"}, "1.jpg"))
    with pytest.raises(UserError, match=r"1 files of boxes in .* have no image of their name, as .*1\.txt: add the images"):
        text_boxes.read(write(tmp_path / "b", {"1.txt": "dog 1 2 3 4\n"}))
