import json
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.beside import with_what_lies_beside
from {{ cookiecutter.package_name }}.data.formats import label_table

NAMED = ((1, "cat"), (2, "dog"), (3, "cat"))


def write(root: Path, text: str, *images: str, file: str = "labels.csv") -> Path:
    for name in (file, *images):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / file).write_text(text, encoding="utf-8")
    return root


def found(root: Path) -> dict[str, list[tuple[str, ...]]]:
    """Names of files and classes by split."""
    assert label_table.matches(root)
    return {
        split: [(each.image.relative_to(root).as_posix(), *each.names) for each in its]
        for split, its in with_what_lies_beside(label_table.read(root), root).splits.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "id,label\n1,cat\n2,dog\n3,cat\n",
        "\ufefffilename;class\nimages\\1.jpg; cat \nimages\\2.jpg;dog\n3.JPG;cat\n\n",
        "image_path\twidth\ttarget\n/data/images/1.jpg\t9\tcat\n2.jpg\t9\tdog\n./images/3.jpg\t8\tcat\n",
        "breed,id\ncat,1\ndog,2\ncat,3\n",
        "id,breed,set\n1,cat,train\n2,dog,train\n3,cat,train\n",
        '"label_name","label","file"\n"cat",0,1.jpg\n"dog",1,2.jpg\n"cat",0,3.jpg\n',
        "Image Index,Follow-up,Finding Labels\n1,0,cat\n2,0,dog\n3,0,cat\n",
        "id_code,diagnosis\n1,cat\n2,dog\n3,cat\n",
        "image_id,dx,dx_type\n1,cat,a\n2,dog,a\n3,cat,b\n",
        ",Filename,Label,ClassName\n0,1.jpg,0,cat\n1,2.jpg,1,dog\n2,3.jpg,0,cat\n",
        "fname,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n",
        "annotation_id,choice,id,image\n9,cat,7,/data/upload/1/1.jpg\n8,dog,6,/data/upload/1/2.jpg\n7,cat,5,/data/upload/1/3.jpg\n",
        "filename,Classes,Labels\n1.jpg,cat,0\n2.jpg,dog,1\n3.jpg,cat,0\n",
        "image_url|target|class_id|name\nhttps://a/1.jpg|cat|0|x\nhttps://a/2.jpg|dog|1|x\nhttps://a/3.jpg|cat|0|x\n",
        'image,labels,target\n1,cat,"[1, 0]"\n2,dog,"[0, 1]"\n3,cat,"[1, 0]"\n',
        'image,cat,dog,target\n1,1,0,"[1, 0]"\n2,0,1,"[0, 1]"\n3,1,0,"[1, 0]"\n',
        "image,cat,dog,age\n1,1.0,0.0,5\n2,0.0,1.0,6\n3,1.0,0.0,7\n",
    ],
)
def test_columns_are_known_by_their_names(text: str, tmp_path: Path) -> None:
    write(tmp_path, text, *(f"images/{number}.jpg" for number in (1, 2, 3)))
    [images] = found(tmp_path).values()
    assert images == [("images/1.jpg", "cat"), ("images/2.jpg", "dog"), ("images/3.jpg", "cat")]
    source = label_table.read(tmp_path)
    assert (source.classes, source.notes) == (["cat", "dog"], [])


