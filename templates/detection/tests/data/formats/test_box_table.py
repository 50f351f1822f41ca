from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import PARTS, Object
from {{ cookiecutter.package_name }}.data.formats import box_table

TENSORFLOW = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def write(root: Path, text: str, *images: str, file: str = "boxes.csv") -> Path:
    for name in (file, *images):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / file).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (TENSORFLOW + "1.jpg,90,60,dog,10,20,15,26\n", (90, 60)),
        ("image,x,y,w,h,label\nimages/1.jpg,10,20,5,6,dog\n", None),
        ("label;image_path;x;y;width;height\ndog;C:\\photos\\1.jpg;10;20;5;6\n", None),
        ("\ufeffimage_id,image_width,image_height,x,y,width,height,category\n1,90,60,10,20,5,6,dog\n", (90, 60)),
        ("path\tx1\ty1\tx2\ty2\tclass_name\n/data/1.jpg\t10\t20\t15\t26\tdog\n", None),
        ("image,xmin,ymin,width,height,label\n1.jpg,10,20,5,6,dog\n", None),
        ("images/1.jpg,10,20,15,26,dog\n", None),
        ("1.jpg,10,20,15,26,dog,90,60\n", (90, 60)),
        ("dog,10,20,5,6,1.jpg,90,60\n", (90, 60)),
        ("fileName,xMin,yMin,xMax,yMax,className,class_id\n1.jpg,10,20,15,26,dog,0\n", None),
        ("Width,Height,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,ClassId,Path\n90,60,10,20,15,26,dog,1.jpg\n", (90, 60)),
        ("bbox_x1,bbox_y1,bbox_x2,bbox_y2,class,fname\n10,20,15,26,dog,1.jpg\n", None),
        ("image,label,x_center,y_center,width,height\n1.jpg,dog,12.5,23,5,6\n", None),
        (
            "Filename;Annotation tag;Upper left corner X;Upper left corner Y;Lower right corner X;Lower right corner Y\n"
            "1.jpg;dog;10;20;15;26\n",
            None,
        ),
        ("sep=;\nimage;class;x1;y1;x2;y2\n1.jpg;dog;10,0;20,0;15,0;26,0\n", None),
        ("image_url|label|x1|y1|x2|y2|image\nhttp://a/b|dog|10|20|15|26|https://a/1%2ejpg?size=9\n", None),
        ('image,width,height,bbox,label\n1,90,60,"[10.0, 20, 5, 6.0]",dog\n', (90, 60)),
    ],
)
def test_columns_are_known_by_their_names(text: str, size: tuple[float, float] | None, tmp_path: Path) -> None:
    write(tmp_path, text, "images/1.jpg")
    assert box_table.matches(tmp_path)
    source = box_table.read(tmp_path)
    (annotation,) = source.splits["all"]
    assert annotation.image == tmp_path / "images" / "1.jpg"
    assert annotation.objects == (Object("dog", (10, 20, 15, 26), False, 30),)
    assert (annotation.size, source.classes, source.notes) == (size, ["dog"], [])


def test_open_images_has_parts_of_the_image_and_descriptions_of_its_classes(tmp_path: Path) -> None:
    header = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf\n"
    rows = "ab12,xclick,/m/1,1,0.25,0.75,0,0.5,0,0\nab12,xclick,/m/2,1,0,1,0,1,0,1\n"
    write(tmp_path, header + rows, "train/ab12.jpg", "train/other.jpg", file="train-annotations-bbox.csv")
    write(tmp_path, "/m/1,Cat\n/m/2,Dog\n/m/3,Bird\n", file="class-descriptions-boxable.csv")
    source = box_table.read(tmp_path)
    (annotation,) = source.splits["train"]
    assert annotation.size == PARTS
    assert annotation.objects == (Object("Cat", (0.25, 0, 0.75, 0.5), False, 0.25), Object("Dog", (0, 0, 1, 1), True, 1))
    assert source.classes == ["Cat", "Dog"]
    parts, left_out = source.notes
    assert "from 0 to 1" in parts
    assert "images without annotation: 1" in left_out


