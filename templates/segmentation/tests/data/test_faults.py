"""What is wrong with people's data is said in a sentence that names the file, or is no fault at all; nothing is silently wrong."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule

IMAGES, HEIGHT, WIDTH = 12, 24, 32
TURNED = Image.Exif()
TURNED[274] = 6  # shown a quarter turn to the right

Break = Callable[[Path], Any]


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.effect_noise((width, height), 50).convert("RGB")


def mask(value: int = 1, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Background, and a rectangle of one value."""
    values = np.zeros((height, width), dtype=np.uint8)
    values[5:15, 5:15] = value
    return values


def put(file: str, pixels: "np.ndarray | Image.Image | bytes", **options: Any) -> Break:
    """Writes another content to a file."""

    def write(root: Path) -> None:
        if isinstance(pixels, bytes):
            (root / file).write_bytes(pixels)
        else:
            (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(root / file, **options)

    return write


def put_all(pixels: Callable[[int], np.ndarray], suffix: str = "png") -> Break:
    """Writes all masks anew."""

    def write(root: Path) -> None:
        for number in range(IMAGES):
            (root / f"masks/{number}.png").unlink()
            Image.fromarray(pixels(number)).save(root / f"masks/{number}.{suffix}")

    return write


def cut(file: str) -> Break:
    """Leaves the first half of a file."""
    return lambda root: (root / file).write_bytes((root / file).read_bytes()[: (root / file).stat().st_size // 2])


def both(*breaks: Break) -> Break:
    return lambda root: [each(root) for each in breaks]


def into_splits(root: Path) -> None:
    """Makes a folder for each split, of which that of validation is empty."""
    for folder in ("images", "masks"):
        for split in ("train", "val"):
            (root / split / folder).mkdir(parents=True)
        for file in (root / folder).iterdir():
            file.rename(root / "train" / folder / file.name)


def in_color(number: int) -> np.ndarray:
    return np.array([(0, 0, 0), (255, 0, 0), (9, 9, 200)], dtype=np.uint8)[mask(2 if number == 3 else 1)]


def smoothed(number: int) -> np.ndarray:
    """One edge of the rectangle has shades."""
    values = mask(255)
    values[4, 5:15] = range(20, 220, 20)
    return values


COLORS = put("classes.csv", b"name,r,g,b\nground,0,0,0\nroof,255,0,0\n")
HTML = b"<html><body>404</body></html>"

BROKEN: dict[str, tuple[Break, str]] = {  # one image or mask, without which the others can be used
    "an empty image": (put("images/3.jpg", b""), r"3\.jpg is not a readable image \(it is empty\)"),
    "an empty mask": (put("masks/3.png", b""), r"3\.png is not a readable mask"),
    "a truncated image": (cut("images/3.jpg"), r"3\.jpg is not a readable image"),
    "a truncated mask": (
        both(put("masks/3.png", np.eye(HEIGHT, WIDTH, dtype=np.uint8)), cut("masks/3.png")),
        r"3\.png is not a readable mask",
    ),
    "a web page as image": (put("images/3.jpg", HTML), r"3\.jpg is not a readable image"),
    "a web page as mask": (put("masks/3.png", HTML), r"3\.png is not a readable mask"),
    "a mask of another size": (put("masks/3.png", mask(width=40)), r"3\.png has 40x24 pixels, but its image .*3\.jpg 32x24"),
    "a mask of the photo before it was turned": (put("images/3.jpg", picture(), exif=TURNED), r"24x32, turned upright as its EXIF"),
    "a mask of 16 bits beyond 255": (put("masks/3.png", mask().astype(np.uint16) * 300), r"3\.png has values from 0 to 300"),
}

REFUSED: dict[str, tuple[Break, str]] = {
    "values beyond the class file": (put("masks/3.png", mask(5)), r"3\.png has the value 5: expected 0 to 1 .*\(1 such masks\)"),
    "a class file with too many names for 0 and 255": (
        both(put_all(lambda _: mask(255)), put("classes.txt", b"a\nb\nc\n")),
        "names 3 classes",
    ),
    "a class file with a name twice": (put("classes.txt", b"a\na\n"), r"classes\.txt .* a name twice"),
    "an empty class file": (put("classes.txt", b""), r"classes\.txt is empty"),
    "colors that nothing names": (put_all(in_color), r"12 masks of colors, .*0\.png among them: 0,0,0 .*classes\.csv"),
    "a color that the class file does not name": (both(put_all(in_color), COLORS), r"9,9,200 .*in 1 masks, .*3\.png among them"),
    "masks that are all background": (put_all(lambda _: mask(0)), "a single class, ground"),
    "masks in which all is ignored": (put_all(lambda _: np.full((HEIGHT, WIDTH), 255, np.uint8)), "all pixels are ignored"),
    "foreground that is 1 here and 255 there": (
        put_all(lambda number: mask(255 if number % 2 else 1)),
        r"6 masks of 0 and 1, .*0\.png .*6 of 0 and 255, .*1\.png",
    ),
    "masks of fractions": (
        put_all(lambda _: mask() * np.float32(0.5), "tif"),
        r"0\.tif has values from 0\.0 to 0\.5.*all 12 masks",
    ),
    "masks as JPEG": (put_all(lambda _: mask(), "jpg"), r"0\.jpg is a mask in a lossy format"),
    "masks in the transparency": (
        put_all(lambda _: np.stack([mask(0)] * 3 + [mask(255)], axis=2)),
        r"0\.png has a single color, and its mask is in the transparency",
    ),
    "two images of one name": (put("images/3.png", picture()), r"3\.png and 3\.jpg differ only in their suffix"),
    "two masks for one image": (
        both(lambda root: (root / "masks/3.png").unlink(), put("masks/3_mask.png", mask()), put("masks/3_label.png", mask())),
        r"3_label\.png and 3_mask\.png may both",
    ),
}

READ: dict[str, tuple[Break, int, str]] = {  # the number of images, and what is said
    "a mask without image": (lambda root: (root / "images/3.jpg").unlink(), 11, r"1 masks without image are left out, .*3\.png"),
    "an image without mask": (lambda root: (root / "masks/3.png").unlink(), 11, r"1 images without mask are left out, .*3\.jpg"),
    "an empty folder for validation": (into_splits, 12, "has no images with masks for val"),
    "a class file that is not UTF-8": (put("classes.txt", "Straße\nDach".encode("latin-1")), 12, r"classes\.txt is not UTF-8"),
    "masks with smoothed edges": (put_all(smoothed), 12, "12 masks have values between 0 and 255"),
    "masks of 16 bits": (put_all(lambda _: mask().astype(np.uint16)), 12, ""),
    "masks of whole floats": (put_all(lambda _: mask().astype(np.float32), "tif"), 12, ""),
    "gray masks saved in color": (put_all(lambda _: np.stack([mask()] * 3, axis=2)), 12, ""),
    "a CMYK photo": (put("images/3.jpg", picture().convert("CMYK")), 12, ""),
    "a turned photo with an upright mask": (put("images/3.jpg", picture(HEIGHT, WIDTH), exif=TURNED), 12, ""),
    "a mask that is turned like its photo": (
        both(put("images/3.jpg", picture(), exif=TURNED), put("masks/3.png", mask(), exif=TURNED)),
        12,
        "",
    ),
    "a folder with the name of an image": (lambda root: (root / "images/x.jpg").mkdir(), 12, ""),
    "links that lead in circles": (
        lambda root: [(root / "images" / name).symlink_to(root / "images" / name) for name in ("a", "b.jpg")],
        12,
        "",
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Images with masks of two classes that a file names."""
    folder = tmp_path / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(IMAGES):
        picture().save(folder / f"images/{number}.jpg")
        Image.fromarray(mask()).save(folder / f"masks/{number}.png")
    (folder / "classes.txt").write_text("ground\nroof\n")
    return folder


def loaded(root: Path, **options: Any) -> VisionDataModule:
    """The data, each item of which was read once."""
    data = VisionDataModule(str(root), 2, 0, 32, 0.2, 0.2, str(root.parent / "splits"), seed=0, **options)
    data.setup("fit")
    for dataset in (data.train, data.val):
        for item in dataset:
            assert item["mask"].shape == (32, 32)
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
def test_a_broken_image_or_mask_can_be_left_out_and_is_counted(breaks: Break, words: str, root: Path) -> None:
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
@pytest.mark.parametrize("file", ["images/3.jpg", "masks/3.png"])
def test_a_file_that_must_not_be_read_is_named(file: str, root: Path) -> None:
    (root / file).chmod(0)
    with pytest.raises(UserError, match=f"{file} .*Permission denied"):
        loaded(root)
