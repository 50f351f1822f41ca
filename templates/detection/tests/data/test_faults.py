"""What is wrong with people's data is said in a sentence that names the file, or is no fault at all; nothing is silently wrong."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule

IMAGES, HEIGHT, WIDTH = 12, 24, 32
TURNED = Image.Exif()
TURNED[274] = 6  # shown a quarter turn to the right
HTML = b"<html><body>404</body></html>"
XML = (
    "<annotation><size><width>32</width><height>24</height></size><object><name>cat</name>"
    "<bndbox><xmin>4</xmin><ymin>4</ymin><xmax>16</xmax><ymax>20</ymax></bndbox></object></annotation>"
)
ENTITY = '<!DOCTYPE annotation [<!ENTITY a "ha">]>'

Break = Callable[[Path], Any]


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.effect_noise((width, height), 50).convert("RGB")


def put(file: str, content: "Image.Image | bytes | str", **options: Any) -> Break:
    """Writes another content to a file."""

    def write(root: Path) -> None:
        if isinstance(content, Image.Image):
            content.save(root / file, **options)
        else:
            (root / file).write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def cut(file: str) -> Break:
    """Leaves the first half of a file."""
    return lambda root: (root / file).write_bytes((root / file).read_bytes()[: (root / file).stat().st_size // 2])


def remove(file: str) -> Break:
    return lambda root: (root / file).unlink()


def both(*breaks: Break) -> Break:
    return lambda root: [each(root) for each in breaks]


def coco(change: Callable[[Any], Any], encoding: str = "utf-8") -> Break:
    """Changes the content of the annotations."""

    def write(root: Path) -> None:
        content = json.loads((root / "annotations.json").read_text())
        change(content)
        (root / "annotations.json").write_text(json.dumps(content), encoding=encoding)

    return write


def box(*xywh: Any) -> Break:
    """Another box for the object in 3.jpg."""
    return coco(lambda content: content["annotations"][3].update(bbox=list(xywh)))


def everywhere(group: str, change: Callable[[dict[str, Any]], Any]) -> Break:
    return coco(lambda content: [change(entry) for entry in content[group]])


def needs(format: str) -> Break:
    """Skips the test where this format was removed from the project."""
    return lambda _: pytest.importorskip(f"{{ cookiecutter.package_name }}.data.formats.{format}")


def each(suffix: str, text: str, third: str | None = None) -> Break:
    """Annotations in a file for each image in place of one for all; that of 3.jpg may have another text."""

    def write(root: Path) -> None:
        (root / "annotations.json").unlink()
        for number in range(IMAGES):
            (root / f"images/{number}{suffix}").write_text(text if third is None or number != 3 else third)

    return write


def yolo(third: str, names: str = "names: [cat, dog]") -> Break:
    return both(needs("yolo"), each(".txt", "0 0.5 0.5 0.25 0.25\n1 0.5 0.5 0.5 0.5\n", third), put("data.yaml", names))


def voc(third: str) -> Break:
    return both(needs("pascal_voc"), each(".xml", XML, third))


def table(header: str, *rows: str) -> Break:
    lines = [header, *rows, *(f"{number}.jpg,{'dog' if number % 2 else 'cat'},4,4,16,20" for number in range(4, IMAGES))]
    return both(needs("box_table"), remove("annotations.json"), put("boxes.csv", "\n".join(lines)))


CORNERS = "filename,class,xmin,ymin,xmax,ymax"

BROKEN: dict[str, tuple[Break, str]] = {  # one image, without which the others can be used
    "an empty image": (put("images/3.jpg", b""), r"3\.jpg is not a readable image \(it is empty\)"),
    "a truncated image": (cut("images/3.jpg"), r"3\.jpg is not a readable image"),
    "a web page as image": (put("images/3.jpg", HTML), r"3\.jpg is not a readable image"),
    "an image of one flipped bit": (put("images/3.jpg", b"\xff\xd8\xff\xe1" + bytes(99)), r"3\.jpg is not a readable image"),
}

REFUSED: dict[str, tuple[Break, str]] = {
    "annotations that are cut off": (cut("annotations.json"), r"annotations\.json is no COCO file of boxes"),
    "empty annotations": (put("annotations.json", b""), r"annotations\.json is no COCO file of boxes"),
    "an image that is missing": (remove("images/3.jpg"), r"lists 'images/3\.jpg', which is no image .*\(1 such\)"),
    "an image outside of the folder": (
        coco(lambda content: content["images"][3].update(file_name="../../secret.jpg")),
        r"'\.\./\.\./secret\.jpg', which leads outside",
    ),
    "two images of one id": (
        coco(lambda content: content["images"][3].update(id=0)),
        r"the id 0 to both images/0\.jpg and images/3\.jpg",
    ),
    "an image listed twice": (
        coco(lambda content: content["images"].append(content["images"][3] | {"id": 99})),
        r"lists .*3\.jpg twice, with different ids",
    ),
    "two categories of one id": (
        coco(lambda content: content["categories"].append({"id": 1, "name": "cow"})),
        "the id 1 to both cat and cow",
    ),
    "two categories of one name": (
        everywhere("categories", lambda category: category.update(name="cat")),
        "several classes .* cat",
    ),
    "a category without a name": (everywhere("categories", lambda category: category.pop("name")), "there is no 'name'"),
    "a category of a name that is no text": (
        coco(lambda content: content["categories"][0].update(name="a\nb")),
        r"'a\\nb': expected text on one line",
    ),
    "an unlisted category": (coco(lambda content: content["annotations"][3].update(category_id=7)), "names the category 7"),
    "an object of no image": (coco(lambda content: content["annotations"][3].update(image_id=77)), "names the image 77"),
    "an object without a box": (coco(lambda content: content["annotations"][3].pop("bbox")), "neither bbox nor "),
    "a box of three numbers": (box(1, 2, 3), r"annotations\.json is no COCO file"),
    "a box of words": (box("a", 2, 3, 4), r"annotations\.json is no COCO file"),
    "a box that is not finite": (box(1, 2, float("nan"), 4), r"3\.jpg"),
    "an endless box": (box(1, 2, 1e300, 4), r"3\.jpg"),
    "normalized boxes": (everywhere("annotations", lambda thing: thing.update(bbox=[0.1, 0.1, 0.5, 0.5])), "look normalized"),
    "no object at all": (coco(lambda content: content["annotations"].clear()), "no object"),
    "annotations for an image of another shape": (
        coco(lambda content: content["images"][3].update(width=100, height=20)),
        r"3\.jpg has 32 by 24 pixels, but its annotation is for 100 by 20",
    ),
    "YOLO: a class without a name": (yolo("2 0.5 0.5 0.5 0.5"), r"3\.txt, line 1: there is no class 2, only 0 to 1"),
    "YOLO: pixels": (yolo("1 4 4 16 20"), r"3\.txt, line 1: 4 4 16 20 are no parts of the image"),
    "YOLO: three numbers": (yolo("1 0.5 0.5"), r"3\.txt, line 1: 3 numbers"),
    "YOLO: words": (yolo("dog 0.5 0.5 0.5 0.5"), r"3\.txt, line 1: "),
    "YOLO: a gap in the numbers of names": (yolo("", "names: {0: cat, 2: dog}"), r"data\.yaml numbers its names 0, 2"),
    "YOLO: another count of names": (yolo("", "nc: 3\nnames: [cat, dog]"), r"data\.yaml has 2 names, but nc: 3"),
    "VOC: a file that is cut off": (voc(XML[:80]), r"3\.xml is no Pascal VOC annotation"),
    "VOC: a box without a corner": (voc(XML.replace("<xmax>16</xmax>", "")), r"3\.xml is no Pascal VOC annotation"),
    "VOC: an object without a name": (voc(XML.replace("<name>cat</name>", "")), r"3\.xml .*an object without a name"),
    "VOC: text that grows": (voc(ENTITY + XML), r"3\.xml declares entities"),
    "VOC: an annotation without image": (both(voc(XML), remove("images/3.jpg")), r"3\.xml has no image 3\.\*"),
    "CSV: a row that is cut off": (table(CORNERS, "3.jpg,cat,4"), r"boxes\.csv, row 2: there are 3 columns"),
    "CSV: a box of words": (table(CORNERS, "3.jpg,cat,4,4,x,20"), r"boxes\.csv, row 2: could not convert"),
}

READ: dict[str, tuple[Break, int, str]] = {  # the number of images, and what is said
    "a byte-order mark": (coco(lambda _: None, "utf-8-sig"), 12, ""),
    "annotations in UTF-16": (coco(lambda _: None, "utf-16"), 12, ""),
    "ids that are text here and numbers there": (
        everywhere("annotations", lambda thing: thing.update(image_id=str(thing["image_id"]))),
        12,
        "",
    ),
    "names of another system": (
        everywhere("images", lambda image: image.update(file_name=image["file_name"].replace("/", "\\"))),
        12,
        "",
    ),
    "an image without annotation": (put("images/x.jpg", picture()), 12, r"images without annotation: 1, as .*x\.jpg"),
    "an image without object": (coco(lambda content: content["annotations"].pop(3)), 12, ""),
    "a box without area": (box(4, 4, 0, 9), 12, r"boxes without area in their image: 1, as in .*3\.jpg"),
    "a box of negative size": (box(9, 9, -4, -4), 12, r"boxes without area in their image: 1, as in .*3\.jpg"),
    "a box outside": (box(100, 4, 8, 8), 12, r"boxes without area in their image: 1, as in .*3\.jpg"),
    "a box partly outside": (box(-9, 4, 20, 8), 12, r"boxes partly outside of their image: 1, as in .*3\.jpg"),
    "a crowd": (coco(lambda content: content["annotations"][3].update(iscrowd=1)), 12, "crowds or difficult objects: 1"),
    "annotations for a larger image": (
        coco(lambda content: content["images"][3].update(width=64, height=48)),
        12,
        r"another size than in their annotation: 1, as .*3\.jpg",
    ),
    "annotations before the photo was turned": (
        put("images/3.jpg", picture(), exif=TURNED),
        12,
        r"turned by EXIF .*: 1, as .*3\.jpg",
    ),
    "a second JSON of another kind": (put("notes.json", "{}"), 12, r"JSON files that are no COCO: 1, as .*notes\.json"),
    "a CMYK photo": (put("images/3.jpg", picture().convert("CMYK")), 12, ""),
    "a folder with the name of an image": (lambda root: (root / "images/x.jpg").mkdir(), 12, ""),
    "YOLO: an empty file of labels": (yolo(""), 12, r"images without an object: 1, as .*3\.jpg; 0 of them"),
    "YOLO: labels without image": (
        both(yolo("0 .5 .5 .5 .5"), remove("images/3.jpg")),
        11,
        r"labels without an image: 1, as .*3\.txt",
    ),
    "YOLO: an outline": (yolo("1 .2 .2 .8 .2 .8 .8"), 12, ""),
    "VOC: a difficult object": (
        voc(XML.replace("<bndbox>", "<difficult>1</difficult><bndbox>").replace("cat", "dog")),
        12,
        "difficult objects: 1",
    ),
    "CSV: an image that is missing": (
        table(CORNERS, "33.jpg,cat,4,4,16,20"),
        IMAGES - 4,
        r"not there: 1, as in .*boxes\.csv, row 2: '33\.jpg' is no image",
    ),
    "CSV: boxes in parts of the image": (
        both(
            needs("box_table"),
            remove("annotations.json"),
            put("boxes.csv", "\n".join([CORNERS, *(f"{n}.jpg,{'cdao'[n % 2]},.1,.1,.5,.5" for n in range(IMAGES))])),
        ),
        12,
        "all boxes are from 0 to 1",
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Images with a cat or a dog each."""
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    for number in range(IMAGES):
        picture().save(folder / f"images/{number}.jpg")
    content = {
        "images": [{"id": n, "file_name": f"images/{n}.jpg", "width": WIDTH, "height": HEIGHT} for n in range(IMAGES)],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1 + n % 2, "bbox": [4, 4, 12, 16], "area": 192} for n in range(IMAGES)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    (folder / "annotations.json").write_text(json.dumps(content))
    return folder


