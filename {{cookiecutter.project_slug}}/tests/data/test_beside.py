from dataclasses import dataclass
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.beside import with_what_lies_beside
from {{ cookiecutter.package_name }}.data.files import Source


@dataclass(frozen=True)
class Annotated:
    image: Path


def read(root: Path, images: list[str], files: dict[str, str], split: str = "all") -> Source[Annotated]:
    """What files say of images, of which a format knew a single split, or none."""
    for name, text in (dict.fromkeys(images, "") | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return with_what_lies_beside(Source("photos", [], {split: [Annotated(root / name) for name in images]}), root)


def names(source: Source[Annotated]) -> dict[str, list[str]]:
    return {split: [each.image.name for each in members] for split, members in source.splits.items()}


IMAGES = ["images/a1.jpg", "images/b2.jpg", "images/c3.jpg"]
FOLDERS = [name.replace("/", f"/{name[7]}/") for name in IMAGES]


@pytest.mark.parametrize("images", [IMAGES, FOLDERS])
@pytest.mark.parametrize(
    "files",
    [
        {"train.txt": "a1\n", "val.txt": "b2\n", "test.txt": "c3\n"},
        {"TrainImages.txt": "a1.jpg 0\n", "ValidImages.txt": "b2.jpg 1\n", "TestImages.txt": "c3.jpg 1\n"},
        {"ImageSets/train.txt": "a1\n", "ImageSets/val.txt": "b2\n", "ImageSets/test.txt": "c3\n"},
        {"images/train.txt": "/home/me/a1.jpg\n", "images/val.txt": "/home/me/b2.jpg\n", "images/test.txt": "/home/me/c3.jpg\n"},
        {"splits.csv": "image,split\na1.jpg,train\nb2.jpg,valid\nc3.jpg,test\n"},
        {"meta/info.tsv": "age\tid\tsubset\n9\ta1\ttrain\n9\tb2\tval\n8\tc3\ttest\n"},
        {"list_eval_partition.txt": "a1.jpg 0\nb2.jpg 1\nc3.jpg 2\n"},
        {"splits.json": '{"train": ["a1.xml"], "val": ["b2.xml"], "test": ["c3.xml"], "version": 2}'},
        {"train_test_split.json": '{"training": ["a1.jpg"], "valid": ["b2.jpg"], "testing": ["c3.jpg"]}'},
        {"train.csv": "photo\na1.jpg\n", "val.csv": "photo\nb2.jpg\n", "test.csv": "photo\nc3.jpg\n"},
    ],
)
def test_lists_and_tables_beside_images_divide_these(images: list[str], files: dict[str, str], tmp_path: Path) -> None:
    source = read(tmp_path, images, files)
    assert names(source) == {"train": ["a1.jpg"], "val": ["b2.jpg"], "test": ["c3.jpg"]}
    assert source.format.startswith("photos, divided by ")
    assert not source.notes


def test_splits_that_annotations_give_stay(tmp_path: Path) -> None:
    files = {"train.txt": "a1\n", "test.txt": "b2\nc3\n"}
    source = read(tmp_path, IMAGES, files, "train")
    assert names(source) == {"train": ["a1.jpg"], "test": ["b2.jpg", "c3.jpg"]}  # as KITTI divides its training images
    given = Source("photos", [], {"train": [Annotated(tmp_path / IMAGES[0])], "val": [Annotated(tmp_path / IMAGES[1])]})
    assert with_what_lies_beside(given, tmp_path) == given


@pytest.mark.parametrize("name", ["test.txt", "test.csv"])
def test_a_list_of_a_test_without_labels_takes_no_training_image(name: str, tmp_path: Path) -> None:
    assert list(read(tmp_path, IMAGES, {name: "id\na1\nb2\n"}, "train").splits) == ["train"]


def test_tables_that_contradict_each_other_are_said_and_not_read(tmp_path: Path) -> None:
    tables = {f"{name}.csv": f"id,split\na1,{name}\nb2,train\nc3,train\n" for name in ("test", "val")}
    source = read(tmp_path, IMAGES, tables)
    assert list(source.splits) == ["all"]
    assert source.notes == [f"tables that put images into different splits: 2, as {tmp_path / 'test.csv'}; keep one, none is read"]


def test_images_that_a_table_gives_no_split_are_left_out_or_train(tmp_path: Path) -> None:
    source = read(tmp_path / "a", IMAGES, {"splits.csv": "id,split\na1,train\nb2,test\nc3,\n"})
    assert names(source) == {"train": ["a1.jpg"], "test": ["b2.jpg"]}
    assert source.notes == [f"images without a split: 1, as {tmp_path / 'a' / IMAGES[2]}; they are left out"]
    assert names(read(tmp_path / "b", IMAGES, {"splits.csv": "id,split\na1,test\nc3,test\n"})) == {
        "test": ["a1.jpg", "c3.jpg"], "train": ["b2.jpg"]
    }  # fmt: skip


def test_any_column_of_a_table_beside_images_groups_these(tmp_path: Path) -> None:
    source = read(tmp_path, FOLDERS, {"meta.csv": "filename,patient\na1.jpg,x\nb2.jpg,y\nc3.jpg,x\nd4.jpg,z\n"})
    assert list(source.splits) == ["all"]
    assert source.columns == {"patient": {tmp_path / name: cell for name, cell in zip(FOLDERS, "xyx", strict=True)}}


def test_texts_with_the_names_of_images_and_tables_of_something_else_are_no_lists(tmp_path: Path) -> None:
    images = ["images/train_1.jpg", "images/test_2.jpg"]
    files = {"labels/train_1.txt": "test_2\n", "labels/test_2.txt": "train_1\n", "classes.csv": "name,split\ncat,train\n"}
    source = read(tmp_path, images, files | {"odd.csv": "a,b\0\n"})
    assert list(source.splits) == ["all"]
    assert not source.columns
    assert not source.notes