@pytest.mark.parametrize(
    ("column", "cells", "labels"),
    [
        ("label", ["a|b", "b", ""], [("a", "b"), ("b",), ()]),
        ("label", ["a, b", "a", "b"], [("a", "b"), ("a",), ("b",)]),
        ("label", ["0 16", "16", "0"], [("0", "16"), ("16",), ("0",)]),
        ("tags", ["a b", "b a", "a b c"], [("a", "b"), ("b", "a"), ("a", "b", "c")]),
        ("label", ["['a', 'b']", '[""c d""]', "[]"], [("a", "b"), ("c d",), ()]),
        ("label", ["[1, 2]", "['it, x' 'b']", "[1]"], [("1", "2"), ("it, x", "b"), ("1",)]),
        ("label", ["hot dog", "sea lion", "cat"], [("hot dog",), ("sea lion",), ("cat",)]),
        ("labels", ["golden retriever", "hot dog", "cat"], [("golden retriever",), ("hot dog",), ("cat",)]),
    ],
)
def test_a_cell_is_split_where_this_is_unambiguous(
    column: str, cells: list[str], labels: list[tuple[str, ...]], tmp_path: Path
) -> None:
    lines = "".join(f'{number},"{cell}"\n' for number, cell in enumerate(cells))
    write(tmp_path, f"id,{column}\n{lines}", *(f"{number}.jpg" for number in range(3)))
    assert [its[1:] for its in found(tmp_path)["all"]] == labels
    assert len(label_table.read(tmp_path).notes) == (labels != [(cell,) for cell in cells])


def test_each_label_may_have_a_column_of_0_and_1(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        text = "filename, cat, dog, none of these\n1.jpg, 1, 1, 0\n2.jpg, 0, 0, 0\n"
        write(tmp_path, text, f"{split}/1.jpg", f"{split}/2.jpg", file=f"{split}/_classes.csv")
    assert found(tmp_path) == {
        "train": [("train/1.jpg", "cat", "dog"), ("train/2.jpg",)],
        "val": [("valid/1.jpg", "cat", "dog"), ("valid/2.jpg",)],
    }
    source = label_table.read(tmp_path)
    assert (source.classes, source.notes) == (["cat", "dog"], ["labels that no image has: none of these; they are left out"])


def test_columns_of_plus_and_minus_one_are_flags_too(tmp_path: Path) -> None:
    assert found(write(tmp_path, "image_id,Young,Smiling\n1.jpg,1,-1\n2.jpg,-1,-1\n", "1.jpg", "2.jpg")) == {
        "all": [("1.jpg", "Young"), ("2.jpg",)]
    }
    assert "-1" not in "".join(label_table.read(tmp_path).notes)


def test_blank_and_uncertain_cells_of_columns_of_0_and_1_count_as_0_and_are_said(tmp_path: Path) -> None:
    write(tmp_path, "Path,Sex,Edema,Rib,Notes\n1.jpg,M,1.0,,\n2.jpg,F,-1.0,0.0,\n3.jpg,M,,1.0,\n", "1.jpg", "2.jpg", "3.jpg")
    assert found(tmp_path) == {"all": [("1.jpg", "Edema"), ("2.jpg",), ("3.jpg", "Rib")]}
    assert label_table.read(tmp_path).notes == ["cells of 0 and 1 that are blank or -1: 3; they count as 0"]


def test_a_column_or_the_name_of_the_table_or_the_folders_of_the_images_tell_the_split(tmp_path: Path) -> None:
    images = [f"{split}/{number}.jpg" for split in ("train", "val") for number in (1, 2)]
    text = "path,label\ntrain/1.jpg,a\ntrain/2.jpg,b\nval/1.jpg,a\nval/2.jpg,b\n"
    assert {split: len(its) for split, its in found(write(tmp_path / "folders", text, *images)).items()} == {"train": 2, "val": 2}
    for name in ("train", "val"):
        write(tmp_path / "names", "id,label\n1,a\n2,b\n", *images, file=f"{name}.csv")
    assert [its[0][0] for its in found(tmp_path / "names").values()] == ["train/1.jpg", "val/1.jpg"]
    column = write(tmp_path / "column", "id,label,split\n1,a,Valid\n2,b,TEST\n", "1.jpg", "2.jpg")
    assert found(column) == {"val": [("1.jpg", "a")], "test": [("2.jpg", "b")]}
    with pytest.raises(UserError, match=r"train\.csv, row 3 is of no known split, but of 'holdout': expected train, val or test"):
        label_table.read(write(column, "id,label,split\n1,a,train\n2,b,holdout\n", file="train.csv"))
    with pytest.raises(UserError, match="with and without a split"):
        label_table.read(write(tmp_path / "names", "id,label\n3,a\n", "3.jpg"))


def test_the_folder_of_the_split_that_the_name_of_a_table_says_is_meant(tmp_path: Path) -> None:
    write(tmp_path, "id,label\n1,a\n2,b\n", "train/1.png", "train/2.png", "test/1.png", "test/2.png", file="trainLabels.csv")
    assert found(tmp_path) == {"train": [("train/1.png", "a"), ("train/2.png", "b")]}


def test_tables_without_labels_and_examples_of_answers_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "id,label\n1,a\n2,b\n", "train/1.jpg", "train/2.jpg", "test/3.jpg", file="train.csv")
    write(tmp_path, "id\n3\n", file="test.csv")
    write(tmp_path, "id,label\n3,a\n", file="sample_submission.csv")
    assert found(tmp_path) == {"train": [("train/1.jpg", "a"), ("train/2.jpg", "b")]}
    assert label_table.read(tmp_path).notes == [
        f"CSV files without labels: 2, as {tmp_path / 'sample_submission.csv'}; they are left out"
    ]


