"""What people's data really are like: a fault is refused in one sentence that names the file, or the right thing comes of it."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.images import read_image

GRAY = {"cat": 90, "dog": 180}
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(30)
TABLE = "".join(f"{name}{number},{name}\n" for name in GRAY for number in range(6))
Spoil = Callable[[Path], object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six images for each of two classes; no two are equal."""
    for name, gray in GRAY.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(6):
            image = Image.new("RGB", (30, 20), (gray,) * 3)
            image.putpixel((number, 0), (0, 0, 0))
            image.save(tmp_path / "photos" / name / f"{name}{number}.png")
    return tmp_path / "photos"


def outcome(root: Path, on_error: str = "stop") -> tuple[dict[str, int], str]:
    """How many images a training has of each set of labels, and what is said of the data."""
    data = VisionDataModule(str(root), 2, 0, 32, 0.25, 0.25, str(root.parent / "splits"), seed=0, on_error=on_error)
    data.setup("fit")
    used = [example.labels for dataset in (data.train, data.val, data.test) for example in dataset.examples]
    return Counter("|".join(data.classes[index] for index in labels) for labels in used), "\n".join(data.collection.source.notes)


def assert_refused(root: Path, said: str, on_error: str = "stop") -> None:
    with pytest.raises(UserError) as refused:
        outcome(root, on_error)
    assert re.search(said, str(refused.value)), refused.value
    assert len(str(refused.value).splitlines()) == 1