def test_open_images_as_fiftyone_writes_it_has_descriptions_beside_its_tables(tmp_path: Path) -> None:
    header = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n"
    for split in ("train", "validation"):
        row = f"{split}1,xclick,/m/2,1,0.25,0.75,0,0.5\n"
        write(tmp_path, header + row, f"{split}/data/{split}1.jpg", file=f"{split}/labels/detections.csv")
        write(tmp_path, "/m/1,Cat\n/m/2,Dog\n", file=f"{split}/metadata/classes.csv")
    source = box_table.read(tmp_path)
    assert (sorted(source.splits), source.classes) == (["train", "val"], ["Dog"])
    assert not any("without boxes" in note for note in source.notes)


def test_each_table_is_a_split_and_otherwise_the_folders_are(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        write(tmp_path, TENSORFLOW + "1.jpg,90,60,dog,10,20,15,26\n", f"{split}/1.jpg", file=f"{split}/_annotations.csv")
    splits = box_table.read(tmp_path).splits
    assert {split: members[0].image for split, members in splits.items()} == {
        "train": tmp_path / "train" / "1.jpg",
        "val": tmp_path / "valid" / "1.jpg",
    }
    with pytest.raises(UserError, match="with and without a split"):
        box_table.read(write(tmp_path, TENSORFLOW))
    for split in ("train", "valid"):
        (tmp_path / split / "_annotations.csv").unlink()
    write(tmp_path, TENSORFLOW + "train/1.jpg,90,60,dog,10,20,15,26\nvalid/1.jpg,90,60,dog,10,20,15,26\n")
    assert list(box_table.read(tmp_path).splits) == ["train", "val"]


def test_a_line_without_box_is_an_image_without_objects_and_another_table_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, TENSORFLOW + "1.jpg,90,60,dog,1,2,3,4\n2.jpg,90,60,,,,,\n", "1.jpg", "2.jpg")
    write(tmp_path, "id,price\n1,2\n", file="prices.csv")
    source = box_table.read(tmp_path)
    assert [len(annotation.objects) for annotation in source.splits["all"]] == [1, 0]
    (note,) = source.notes
    assert "CSV files without boxes: 1, as" in note


def test_tables_of_global_wheat_have_all_boxes_of_an_image_in_a_cell_and_no_classes(tmp_path: Path) -> None:
    text = "image_name,BoxesString,domain\n1.jpg,1 2 3 4;5 6 8 8.5,a\n2.jpg,no_box,b\n"
    write(tmp_path, text, "1.jpg", "2.jpg", file="train.csv")
    assert box_table.matches(tmp_path)
    source = box_table.read(tmp_path)
    first, second = source.splits["train"]
    assert first.objects == (Object("object", (1, 2, 3, 4), False, 4), Object("object", (5, 6, 8, 8.5), False, 7.5))
    assert second.objects == ()
    assert "without a column of classes: 1, as" in source.notes[0]
    assert source.columns == {"domain": {tmp_path / "1.jpg": "a", tmp_path / "2.jpg": "b"}}
    with pytest.raises(UserError, match=r"train\.csv, row 2: could not convert"):
        box_table.read(write(tmp_path, "image_name,BoxesString\n1.jpg,1 2 3\n", file="train.csv"))


def test_a_few_images_that_are_not_there_are_left_out_and_said(tmp_path: Path) -> None:
    row = "{}.jpg,90,60,dog,1,2,3,4\n"
    write(tmp_path, TENSORFLOW + "".join(map(row.format, (3, 1, 2, 3))), "1.jpg", "2.jpg")
    source = box_table.read(tmp_path)
    assert [annotation.image.name for annotation in source.splits["all"]] == ["1.jpg", "2.jpg"]
    assert "not there: 1, as in" in source.notes[0]
    (tmp_path / "2.jpg").unlink()
    with pytest.raises(UserError, match=r"row 2: '3\.jpg' is no image in .* \(2 such\); add the images, or remove"):
        box_table.read(tmp_path)