def test_rows_without_image_and_images_without_row_are_counted_and_named(tmp_path: Path) -> None:
    write(tmp_path, "id,label\n1,a\n9,b\n2,b\n2,b\n", "1.jpg", "2.jpg", "3.jpg")
    lost, repeated, left_out = label_table.read(tmp_path).notes
    table = tmp_path / "labels.csv"
    assert lost == f"rows without image: 1, as '9' in {table}, row 3; they are left out"
    assert repeated == f"rows that repeat another: 1, as '2' in {table}, row 5"
    assert left_out == f"images without annotation: 1, as {tmp_path / '3.jpg'}; they are left out"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,a\n1.jpg,b\n", r"row 3 says that '1\.jpg' is 'b', but .*labels\.csv, row 2, 'a': keep one of the rows"),
        ("1,a\n2,\n", r"row 3: '2' has no label: write one, or remove the row"),
        ("1,a\n2,NaN\n", r"row 3: '2' has no label: write one, or remove the row"),
        (
            "1,0.51\n2,3.75\n",
            r"has 2 labels for 2 images, all of them numbers with fractions, as 0\.51: a classifier needs classes",
        ),
        ("1,a\n2,b,c\n", r"row 3 has 3 cells, but the first row 2: mend it"),
        ("1,a\n2\n", r"row 3 has 1 cells, but the first row 2: mend it"),
        ("1,a\n../../2,b\n", r"labels\.csv lists the image '\.\./\.\./2', which leads outside of"),
        ("8,a\n9,b\n", r"none of the 2 rows of the CSV in .* names an image there, as '8' in .*labels\.csv, row 2: mend the names"),
    ],
)
def test_a_row_with_a_mistake_is_named(rows: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, f"id,label\n{rows}", "1.jpg", "2.jpg")
    with pytest.raises(UserError, match=said):
        label_table.read(tmp_path)


def test_an_image_in_two_splits_is_refused(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write(tmp_path, "id,label\n1,a\n2,b\n", "images/1.jpg", "images/2.jpg", file=f"{split}.csv")
    with pytest.raises(UserError, match=r"val\.csv, row 2 has '1' in val, but .*train\.csv, row 2, in train: keep one"):
        label_table.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id\n1\n",
        "price,label\n1,a\n",
        "id,price\n7,20\n8,30\n",
        "id,a,b\n",
        "TRAIN,1.jpg,cat,0.1,0.1,,,0.5,0.5,,\nTEST,2.jpg,dog,0.2,0.1,,,0.5,.5,,\n",
    ],
)
def test_a_table_of_something_else_is_another_format(text: str, tmp_path: Path) -> None:
    assert not label_table.matches(write(tmp_path, text, "1.jpg"))


@pytest.mark.parametrize("text", ["id,class\n0,cat\n1,dog\n", "filename,split\ncat/0.jpg,train\ndog/0.jpg,val\n"])
def test_a_table_beside_folders_of_classes_that_labels_no_image_is_no_table_of_labels(text: str, tmp_path: Path) -> None:
    assert not label_table.matches(write(tmp_path, text, "cat/0.jpg", "dog/0.jpg", file="classes.csv"))


