import csv
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.tables import read_rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_table_of_any_usual_kind_is_read(delimiter: str, end: str, encoding: str, tmp_path: Path) -> None:
    lines = [delimiter.join(row) for row in (("file", "name"), ("1.jpg", "größe"), ('"2', f'a{delimiter}b.jpg"', "x"))]
    (tmp_path / "a.csv").write_bytes((end.join(lines) + end + end + delimiter + end).encode(encoding))
    assert read_rows(tmp_path / "a.csv") == [["file", "name"], ["1.jpg", "größe"], [f"2{delimiter}a{delimiter}b.jpg", "x"]]
    assert read_rows(tmp_path / "a.csv", 1) == [["file", "name"]]


def test_a_bar_separates_only_where_nothing_else_does_and_excel_may_be_told_what_does(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1.jpg,cat|dog|cow\n")
    assert read_rows(tmp_path / "a.csv") == [["1.jpg", "cat|dog|cow"]]
    (tmp_path / "a.csv").write_text("sep=;\r\nfile;name\r\n")
    assert read_rows(tmp_path / "a.csv") == [["file", "name"]]


def test_a_cell_may_have_a_line_break_and_an_empty_file_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('file,name\n1.jpg,"a\nb"\n')
    assert read_rows(tmp_path / "a.csv")[1] == ["1.jpg", "a\nb"]
    (tmp_path / "a.csv").write_text("")
    assert read_rows(tmp_path / "a.csv") == []


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,name\n1.jpg," + "k" * 200_000)
    limit = csv.field_size_limit(1 << 17)  # which a format may have raised
    try:
        with pytest.raises(UserError, match=r"a\.csv is no CSV \(field larger"):
            read_rows(tmp_path / "a.csv")
    finally:
        csv.field_size_limit(limit)