@pytest.mark.parametrize(
    "row", ["2.jpg,90,60,dog,1,2,3,4", "1.jpg,90,60,dog,1,2,3", "1.jpg,90,60,dog,1,2,3,x", "1.jpg,90,60,dog,1,2,,4"]
)
def test_a_row_with_a_mistake_is_named(row: str, tmp_path: Path) -> None:
    write(tmp_path, TENSORFLOW + f"1.jpg,90,60,dog,1,2,3,4\n{row}\n", "1.jpg")
    with pytest.raises(UserError, match=r"boxes\.csv, row 3: "):
        box_table.read(tmp_path)


def test_a_table_of_something_else_is_another_format(tmp_path: Path) -> None:
    assert not box_table.matches(write(tmp_path, "filename,class\n1.jpg,dog\n", "1.jpg"))
    assert not box_table.matches(write(tmp_path, "", "1.jpg"))


def test_what_is_no_csv_is_named(tmp_path: Path) -> None:
    write(tmp_path, TENSORFLOW + "1.jpg,90,60," + "k" * 200_000, "1.jpg")
    with pytest.raises(UserError, match=r"boxes\.csv is no CSV \(field larger"):
        box_table.read(tmp_path)


def test_columns_beside_boxes_are_known_for_groups_if_they_are_of_the_image(tmp_path: Path) -> None:
    rows = "1.jpg,90,60,dog,10,20,15,26,film 1,left\n1.jpg,90,60,dog,1,2,5,6,film 1,right\n"
    write(tmp_path, TENSORFLOW.replace("ymax", "ymax,film,pose") + rows, "1.jpg")
    assert box_table.read(tmp_path).columns == {"film": {tmp_path / "1.jpg": "film 1"}}


@pytest.mark.parametrize("none", ["none,,,,", "No finding,nan,NaN,nan,nan", "dog,-1,-1,-1,-1", "none,0,0,0,0.0"])
def test_a_box_of_nothing_is_no_object_and_its_class_none(none: str, tmp_path: Path) -> None:
    source = box_table.read(write(tmp_path, f"image,class,x1,y1,x2,y2\n1,dog,1,2,3,4\n2,{none}\n", "1.jpg", "2.jpg"))
    assert [len(each.objects) for each in source.splits["all"]] == [1, 0]
    assert source.classes == ["dog"]


def test_a_column_tells_the_split(tmp_path: Path) -> None:
    rows = "1,dog,1,2,3,4,train\n1,cat,1,2,3,4,Train\n2,dog,1,2,3,4,valid\n"
    source = box_table.read(write(tmp_path, f"image,class,x1,y1,x2,y2,split\n{rows}", "1.jpg", "2.jpg"))
    assert {split: [len(each.objects) for each in its] for split, its in source.splits.items()} == {"train": [2], "val": [1]}
    with pytest.raises(UserError, match=r"row 3: it has '1' in test, but another row has it in train; mend or remove it"):
        box_table.read(write(tmp_path, "image,class,x1,y1,x2,y2,split\n1,dog,1,2,3,4,train\n1,dog,5,6,7,8,test\n"))
    with pytest.raises(UserError, match=r"row 2: it is of no known split, but of 'holdout', not train, val or test"):
        box_table.read(write(tmp_path, "image,class,x1,y1,x2,y2,split\n1,dog,1,2,3,4,holdout\n"))


def test_boxes_without_a_class_are_objects_unless_a_column_may_be_that_of_the_classes(tmp_path: Path) -> None:
    source = box_table.read(write(tmp_path, ",image,xmin,ymin,xmax,ymax\n0,1.jpg,1,2,3,4\n", "1.jpg"))
    assert source.classes == ["object"]
    assert "tables without a column of classes: 1" in source.notes[0]
    write(tmp_path, "image,xmin,ymin,xmax,ymax,sign\n1.jpg,1,2,3,4,stop\n")
    assert box_table.matches(tmp_path)
    with pytest.raises(UserError, match=r"boxes\.csv has boxes, but none .*\(sign\) is known as that of classes: call it class"):
        box_table.read(tmp_path)
    write(tmp_path, "image,xmin,ymin,xmax,ymax,class\n1.jpg,1,2,3,4,dog\n", file="named.csv")
    assert box_table.read(tmp_path).classes == ["dog"]
