import shutil
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import readers
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.readers import FORMATS, find_format, name_of, read_source


class Anything:
    """A format that every folder has."""

    NAME = "anything"
    EXPECTED = "anything at all"

    def __init__(self, found: bool) -> None:
        self.found = found

    def matches(self, root: Path) -> bool:
        return self.found

    def read(self, root: Path) -> Source:
        raise UserError(f"{root} was read")


def test_the_demo_images_are_in_a_known_format(root: Path) -> None:
    source = read_source(root)
    assert find_format(root) in FORMATS
    assert source.format.startswith(find_format(root).NAME)
    assert len(source.splits["all"]) == 40
    assert not source.notes


def test_the_first_format_that_matches_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Anything(found=False), Anything(found=True)
    (tmp_path / "1.jpg").touch()
    monkeypatch.setattr(readers, "FORMATS", (first, second, *FORMATS))
    assert find_format(tmp_path) is second
    with pytest.raises(UserError, match="was read"):
        read_source(tmp_path)


def test_a_folder_in_no_format_is_refused_with_what_is_looked_for_and_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "more").mkdir()
    with pytest.raises(UserError, match=r"found 1 folder \(more\), 1 \.txt") as refused:
        read_source(tmp_path)
    assert all(candidate.EXPECTED in str(refused.value) for candidate in FORMATS)


def test_a_format_may_be_named_by_its_module(root: Path) -> None:
    found = find_format(root)
    assert find_format(root, name_of(found)) is found
    assert read_source(root, format=name_of(found)) == read_source(root)
    with pytest.raises(UserError, match=rf"data\.format=tables is no known format: expected one of .*{name_of(found)}"):
        read_source(root, format="tables")


def test_a_format_that_is_named_but_not_there_is_refused_with_what_it_looks_for(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the format .* that data.format names: expected .*; found nothing") as refused:
        read_source(tmp_path, format=name_of(FORMATS[0]))
    assert FORMATS[0].EXPECTED in str(refused.value)


def test_data_are_found_in_folders_that_only_wrap_them(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "archive" / "data set")
    (tmp_path / "archive" / "__MACOSX").mkdir()
    (tmp_path / "README.txt").touch()
    source = read_source(tmp_path)
    assert source.format == f"{read_source(root).format} in archive/data set/"
    assert len(source.splits["all"]) == 40


def test_the_innermost_of_folders_that_only_wrap_is_read_and_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "archive" / "data").mkdir(parents=True)
    (tmp_path / "LICENSE.txt").touch()
    (tmp_path / "archive" / "notes.txt").touch()
    with pytest.raises(UserError, match=r"found 1 folder \(data\), 1 \.txt in archive/$"):
        read_source(tmp_path)
    monkeypatch.setattr(readers, "FORMATS", (Anything(found=True),))
    (tmp_path / "archive" / "data" / "1.jpg").touch()
    with pytest.raises(UserError, match=r"archive was read"):
        read_source(tmp_path)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("train.zip", r"; .*train\.zip may hold images \(an archive, which must be unpacked\)"),
        ("1.dcm", r" of a kind that is read: convert those such as .*1\.dcm \(1\) to JPEG or PNG"),
        ("notes.txt", ": put them there"),
    ],
)
def test_annotations_without_images_are_refused_with_what_may_hold_these(
    file: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / file).touch()
    monkeypatch.setattr(readers, "FORMATS", (Anything(found=True),))
    with pytest.raises(UserError, match=f"has anything, but no images{said}"):
        read_source(tmp_path)


def test_folders_that_can_be_read_by_themselves_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("empty/all", "png/all", "tiff/all"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(Anything, "matches", lambda self, root: root.name == "all")
    monkeypatch.setattr(readers, "FORMATS", (Anything(found=True),))
    (tmp_path / "png" / "all" / "1.png").touch()
    with pytest.raises(UserError, match=r"; \S*png.all can be read \(anything\): give it as data\.root$"):
        read_source(tmp_path)
    (tmp_path / "tiff" / "all" / "1.tiff").touch()
    with pytest.raises(UserError, match=r"; \S*png.all and \S*tiff.all can be read \(anything\): give one as data\.root$"):
        read_source(tmp_path)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere is not an existing folder: .* or the shards that `uv run shards` has written"):
        find_format(tmp_path / "nowhere")


def test_lists_beside_the_images_divide_these_in_any_format(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "data")
    images = [each.image.relative_to(tmp_path / "data").as_posix() for each in read_source(tmp_path / "data").splits["all"]]
    for name, listed in (("train", images[::2]), ("test", images[1::2])):
        (tmp_path / "data" / f"{name}.txt").write_text("\n".join(listed), encoding="utf-8")
    assert {split: len(members) for split, members in read_source(tmp_path / "data").splits.items()} == {"train": 20, "test": 20}