def test_a_table_of_a_split_may_have_a_row_for_each_folder_of_a_class(tmp_path: Path) -> None:
    for split, number in (("train", 0), ("test", 1)):
        rows = [f"{name}/{number}.jpg,{name}" for name in ("cat", "dog")]
        write(tmp_path, "\n".join(["filename,class", *rows]), f"cat/{number}.jpg", f"dog/{number}.jpg", file=f"{split}.csv")
    assert {split: len(its) for split, its in found(tmp_path).items()} == {"train": 2, "test": 2}


def test_other_columns_are_known_for_groups_unless_rows_of_an_image_disagree(tmp_path: Path) -> None:
    write(tmp_path, "id,label,patient,age\n1,cat,p1,5\n2,dog,p2,6\n1,cat,p1,7\n", "1.jpg", "2.jpg")
    assert label_table.read(tmp_path).columns == {"patient": {tmp_path / "1.jpg": "p1", tmp_path / "2.jpg": "p2"}}


@pytest.mark.parametrize("text", ["id,patient\n0,p1\n1,p1\n2,p2\n", "id,patient,age\n0,p1,8\n1,p1,9\n"])
@pytest.mark.parametrize("folder", ["", "archive/"])
def test_folders_of_classes_are_surer_than_a_column_that_is_not_named_as_a_label(folder: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, text, f"{folder}cat/0.jpg", f"{folder}dog/1.jpg", f"{folder}dog/2.jpg", file="patients.csv")
    assert not label_table.matches(tmp_path)
    assert label_table.matches(write(tmp_path, text.replace("patient", "species"), file="patients.csv"))


def test_folders_of_classes_are_looked_for_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looked: list[Path] = []
    monkeypatch.setattr(label_table, "find_tree", looked.append)
    found(write(tmp_path, "id,kind\n1,a\n2,a\n", "1.jpg", "2.jpg"))
    assert looked == [tmp_path]


def test_folders_that_may_be_classes_beside_columns_of_0_and_1_are_said(tmp_path: Path) -> None:
    write(tmp_path, "path,wet,dry\na/1.jpg,1,0\nb/2.jpg,0,1\n", "a/1.jpg", "b/2.jpg")
    assert found(tmp_path) == {"all": [("a/1.jpg", "wet"), ("b/2.jpg", "dry")]}
    assert label_table.read(tmp_path).notes == [
        f"{tmp_path} may have folders of classes, too: data.format=class_folders reads these instead"
    ]


def test_a_surer_table_counts_and_not_one_whose_only_column_may_be_anything(tmp_path: Path) -> None:
    write(tmp_path, "image_id,bald,smiling\n1,1,0\n2,0,1\n3,1,1\n", "1.jpg", "2.jpg", "3.jpg", file="attributes.csv")
    write(tmp_path, "image_id,patient\n1,0\n2,0\n3,1\n", file="patients.csv")
    assert label_table.read(tmp_path).classes == ["bald", "smiling"]
    assert label_table.read(tmp_path).notes == [f"CSV files without labels: 1, as {tmp_path / 'patients.csv'}; they are left out"]


def test_a_table_of_images_in_parts_of_an_archive_whose_label_is_not_known_is_refused(tmp_path: Path) -> None:
    images = [f"images_part_{number}/{number}.jpg" for number in (1, 2)]
    write(tmp_path, "image_id,lesion,finding,split\n1,7,nv,train\n2,8,mel,test\n", *images, file="metadata.csv")
    assert label_table.matches(tmp_path)
    with pytest.raises(UserError, match=r"metadata\.csv names images, but none .*\(lesion, finding\) is known .* call it label"):
        label_table.read(tmp_path)


def test_numbers_of_classes_are_not_taken_for_names_of_others(tmp_path: Path) -> None:
    write(tmp_path, "image,target,diagnosis\n1,0,nevus\n2,0,scar\n3,1,melanoma\n", "1.jpg", "2.jpg", "3.jpg")
    assert label_table.read(tmp_path).classes == ["0", "1"]