def put(name: str, content: bytes | str = b"") -> Spoil:
    def spoil(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def move(old: str, new: str) -> Spoil:
    def spoil(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return spoil


def copy(new: str) -> Spoil:
    return lambda root: put(new, (root / "dog" / "dog0.png").read_bytes())(root)


def cut(root: Path) -> None:
    Image.effect_noise((90, 90), 90).save(root / "cat" / "cat0.png")
    put("cat/cat0.png", (root / "cat" / "cat0.png").read_bytes()[:2000])(root)


def table(text: str | bytes) -> Spoil:
    """The same images in one folder, with a table of labels."""

    def spoil(root: Path) -> None:
        pytest.importorskip("{{ cookiecutter.package_name }}.data.formats.label_table")  # which may have been removed
        (root / "images").mkdir()
        for path in [*root.glob("*/*.png")]:
            path.rename(root / "images" / path.name)
        for name in GRAY:
            (root / name).rmdir()
        put("labels.csv", text)(root)

    return spoil


REFUSED = {
    "an empty file": (put("cat/cat0.png"), r"cat0\.png is not a readable image \(it is empty\)"),
    "a truncated file": (cut, r"cat0\.png is not a readable image \(.*truncated"),
    "a web page saved as an image": (put("cat/cat0.jpg", "<!DOCTYPE html>"), r"cat0\.jpg is not a readable image"),
    "HEIC among others": (
        put("cat/IMG_1.HEIC", HEIC),
        r"IMG_1\.HEIC is not a readable image .*data\.on_error=skip goes on without it",
    ),
    "a class of raw images": (put("fox/1.CR2"), r"fox has only images that cannot be read, 1\.CR2 among them \(1\): convert"),
    "one class only": (
        lambda root: shutil.rmtree(root / "dog"),
        r"photos is in no known format.*two or more classes.*found 6 \.png in cat/",
    ),
    "a class with a line break": (move("dog", "d\nog"), r"photos has the class 'd\\nog': expected a name without line breaks"),
    "a table without labels": (
        table("id\ncat0\ncat1\n"),
        r"photos is in no known format.*found 1 folder \(images\), 1 \.csv",
    ),
    "a row without label": (table("id,label\n" + TABLE + "dog0,\n"), r"labels\.csv, row 14: 'dog0' has no label: write one"),
    "an unknown split": (
        table("id,label,split\ncat0,cat,train\ndog0,dog,hold-out\n"),
        r"labels\.csv, row 3 is of no known split, but of 'hold-out': expected train, val or test",
    ),
    "two labels": (
        table("id,label\n" + TABLE + "dog0,cat\n"),
        r"labels\.csv, row 14 says that 'dog0' is 'cat', but .*row 8, 'dog'",
    ),
    "a label with a line break": (
        table("id,label\n" + TABLE.replace(",dog", ',"a\nb"')),
        r"photos has the class 'a\\nb': expected a name",
    ),
    "a label with a control character": (table("id,label\n" + TABLE.replace(",dog", ",a\x1bb")), r"photos has the class 'a\\x1bb'"),
    "an image elsewhere": (table("id,label\n../x,dog\n" + TABLE), r"labels\.csv lists the image '\.\./x', which leads outside of"),
    "a row of other length": (
        table("id,label\n" + TABLE + "dog0,dog,1\n"),
        r"labels\.csv, row 14 has 3 cells, but the first row 2",
    ),
    "no image that is there": (
        table("id,label\n7,cat\n8,dog\n"),
        r"none of the 2 rows .* names an image there, as '7' in .*labels\.csv",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_right_is_refused(fault: str, root: Path) -> None:
    spoil, said = REFUSED[fault]
    spoil(root)
    assert_refused(root, said)


SIX = {"cat": 6, "dog": 6}
READ = {
    "a wrong suffix": (move("cat/cat0.png", "cat/cat0.jpg"), SIX, ""),
    "an empty folder": (put("fox/notes.txt"), SIX, "folders without images: 1, as .*fox; they are no classes"),
    "raw images among others": (put("cat/1.CR2"), SIX, r"images of kinds that are not read: 1, as .*1\.CR2; they are left out"),
    "folders below those of classes": (move("cat/cat0.png", "cat/persian/cat0.png"), SIX, ""),
    "classes that differ in case": (copy("Dog/1.png"), SIX | {"Dog": 1}, "classes that differ only in case or blanks: Dog, dog"),
    "hidden files": (copy("cat/.hidden.png"), SIX, ""),
    "what an archive of a Mac leaves": (copy("__MACOSX/cat/._cat0.png"), SIX, ""),
    "thumbnails": (put("cat/Thumbs.db"), SIX, ""),
    "a link that leads back": (lambda root: (root / "cat" / "again").symlink_to(root, target_is_directory=True), SIX, ""),
    "a table with blanks": (table(" ID ; Label \n" + TABLE.replace(",", " ; ")), SIX, ""),
    "numbers as labels": (table("id,label\n" + TABLE.replace(",cat", ",0").replace(",dog", ",1")), {"0": 6, "1": 6}, ""),
    "rows that repeat others": (
        table("id,label\n" + TABLE + "dog0,dog\n"),
        SIX,
        "rows that repeat another: 1, as 'dog0' in .*row 14",
    ),
    "a row without image": (table("id,label\n" + TABLE + "dog9,dog\n"), SIX, "rows without image: 1, as 'dog9' in .*row 14"),
    "an image without row": (
        table("id,label\n" + TABLE[9:]),
        {"cat": 5, "dog": 6},
        r"images without annotation: 1, as .*cat0\.png",
    ),
    "a byte-order mark": (table("\ufeffid,label\n" + TABLE), SIX, ""),
    "Latin-1": (table(("id,label\n" + TABLE.replace(",cat", ",Kätzchen")).encode("latin-1")), {"Kätzchen": 6, "dog": 6}, ""),
    "labels between semicolons": (
        table("id,label\n" + TABLE + "x,\n" + "dog6,cat;dog\n"),
        SIX,
        r"labels are split at ';'",
    ),
    "several labels": (table("id,label\n" + TABLE + "x,\n" + "dog6,cat|dog\n"), SIX, r"labels are split at '\|'"),
}


@pytest.mark.parametrize("fault", READ)
def test_what_can_be_understood_is_read_and_what_was_guessed_is_said(fault: str, root: Path) -> None:
    spoil, images, said = READ[fault]
    spoil(root)
    used, notes = outcome(root)
    assert used == images
    assert re.search(said, notes) if said else not notes, notes


def test_broken_images_are_skipped_if_asked_but_not_a_whole_class(root: Path) -> None:
    put("cat/cat0.png")(root)
    put("cat/1.HEIC", HEIC)(root)
    assert outcome(root, "skip")[0] == {"cat": 5, "dog": 6}
    for number in range(6):
        put(f"cat/cat{number}.png")(root)
    assert_refused(root, r"none of the training images of cat in .*photos can be read: mend them, or remove the class", "skip")


def save(mode: str) -> Callable[[Path, Image.Image], None]:
    return lambda path, image: image.convert(mode).save(path, quality=98)


def turned(path: Path, image: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned by 90 degrees, counterclockwise
    image.transpose(Image.Transpose.ROTATE_270).save(path, exif=exif)


KINDS = {
    "gray": (".png", save("L")),
    "16 bits": (".png", lambda path, image: Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)),
    "floating-point": (".tif", lambda path, image: Image.fromarray(np.asarray(image.convert("L")) / np.float32(255)).save(path)),
    "CMYK": (".jpg", save("CMYK")),
    "transparency": (".png", save("RGBA")),
    "few colors": (".png", lambda path, image: image.quantize(8).save(path)),
    "turned by EXIF": (".png", turned),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_of_any_kind_looks_the_same(kind: str, tmp_path: Path) -> None:
    image = Image.new("RGB", (30, 20), (180, 180, 180))
    image.paste((40, 40, 40), (0, 0, 10, 20))
    suffix, write = KINDS[kind]
    write(tmp_path / f"image{suffix}", image)
    expected = np.asarray(image).transpose(2, 0, 1).astype(float)
    assert np.abs(read_image(tmp_path / f"image{suffix}").numpy() - expected).max() < 12