def loaded(root: Path, **options: Any) -> VisionDataModule:
    """The data, each item of which was read once."""
    data = VisionDataModule(str(root), 2, 0, 32, 0.2, 0.2, str(root.parent / "splits"), seed=0, **options)
    data.setup("fit")
    for dataset in (data.train, data.val):
        for item in dataset:
            assert item["image"].shape == (3, 32, 32)
    return data


def images_of(data: VisionDataModule) -> set[Path]:
    return {example.image for dataset in (data.train, data.val, data.test) for example in dataset.examples}


@pytest.mark.parametrize(("breaks", "words"), (BROKEN | REFUSED).values(), ids=BROKEN | REFUSED)
def test_a_fault_is_answered_in_one_sentence(breaks: Break, words: str, root: Path) -> None:
    breaks(root)
    with pytest.raises(UserError, match=words) as refused:
        loaded(root)
    assert "\n" not in str(refused.value)
    assert str(root) in str(refused.value)


@pytest.mark.parametrize(("breaks", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_image_can_be_left_out_and_is_counted(breaks: Break, words: str, root: Path) -> None:
    breaks(root)
    data = loaded(root, on_error="skip")
    assert list(data.collection.skipped) == [root / "images/3.jpg"]
    assert re.search(words, data.collection.skipped[root / "images/3.jpg"])
    assert len(images_of(data)) == IMAGES - 1


@pytest.mark.parametrize(("breaks", "images", "words"), READ.values(), ids=READ)
def test_what_is_no_fault_is_read_and_said_if_something_is_left_out(breaks: Break, images: int, words: str, root: Path) -> None:
    breaks(root)
    data = loaded(root)
    assert len(images_of(data)) == images
    assert not data.collection.skipped
    assert len(data.classes) == 2
    assert re.search(words, " ".join(data.collection.source.notes))
    assert bool(data.collection.source.notes) == bool(words)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="all files can be read here")
@pytest.mark.parametrize("file", ["images/3.jpg", "annotations.json"])
def test_a_file_that_must_not_be_read_is_named(file: str, root: Path) -> None:
    (root / file).chmod(0)
    with pytest.raises(UserError, match=f"{file} .*Permission denied"):
        loaded(root)