@pytest.mark.parametrize(
    ("text", "splits"),
    [
        ("fname,labels,is_valid\n1.jpg,a,True\n2.jpg,b,False\n", {"val": "1.jpg", "train": "2.jpg"}),
        ("image,label,is_train\n1.jpg,a,0\n2.jpg,b,1\n", {"test": "1.jpg", "train": "2.jpg"}),
        ("image,label,partition\n1.jpg,a,0\n2.jpg,b,1\n", {"train": "1.jpg", "val": "2.jpg"}),
        ("VALIDATION,gs://bucket/1.jpg,a\nTRAIN,gs://bucket/2.jpg,b\n", {"val": "1.jpg", "train": "2.jpg"}),
    ],
)
def test_columns_of_splits_may_be_flags_numbers_or_without_name(text: str, splits: dict[str, str], tmp_path: Path) -> None:
    assert {split: its[0][0] for split, its in found(write(tmp_path, text, "1.jpg", "2.jpg")).items()} == splits


@pytest.mark.parametrize(
    "files",
    [
        {"splits.csv": "image,split\n1.jpg,train\n2.jpg,valid\n3.jpg,test\n"},
        {"list_eval_partition.csv": "image_id,partition\n1.jpg,0\n2.jpg,1\n3.jpg,2\n"},
        {"list_eval_partition.txt": "1.jpg 0\n2.jpg 1\n3.jpg 2\n"},
        {"train_list.txt": "1.jpg\n", "val_list.txt": "2.jpg\n", "lists/test_list.txt": "3.jpg\n"},
    ],
)
def test_tables_and_lists_beside_that_of_the_labels_tell_the_splits(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, "image,label\n1.jpg,a\n2.jpg,b\n3.jpg,a\n4.jpg,b\n", *(f"images_00{n}/images/{n}.jpg" for n in (1, 2, 3, 4)))
    for file, text in files.items():
        write(tmp_path, text, file=file)
    splits = {split: [Path(each[0]).name for each in its] for split, its in found(tmp_path).items()}
    assert splits == {"train": ["1.jpg"], "val": ["2.jpg"], "test": ["3.jpg"]}
    assert any("4.jpg; they are left out" in note for note in with_what_lies_beside(label_table.read(tmp_path), tmp_path).notes)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n", "labels.csv"),
        ("images/1.jpg cat\n/images/2.jpg dog\nimages/3.jpg cat\n", "labels.txt"),
        ("# image and class\n1 cat\n2 dog\n3 cat\n", "meta/labels.txt"),
        ("1.jpg\tcat\t\n2.jpg\tdog\n3.jpg\tcat\n".replace("\t\n", "\n"), "labels.txt"),
        ("3\ncat dog\n1.jpg  1 -1\n2.jpg -1  1\n3.jpg  1 -1\n", "list_attributes.txt"),
        ("3\nimage_name category\n1.jpg cat\n2.jpg dog\n3.jpg cat\n", "list_category.txt"),
        (json.dumps([{"image": f"/data/upload/1/{number}.jpg", "choice": name} for number, name in NAMED]), "a.json"),
        ("\n".join(json.dumps({"file_name": f"{number}.jpg", "label": name}) for number, name in NAMED), "metadata.jsonl"),
        (
            json.dumps(
                [
                    {"id": n, "data": {"image": f"{n}.jpg"}, "annotations": [{"result": [{"value": {"choices": [name]}}]}]}
                    for n, name in NAMED
                ]
            ),
            "tasks.json",
        ),
        (
            json.dumps(
                {
                    "images": [{"id": n, "file_name": f"{n}.jpg"} for n in (1, 2, 3)],
                    "categories": [{"id": 7, "name": "cat"}, {"id": 8, "name": "dog"}],
                    "annotations": [{"id": n, "image_id": n, "category_id": 8 if n == 2 else 7} for n in (1, 2, 3)],
                }
            ),
            "annotations.json",
        ),
    ],
)
def test_a_list_without_names_of_columns_and_json_are_tables_too(text: str, file: str, tmp_path: Path) -> None:
    write(tmp_path, text, *(f"images/{number}.jpg" for number in (1, 2, 3)), file=file)
    assert found(tmp_path) == {"all": [("images/1.jpg", "cat"), ("images/2.jpg", "dog"), ("images/3.jpg", "cat")]}
    assert label_table.read(tmp_path).notes == []


