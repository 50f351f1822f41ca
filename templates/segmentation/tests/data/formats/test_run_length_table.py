from pathlib import Path

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import run_length_table
from {{ cookiecutter.package_name }}.data.masks import draw_shapes

HEIGHT, WIDTH = 4, 6


def write(root: Path, text: str, file: str = "train.csv", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    for name in ("a", "b", "c"):
        (root / "train").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size).save(root / "train" / f"{name}.jpg")
    (root / file).write_text(text)
    return root


def drawn(root: Path) -> dict[str, list[list[int]]]:
    """What is drawn for each image."""
    examples = run_length_table.read(root).splits["train"]
    return {each.image.stem: draw_shapes(each.mask, HEIGHT, WIDTH).tolist() for each in examples if isinstance(each.mask, Shapes)}


SECOND_COLUMN = [[0, 1, 0, 0, 0, 0]] * 2 + [[0] * 6] * 2


@pytest.mark.parametrize(
    "text",
    [
        "ImageId,EncodedPixels\na.jpg,5 2\nb.jpg,\n",
        "\ufeffimg,rle_mask\na,5 2\nb,-1\n",
        "ImageId,ClassId,EncodedPixels\na.jpg,4,5 2\n",
        "ImageId_ClassId,EncodedPixels\na.jpg_1,5 2\na.jpg_2,\n",
        "Image_Label,EncodedPixels\na.jpg_Fish,5 2\n",
    ],
)
def test_runs_go_down_the_columns_and_are_counted_from_1(text: str, tmp_path: Path) -> None:
    assert run_length_table.matches(write(tmp_path, text))
    found = drawn(tmp_path)
    assert found["a"] == SECOND_COLUMN
    assert found.get("b", [[0] * WIDTH] * HEIGHT) == [[0] * WIDTH] * HEIGHT


def test_classes_are_those_that_have_pixels_and_smaller_objects_lie_on_larger_ones(tmp_path: Path) -> None:
    write(tmp_path, "ImageId,ClassId,EncodedPixels\na.jpg,10,5 2\na.jpg,2,1 24\na.jpg,3,\n")
    assert run_length_table.read(tmp_path).classes == ["background", "class 2", "class 10"]
    assert drawn(tmp_path)["a"] == [[1, 2, 1, 1, 1, 1]] * 2 + [[1] * 6] * 2


def test_images_that_no_row_names_are_left_out_and_said(tmp_path: Path) -> None:
    source = run_length_table.read(write(tmp_path, "ImageId,EncodedPixels\na.jpg,5 2\n"))
    assert len(source.splits["train"]) == 1
    assert "down the columns" in source.notes[0]
    assert "images without annotation: 2" in source.notes[1]


def test_samples_of_what_is_to_be_handed_in_and_other_tables_are_no_annotations(tmp_path: Path) -> None:
    assert not run_length_table.matches(write(tmp_path, "ImageId,EncodedPixels\na.jpg,1 1\n", "sample_submission.csv"))
    assert not run_length_table.matches(write(tmp_path, "id,label\na,2\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ImageId,EncodedPixels\nx.jpg,1 1\n", r"train\.csv lists 'x\.jpg', which is no image"),
        ("ImageId,EncodedPixels\na.jpg,1 2 2 2\n", r"train\.csv is no table of run lengths of a\.jpg .*overlap"),
        ("ImageId,EncodedPixels\na.jpg,1 99\n", r"train\.csv is no table of run lengths of a\.jpg .*more than its 24 pixels"),
        ("ImageId,EncodedPixels\na.jpg,1\n", r"train\.csv is no table of run lengths of a\.jpg"),
        ("ImageId,EncodedPixels\na.jpg,1 x\n", r"train\.csv is no table of run lengths"),
        ("ImageId,EncodedPixels\na.jpg,\n", r"train\.csv has no run lengths"),
    ],
)
def test_a_mistake_names_the_table(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        run_length_table.read(write(tmp_path, text))


@pytest.mark.parametrize(("step", "is_refused"), [(30, False), (50, True)])
def test_runs_along_rows_are_refused(step: int, is_refused: bool, tmp_path: Path) -> None:
    runs = " ".join(f"{101 + step * number} 7" for number in range(12))
    write(tmp_path, f"ImageId,EncodedPixels\na.jpg,{runs}\n", size=(50, 30))
    if is_refused:
        with pytest.raises(UserError, match="seems to have run lengths along the rows"):
            run_length_table.read(tmp_path)
    else:
        assert len(run_length_table.read(tmp_path).splits["train"]) == 1


def test_two_tables_of_one_split_are_refused(tmp_path: Path) -> None:
    for file in ("train.csv", "train_v2.csv"):
        write(tmp_path, "ImageId,EncodedPixels\na.jpg,5 2\n", file)
    with pytest.raises(UserError, match=r"several tables of run lengths of the split train, train_v2\.csv among them"):
        run_length_table.read(tmp_path)
