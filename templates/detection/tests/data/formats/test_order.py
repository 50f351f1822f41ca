"""What lies beside annotations must not be taken for them."""

import json
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.readers import find_format, name_of, read_source

COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "1.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 1, "name": "cat"}],
    }
)
LABELME = json.dumps({"version": "5.0", "shapes": [{"label": "cat", "points": [[1, 2], [4, 6]]}], "imagePath": "1.jpg"})
VOC = (
    "<annotation><object><name>cat</name>"
    "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox></object></annotation>"
)
CSV = "filename,class,xmin,ymin,xmax,ymax\n1.jpg,cat,1,2,4,6\n"
CREATE_ML = json.dumps(
    [{"image": "1.jpg", "annotations": [{"label": "cat", "coordinates": {"x": 3, "y": 4, "width": 2, "height": 2}}]}]
)
YOLO = "0 0.5 0.5 0.5 0.5\n"


@pytest.mark.parametrize(
    ("files", "format"),
    [
        ({"1.json": LABELME}, "labelme"),
        ({"annotations/1.json": LABELME}, "labelme"),
        ({"annotations/all.json": COCO}, "coco"),
        ({"annotations.json": COCO, "1.json": LABELME}, "coco"),
        ({"annotations.json": COCO, "labels/1.txt": YOLO}, "coco"),
        ({"_annotations.createml.json": CREATE_ML, "1.txt": YOLO, "classes.txt": "cat"}, "image_json"),
        ({"annotations.json": COCO.replace("}]}", '}], "info": {"about": "objects"}}')}, "coco"),
        ({"1.xml": VOC, "boxes.csv": CSV}, "pascal_voc"),
        ({"annotations/1.xml": VOC, "labels/1.txt": YOLO, "classes.txt": "cat"}, "pascal_voc"),
        ({"boxes.csv": CSV, "README.txt": "1 image of a cat"}, "box_table"),
        ({"1.txt": YOLO, "classes.txt": "cat", "boxes.csv": "a,b\n"}, "yolo"),
        ({"data.yaml": "names: [cat]", "labels/1.txt": YOLO, "info.json": '{"a": 1}'}, "yolo"),
        ({"classes.txt": "cat", "labels/1.txt": YOLO, "notes.json": '{"categories": [], "info": {}}'}, "yolo"),
    ],
)
def test_each_format_is_told_from_what_lies_beside_it(files: dict[str, str], format: str, tmp_path: Path) -> None:
    pytest.importorskip(f"{{ cookiecutter.package_name }}.data.formats.{format}")
    for file, text in {"1.jpg": "", **files}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    assert name_of(find_format(tmp_path)) == format
    source = read_source(tmp_path)
    assert source.classes == ["cat"]
    assert [len(example.boxes) for example in source.splits["all"]] == [1]