@pytest.mark.parametrize("header", ["", "set,image_path,label\n"])
def test_rows_of_no_split_are_left_out_and_counted(header: str, tmp_path: Path) -> None:
    rows = "TRAIN,gs://a/1.jpg,cat\nTEST,gs://a/2.jpg,dog\nUNASSIGNED,gs://a/3.jpg,dog\n"
    write(tmp_path, header + rows, *(f"images/{number}.jpg" for number in (1, 2, 3)))
    assert found(tmp_path) == {"train": [("images/1.jpg", "cat")], "test": [("images/2.jpg", "dog")]}
    assert "rows whose split is UNASSIGNED: 1; they are left out" in label_table.read(tmp_path).notes


def test_tasks_that_people_skipped_are_left_out_and_the_truth_counts_before_other_answers(tmp_path: Path) -> None:
    def answer(*names: str, **more: bool) -> dict[str, Any]:
        return {"result": [{"value": {"choices": [name]}} for name in names], "was_cancelled": False} | more

    skipped = answer(was_cancelled=True)
    answers = [[answer("cat")], [skipped, answer("dog")], [answer("dog"), answer("cat", ground_truth=True)], [skipped], []]
    tasks = [{"data": {"image": f"/data/upload/1/a1b2c3d4-{n}.jpg"}, "annotations": its} for n, its in enumerate(answers, start=1)]
    write(tmp_path, json.dumps(tasks), *(f"images/{number}.jpg" for number in range(1, 6)), file="tasks.json")
    assert found(tmp_path) == {"all": [("images/1.jpg", "cat"), ("images/2.jpg", "dog"), ("images/3.jpg", "cat")]}
    assert any("images without annotation: 2" in note for note in label_table.read(tmp_path).notes)


def test_lists_of_splits_are_read_together_and_that_of_both_only_where_they_are_missing(tmp_path: Path) -> None:
    images = [f"data/{number}.jpg" for number in (1, 2, 3, 4)]
    for split, text in {
        "train": "1 cat\n2 dog\n",
        "val": "3 cat\n",
        "trainval": "1 cat\n2 dog\n3 cat\n",
        "test": "4 dog\n",
    }.items():
        write(tmp_path, text, *images, file=f"images_{split}.txt")
    assert {split: len(its) for split, its in found(tmp_path).items()} == {"train": 2, "val": 1, "test": 1}


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("1 10\n2 11\n", "identities.txt"),
        ("1 5 6 7\n2 5 6 7\n", "landmarks.txt"),
        ("a note\nfor people\n", "notes.txt"),
        ("id,label\n1,cat\n2,cat\n", "sample_submission.csv"),
        ('{"1": "cat", "2": "dog"}', "names.json"),
        ("{no JSON", "settings.json"),
        ('{"images": [{"id": 1, "file_name": "1.jpg"}], "categories": [], "annotations": [{"bbox": [1, 2, 3, 4]}]}', "boxes.json"),
    ],
)
def test_other_texts_and_json_tell_no_labels(text: str, file: str, tmp_path: Path) -> None:
    assert not label_table.matches(write(tmp_path, text, "1.jpg", "2.jpg", file=file))


def test_folders_of_classes_are_surer_than_a_list_and_said_if_a_table_names_few_of_their_images(tmp_path: Path) -> None:
    write(tmp_path, "a/1.jpg x\nb/2.jpg x\n", "a/1.jpg", "b/2.jpg", "b/3.jpg", file="labels.txt")
    assert not label_table.matches(tmp_path)
    write(tmp_path, "image,label\nb/3.jpg,c\n", file="test.csv")
    assert label_table.matches(tmp_path)
    assert "images in folders of classes that no table names: 2, as" in label_table.read(tmp_path).notes[0]


