"""Small data sets such as a user may have: photos of any size, with objects that can be told apart."""

import random
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = {"berry": (200, 30, 60), "leaf": (40, 160, 60)}


def picture(rng: random.Random, name: str) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A picture with one object of the class `name`, and the box of the object."""
    width, height = rng.randint(60, 120), rng.randint(60, 120)
    image = Image.effect_noise((width, height), 40).convert("RGB")
    left, top = rng.randint(2, width // 3), rng.randint(2, height // 3)
    box = (left, top, left + width // 2, top + height // 2)
    ImageDraw.Draw(image).ellipse(box, fill=COLOURS[name])
    return image, box


def write_class_folders(root: Path) -> None:
    rng = random.Random(0)
    for name in COLOURS:
        (root / name).mkdir(parents=True)
        for number in range(10):
            picture(rng, name)[0].save(root / name / f"photo {number}.png")


def write_voc(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    (root / "Annotations").mkdir(parents=True)
    (root / "JPEGImages").mkdir()
    for number in range(count):
        name = rng.choice(list(COLOURS))
        image, box = picture(rng, name)
        image.save(root / "JPEGImages" / f"{number}.jpg")
        corners = "".join(f"<{tag}>{value}</{tag}>" for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
        size = f"<size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>"
        xml = f"<annotation>{size}<object><name>{name}</name><bndbox>{corners}</bndbox></object></annotation>"
        (root / "Annotations" / f"{number}.xml").write_text(xml)


def write_masks(root: Path) -> None:
    rng = random.Random(0)
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    for number in range(16):
        index = rng.randrange(len(COLOURS))
        image, box = picture(rng, list(COLOURS)[index])
        image.save(root / "images" / f"{number}.jpg")
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).ellipse(box, fill=index + 1)
        mask.save(root / "masks" / f"{number}.png")
    (root / "classes.txt").write_text("\n".join(["ground", *COLOURS]) + "\n")


WRITERS = {"classification": write_class_folders, "detection": write_voc, "segmentation": write_masks}
FORMATS = {"classification": "class folders", "detection": "Pascal VOC", "segmentation": "images and masks"}
