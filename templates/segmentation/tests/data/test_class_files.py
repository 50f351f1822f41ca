from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.class_files import read_class_file

RED, BLUE = 0xFF0000, 0x0000FF


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.csv", "name,r,g,b\nsky,0,0,255\nroad,255,0,0\n"),
        ("class_dict.csv", "\ufeffB; G; R; Class\n255; 0; 0; sky\n\n0; 0; 255; road\n"),
        ("my_classes.csv", "sky,0,0,255\nroad,255,0,0\n"),
        ("label_colors.txt", "0 0 255\tsky\n255 0 0\troad\n"),
        ("classes.csv", "name,color\nsky,#0000ff\nroad,#FF0000ff\n"),
        ("class_mapping.csv", "class_name,class_color\nsky,0 0 255\nroad,255 0 0\n"),
        ("class_dict_seg.csv", "name, r, g, b\nsky, 0, 0, 255\nroad, 255, 0, 0\n"),
        ("classes.json", '{"sky": [0, 0, 255], "road": [255, 0, 0]}'),
        ("classes.json", '{"classes": [{"title": "sky", "color": "#0000FF"}, {"title": "road", "color": "#FF0000"}], "tags": []}'),
        ("config.json", '{"labels": [{"name": "sky", "color": [0, 0, 255]}, {"name": "road", "color": [255, 0, 0]}]}'),
        ("labelmap.txt", "# label:color_rgb:parts:actions\nsky:0,0,255::\nroad:255,0,0::\n"),
    ],
)
def test_names_and_colors_are_read_as_people_write_them(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_class_file([tmp_path])
    assert found.names == ["sky", "road"]
    assert found.code.classes == ((BLUE, 0), (RED, 1))
    assert found.code.colored


def test_a_table_may_have_values_instead_of_colors(tmp_path: Path) -> None:
    (tmp_path / "_classes.csv").write_text("Pixel Value, Class\n1, road\n0, sky\n")
    found = read_class_file([tmp_path])
    assert (found.names, found.code.colored) == (["sky", "road"], False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.csv", "value,name\n26,car\n7,road\n"),
        ("objectInfo150.txt", "Idx\tRatio\tTrain\tName\n7\t0.1\t9\troad\n26\t0.2\t9\tcar\n"),
        ("classes.json", '{"car": 26, "road": 7}'),
        ("id2label.json", '{"7": "road", "26": "car"}'),
    ],
)
def test_values_may_have_gaps(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    found = read_class_file([tmp_path])
    assert (found.names, found.code.classes, found.code.colored) == (["road", "car"], ((7, 0), (26, 1)), False)


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        ("0 sky\n1: road\n", ["sky", "road"], ()),
        ("1 sky\n2 road\n", ["sky", "road"], ((1, 0), (2, 1))),
        ("2 sky\n9 road\n", ["2 sky", "9 road"], ()),
    ],
)
def test_names_may_be_numbered_in_their_order(text: str, names: list[str], values: tuple, tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text(text)
    found = read_class_file([tmp_path])
    assert (found.names, found.code.classes) == (names, values)


def test_json_of_something_else_is_no_class_file_and_a_color_twice_leaves_the_order(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"batch": 2, "labels": 3}')
    assert read_class_file([tmp_path]).names == []
    (tmp_path / "config.json").write_text('[{"name": "sky", "color": [0, 0, 0]}, {"name": "road", "color": [0, 0, 0]}]')
    found = read_class_file([tmp_path])
    assert (found.names, found.code.classes) == (["sky", "road"], ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_names_are_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("Straße\n Gebäude\n\n", encoding=encoding)
    found = read_class_file([tmp_path])
    assert found.names == ["Straße", "Gebäude"]
    assert bool(found.notes) == (encoding == "latin-1")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("classes.txt", "a\n\nb\n", "an empty line or a name twice"),
        ("classes.txt", "\n", "is empty"),
        ("classes.txt", "a\na\n", "an empty line or a name twice"),
        ("classes.csv", "name,r,g,b\na,0,0,0\nb,0,0,0\n", "has a color twice"),
        ("classes.csv", "name,r,g,b\na,0,0\n", "is not as its first one says"),
        ("classes.csv", "name,r,g,b\na,0,0,300\n", "0,0,300 is no color"),
        ("classes.csv", "value,name\n0,a\n300,b\n", "a value twice, or none from 0 to 255"),
        ("classes.csv", "value,name\n2,a\n2,b\n", "a value twice, or none from 0 to 255"),
        ("classes.csv", "name,color\na,red\nb,#00ff00\n", "'red' is no color"),
        ("classes.json", "{", "does not name classes"),
        ("classes.json", '{"a": "red"}', "'red' is no color"),
        ("classes.json", '{"classes": 3}', "does not name classes"),
        ("classes.csv", "x,y\n0,a\n", "has no columns that are known"),
        ("label_colors.txt", "sky blue\n", "expected a name and the three numbers"),
    ],
)
def test_a_mistake_is_named_with_its_file(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=f"{name} .*{words}"):
        read_class_file([tmp_path])


def test_colors_come_before_bare_names_and_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    for split, text in (("train", "a,0,0,0\nb,9,9,9\n"), ("val", "b,0,0,0\na,9,9,9\n")):
        (tmp_path / split).mkdir()
        (tmp_path / split / "classes.csv").write_text(text)
    (tmp_path / "classes.txt").write_text("x\ny\n")
    found = read_class_file([tmp_path, tmp_path / "train"])
    assert found.names == ["a", "b"]
    assert "not of classes.txt" in found.notes[0]
    with pytest.raises(UserError, match="names other classes than"):
        read_class_file([tmp_path / "train", tmp_path / "val"])


def test_a_file_of_labels_names_classes_if_it_numbers_them(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0: unlabeled\n1: person\n2: playing field\n")
    assert read_class_file([tmp_path]).names == ["unlabeled", "person", "playing field"]
    (tmp_path / "labels.txt").write_text("__ignore__\n_background_\nperson\n")
    assert read_class_file([tmp_path]).names == []


def test_without_such_a_file_there_are_no_names(tmp_path: Path) -> None:
    assert read_class_file([tmp_path]).names == []
