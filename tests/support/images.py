"""Small data sets such as a user may have: photos of any size, with objects that can be told apart, in each format."""

import json
import random
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path

from PIL import Image, ImageDraw

COLORS = {"berry": (200, 30, 60), "leaf": (40, 160, 60)}
SPLITS = ("train", "train", "val", "test")  # half of the images train

Box = tuple[int, int, int, int]


def picture(rng: random.Random, name: str) -> tuple[Image.Image, Box]:
    """A picture with one object of the class `name`, and the box of the object."""
    width, height = rng.randint(60, 120), rng.randint(60, 120)
    image = Image.effect_noise((width, height), 40).convert("RGB")
    left, top = rng.randint(2, width // 3), rng.randint(2, height // 3)
    box = (left, top, left + width // 2, top + height // 2)
    ImageDraw.Draw(image).ellipse(box, fill=COLORS[name])
    return image, box


def save(image: Image.Image, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    image.save(file)


def write_class_folders(root: Path, splits: tuple[str, ...] = ("",)) -> None:
    rng = random.Random(0)
    for name in COLORS:
        for number, split in zip(range(10), cycle(splits), strict=False):
            save(picture(rng, name)[0], root / split / name / f"photo {number}.png")


def write_label_table(root: Path, several: bool = False) -> None:
    """Names without suffix; with several labels, an image may have both, which are separated by a line, or none."""
    rng = random.Random(0)
    rows = ["id,label"]
    for number in range(20):
        names = [name for name in COLORS if rng.random() < 0.6] if several else [rng.choice(list(COLORS))]
        image = Image.effect_noise((60, 90), 40).convert("RGB")
        for position, name in enumerate(names):
            ImageDraw.Draw(image).ellipse((10, 5 + 40 * position, 45, 40 + 40 * position), fill=COLORS[name])
        save(image, root / "train" / f"{number}.jpg")
        rows.append(f"{number},{'|'.join(names)}")
    (root / "train.csv").write_text("\n".join(rows) + "\n")


def write_voc(root: Path, count: int = 16, lists: bool = False) -> None:
    rng = random.Random(0)
    (root / "Annotations").mkdir(parents=True)
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, box = picture(rng, name)
        save(image, root / "JPEGImages" / f"{number}.jpg")
        corners = "".join(f"<{tag}>{value}</{tag}>" for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
        size = f"<size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>"
        xml = f"<annotation>{size}<object><name>{name}</name><bndbox>{corners}</bndbox></object></annotation>"
        (root / "Annotations" / f"{number}.xml").write_text(xml)
    if lists:
        write_lists(root / "ImageSets" / "Main", count)


def write_lists(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for split in set(SPLITS):
        numbers = [number for number, its in zip(range(count), cycle(SPLITS), strict=False) if its == split]
        (folder / f"{split}.txt").write_text("".join(f"{number}\n" for number in numbers))


def write_coco(root: Path, count: int = 16) -> None:
    """A file for each split; ids that start anywhere."""
    rng = random.Random(0)
    categories = [{"id": number, "name": name} for number, name in enumerate(COLORS, start=3)]
    files = {split: {"images": [], "annotations": [], "categories": categories} for split in SPLITS}
    for number, split in zip(range(count), cycle(SPLITS), strict=False):
        category = rng.choice(categories)
        image, (left, top, right, bottom) = picture(rng, category["name"])
        save(image, root / "images" / f"{number}.jpg")
        files[split]["images"].append({"id": number, "file_name": f"{number}.jpg", "width": image.width, "height": image.height})
        box = [left, top, right - left, bottom - top]
        annotation = {"id": number, "image_id": number, "category_id": category["id"], "bbox": box, "area": box[2] * box[3]}
        outline = [left, top, right, top, right, bottom, left, bottom]
        files[split]["annotations"].append(annotation | {"segmentation": [outline], "iscrowd": 0})
    (root / "annotations").mkdir()
    for split, content in files.items():
        (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


def write_yolo(root: Path, count: int = 16, outlines: bool = False) -> None:
    """Boxes, or their outlines."""
    rng = random.Random(0)
    for number, split in zip(range(count), cycle(SPLITS), strict=False):
        index = rng.randrange(len(COLORS))
        image, (left, top, right, bottom) = picture(rng, list(COLORS)[index])
        save(image, root / split / "images" / f"{number}.jpg")
        center = (left + right) / 2 / image.width, (top + bottom) / 2 / image.height
        sides = (right - left) / image.width, (bottom - top) / image.height
        file = root / split / "labels" / f"{number}.txt"
        file.parent.mkdir(exist_ok=True)
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        outline = [part for x, y in corners for part in (x / image.width, y / image.height)]
        file.write_text(" ".join(map(str, (index, *(outline if outlines else (*center, *sides))))) + "\n")
    paths = "".join(f"{split}: ../{split}/images\n" for split in sorted(set(SPLITS)))
    (root / "data.yaml").write_text(f"{paths}nc: {len(COLORS)}\nnames: [{', '.join(COLORS)}]\n")


def write_labelme(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, (left, top, right, bottom) = picture(rng, name)
        save(image, root / f"{number}.jpg")
        shape = {"label": name, "points": [[right, top], [left, bottom]], "group_id": None, "shape_type": "rectangle", "flags": {}}
        size = {"imageHeight": image.height, "imageWidth": image.width}
        content = {"version": "5.5.0", "flags": {}, "shapes": [shape], "imagePath": f"{number}.jpg", "imageData": None, **size}
        (root / f"{number}.json").write_text(json.dumps(content))


def write_box_table(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    rows = ["filename,width,height,class,xmin,ymin,xmax,ymax"]
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, box = picture(rng, name)
        save(image, root / "images" / f"{number}.jpg")
        rows.append(",".join(map(str, (f"{number}.jpg", *image.size, name, *box))))
    (root / "boxes.csv").write_text("\n".join(rows) + "\n")


def write_run_lengths(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    rows = ["ImageId,ClassId,EncodedPixels"]
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, (left, top, right, bottom) = picture(rng, name)
        save(image, root / "images" / f"{number}.jpg")
        runs = " ".join(f"{column * image.height + top + 1} {bottom - top}" for column in range(left, right))
        rows.append(f"{number}.jpg,{name},{runs}")
    (root / "objects.csv").write_text("\n".join(rows) + "\n")


def write_image_json(root: Path, count: int = 16) -> None:
    """As CreateML writes it: with the middle of each box."""
    rng = random.Random(0)
    entries = []
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, (left, top, right, bottom) = picture(rng, name)
        save(image, root / f"{number}.jpg")
        middle = {"x": (left + right) / 2, "y": (top + bottom) / 2, "width": right - left, "height": bottom - top}
        entries.append({"image": f"{number}.jpg", "annotations": [{"label": name, "coordinates": middle}]})
    (root / "_annotations.createml.json").write_text(json.dumps(entries))


def write_text_boxes(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, box = picture(rng, name)
        save(image, root / "images" / f"{number}.jpg")
        (root / "Label").mkdir(exist_ok=True)
        (root / "Label" / f"{number}.txt").write_text(" ".join(map(str, (name, *box))) + "\n")


def write_cvat(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    entries = []
    for number in range(count):
        name = rng.choice(list(COLORS))
        image, (left, top, right, bottom) = picture(rng, name)
        save(image, root / "images" / f"{number}.jpg")
        box = f'<box label="{name}" xtl="{left}" ytl="{top}" xbr="{right}" ybr="{bottom}"/>'
        entries.append(f'<image name="{number}.jpg" width="{image.width}" height="{image.height}">{box}</image>')
    (root / "annotations.xml").write_text(f"<annotations>{''.join(entries)}</annotations>")


def write_wider_face(root: Path, count: int = 16) -> None:
    rng, lines = random.Random(0), list[str]()
    for number in range(count):
        image, (left, top, right, bottom) = picture(rng, rng.choice(list(COLORS)))
        save(image, root / "images" / f"{number}.jpg")
        lines += [f"{number}.jpg", "1", f"{left} {top} {right - left} {bottom - top} 0 0 0 0 0 0"]
    (root / "wider_face_bbx_gt.txt").write_text("\n".join(lines) + "\n")


def write_masks(
    root: Path,
    splits: tuple[str, ...] = ("",),
    binary: bool = False,
    folders: tuple[str, str] = ("images", "masks"),
    suffix: str = "",
) -> None:
    """Index masks of all classes, or masks of the first class in which its pixels are 255."""
    rng = random.Random(0)
    for number, split in zip(range(16), cycle(splits), strict=False):
        index = 0 if binary else rng.randrange(len(COLORS))
        image, box = picture(rng, list(COLORS)[index])
        save(image, root / split / folders[0] / f"{number}.jpg")
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).ellipse(box, fill=255 if binary else index + 1)
        save(mask, root / split / folders[1] / f"{number}{suffix}.png")
    if not binary:
        (root / "classes.txt").write_text("\n".join(["ground", *COLORS]) + "\n")


def write_voc_masks(root: Path) -> None:
    write_masks(root, folders=("JPEGImages", "SegmentationClass"))
    write_lists(root / "ImageSets" / "Segmentation", 16)


def write_supervisely(root: Path, count: int = 16) -> None:
    rng = random.Random(0)
    for number, split in zip(range(count), cycle(SPLITS), strict=False):
        name = rng.choice(list(COLORS))
        image, (left, top, right, bottom) = picture(rng, name)
        save(image, root / split / "img" / f"{number}.jpg")
        outline = [[left, top], [right, top], [right, bottom], [left, bottom]]
        shape = {"classTitle": name, "geometryType": "polygon", "points": {"exterior": outline, "interior": []}}
        content = {"size": {"height": image.height, "width": image.width}, "tags": [], "objects": [shape]}
        file = root / split / "ann" / f"{number}.jpg.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))
    classes = [{"title": name, "shape": "polygon", "color": "#ff0000"} for name in COLORS]
    (root / "meta.json").write_text(json.dumps({"classes": classes, "tags": []}))


# What writes each format, the most usual first, by what the project calls it.
FORMATS: dict[str, dict[str, Callable[[Path], None]]] = {
    "classification": {
        "class folders": write_class_folders,
        "CSV of labels": write_label_table,
        "CSV of several labels": partial(write_label_table, several=True),
        "class folders in train, val, test": partial(write_class_folders, splits=SPLITS),
    },
    "detection": {
        "Pascal VOC": write_voc,
        "COCO JSON": write_coco,
        "YOLO": write_yolo,
        "LabelMe JSON": write_labelme,
        "CSV of boxes": write_box_table,
        "JSON of images": write_image_json,
        "text of boxes": write_text_boxes,
        "CVAT for images": write_cvat,
        "WIDER FACE": write_wider_face,
        "Pascal VOC with lists": partial(write_voc, lists=True),
    },
    "segmentation": {
        "images and masks": write_masks,
        "images and masks of 0 and 255": partial(write_masks, binary=True),
        "images and masks in train, val, test": partial(write_masks, splits=SPLITS),
        "images with masks beside them": partial(write_masks, folders=("photos", "photos"), suffix="_mask"),
        "Pascal VOC masks": write_voc_masks,
        "COCO polygons": write_coco,
        "LabelMe polygons": write_labelme,
        "YOLO polygons": partial(write_yolo, outlines=True),
        "run lengths in a table": write_run_lengths,
        "Supervisely": write_supervisely,
    },
}