def test_another_column_that_may_be_of_labels_is_said(tmp_path: Path) -> None:
    text = "id,breed,species,breed_id\n1,pug,dog,0\n2,beagle,dog,1\n3,siamese,cat,2\n"
    root = write(tmp_path, text.replace("breed_id", "class_id"), "1.jpg", "2.jpg", "3.jpg")
    file = root / "labels.csv"
    assert label_table.read(root).notes == [
        f"breed is taken for the column of labels in {file}, though there is species, too: to learn these, give breed another name"
    ]
    file.write_text(text.replace("breed,", "kind,"))
    assert label_table.read(root).classes == ["cat", "dog"]


@pytest.mark.parametrize(("file", "matches"), [("val_labels.csv", False), ("labels.csv", True), ("train.csv", True)])
def test_a_table_of_the_validation_alone_goes_with_folders_of_classes_of_the_training(
    file: str, matches: bool, tmp_path: Path
) -> None:
    images = ("train/cat/1.jpg", "train/dog/2.jpg", *(f"val/{number}.jpg" for number in (3, 4, 5)))
    write(tmp_path, "image,label\n3.jpg,cat\n4.jpg,dog\n5.jpg,cat\n", *images, file=file)
    assert label_table.matches(tmp_path) == matches


def test_of_lists_of_several_kinds_the_finest_labels_count_and_the_others_are_said(tmp_path: Path) -> None:
    variants = {"1": "707-320", "2": "737-200", "3": "737-300", "4": "A310", "5": "707-320", "6": "737-300"}
    kinds = {
        "variant": variants,
        "family": {number: name[:2] for number, name in variants.items()},
        "place": {number: f"{number} 2 3 4" for number in variants},
    }
    for kind, told in kinds.items():
        for split, numbers in {"train": "12", "val": "34", "trainval": "1234", "test": "56"}.items():
            text = "".join(f"{number} {told[number]}\n" for number in numbers)
            write(tmp_path, text, *(f"images/{number}.jpg" for number in variants), file=f"data/images_{kind}_{split}.txt")
    write(tmp_path, "707-320\n737-200\n737-300\nA310\n", file="data/variants.txt")
    splits = found(tmp_path)
    assert {Path(name).stem: label for its in splits.values() for name, label in its} == variants
    assert {split: len(its) for split, its in splits.items()} == {"train": 2, "val": 2, "test": 2}
    [note] = label_table.read(tmp_path).notes
    family, variant = (tmp_path / "data" / f"images_{kind}_test.txt" for kind in ("family", "variant"))
    assert note == (
        f"lists of coarser labels of the same images: 3, as {family}; they are left out: "
        f"to learn these, move the finer ones away, as {variant}"
    )


def test_lists_of_which_none_tells_the_labels_of_the_other_are_refused(tmp_path: Path) -> None:
    images = [f"images/{number}.jpg" for number in (1, 2, 3, 4)]
    write(tmp_path, "1 cat\n2 cat\n3 dog\n4 dog\n", *images, file="animals.txt")
    write(tmp_path, "1 red\n2 blue\n3 red\n4 blue\n", file="colors.txt")
    with pytest.raises(UserError, match=r"colors\.txt, row 2 says that '1' is 'red', but .*animals\.txt, row 2, 'cat': keep one"):
        label_table.read(tmp_path)


def test_parts_of_a_list_are_read_together_and_what_each_image_has_of_its_own_is_no_label(tmp_path: Path) -> None:
    images = [f"images/{number}.jpg" for number in (1, 2, 3, 4)]
    write(tmp_path, "1 cat\n2 dog\n", *images, file="part_a.txt")
    write(tmp_path, "3 cat\n4 dog\n", file="part_b.txt")
    assert [label for _, label in found(tmp_path)["all"]] == ["cat", "dog", "cat", "dog"]
    write(tmp_path, "1 cat\n2 dog\n3 cat\n4 cat\n", file="part_a.txt")
    write(tmp_path, "".join(f"{number} a picture of {number}\n" for number in (1, 2, 3, 4)), file="part_b.txt")
    assert [label for _, label in found(tmp_path)["all"]] == ["cat", "dog", "cat", "cat"]


def test_a_list_of_all_but_the_test_trains_where_no_other_does(tmp_path: Path) -> None:
    write(tmp_path, "1 cat\n2 dog\n3 dog\n", *(f"images/{number}.jpg" for number in (1, 2, 3, 4, 5)), file="cats_trainval.txt")
    write(tmp_path, "4 cat\n5 dog\n", file="cats_test.txt")
    assert {split: len(its) for split, its in found(tmp_path).items()} == {"train": 3, "test": 2}


def test_labels_in_names_of_images_count_if_numbers_in_a_list_agree(tmp_path: Path) -> None:
    names = {"Great_Dane_1": "1 2 1", "Great_Dane_2": "1 2 1", "Bengal_10": "2 1 1", "Bengal_11": "2 1 1"}
    text = "#Image CLASS-ID SPECIES BREED ID\n" + "".join(f"{name} {numbers}\n" for name, numbers in names.items())
    write(tmp_path, text, *(f"images/{name}.jpg" for name in (*names, "Bengal_12")), file="annotations/list.txt")
    for split, number in (("trainval", 0), ("test", 1)):
        lines = [f"{name} {numbers}\n" for place, (name, numbers) in enumerate(names.items()) if place % 2 == number]
        write(tmp_path, "".join(lines), "annotations/trimaps/Great_Dane_1.png", file=f"annotations/{split}.txt")
    dane, bengal = ([(f"images/{name}_{number}.jpg", name)] for name, number in (("Great_Dane", 1), ("Bengal", 10)))
    splits = found(tmp_path)
    assert splits["train"] == [*dane, *bengal]
    assert [label for _, label in splits["test"]] == ["Great_Dane", "Bengal"]
    guessed, *_ = label_table.read(tmp_path).notes
    assert guessed == (
        "labels are those in names of images, as Great_Dane in Great_Dane_1, "
        f"which numbers in {tmp_path / 'annotations' / 'list.txt'} agree with"
    )


def test_names_of_images_with_which_no_number_agrees_tell_no_labels(tmp_path: Path) -> None:
    text = "IMG_1 1 2\nIMG_2 2 1\nDSC_1 1 1\nDSC_2 2 2\n"
    write(tmp_path, text, *(f"{line.partition(' ')[0]}.jpg" for line in text.splitlines()), file="list.txt")
    assert not label_table.matches(tmp_path)


@pytest.mark.parametrize(
    ("names", "classes"),
    [("2\ncategory_name  category_type\nAnorak 1\nBlazer 1\n", ["Anorak", "Blazer"]), ("Anorak\nBlazer\n", ["1", "2"])],
)
def test_a_table_in_text_is_surer_than_folders_of_classes_and_one_beside_it_may_name_its_numbers(
    names: str, classes: list[str], tmp_path: Path
) -> None:
    images = [f"img/Sheer_{name}/img_{number}.jpg" for name in ("A", "B") for number in (1, 2)]
    rows = "".join(f"{path:<60}{1 + ('B' in path)}\n" for path in images)
    write(tmp_path, f"4\nimage_name  category_label\n{rows}", *images, file="Anno/list_category_img.txt")
    write(tmp_path, f"4\nimage_name  attribute_labels\n{rows.replace('1', ' 1 -1  1')}", file="Anno/list_attr_img.txt")
    write(tmp_path, names, file="Anno/list_category_cloth.txt")
    statuses = "".join(f"{path:<60}{'train' if '_1' in path else 'test'}\n" for path in images)
    write(tmp_path, f"4\nimage_name  evaluation_status\n{statuses}", file="Eval/list_eval_partition.txt")
    splits = found(tmp_path)
    assert {split: [label for _, label in its] for split, its in splits.items()} == {"train": classes, "test": classes}
    assert label_table.read(tmp_path).notes == (
        [f"labels are the numbers of names in {tmp_path / 'Anno' / 'list_category_cloth.txt'}, from 1 on"]
        if classes[0] == "Anorak"
        else []
    )
