from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.containers import said_of_containers
from {{ cookiecutter.package_name }}.data.readers import read_source


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("data/train-00000-of-00001.parquet", "Parquet"),
        ("ld_train00-1338.tfrec", "TFRecord"),
        ("cats.tfrecord-00000-of-00002", "TFRecord"),
        ("train.npz", "NumPy"),
        ("train-images-idx3-ubyte.gz", "IDX"),
        ("cifar-10-batches-py/data_batch_1", "pickles"),
        ("photos.zip", "archive, which must be unpacked"),
        ("train_32x32.mat", "MATLAB"),
        ("train_X.bin", "bytes without a format"),
    ],
)
def test_files_that_hold_images_are_named_with_what_they_are(file: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    with pytest.raises(UserError, match=rf"{Path(file).name} may hold images \(.*{kind}.*\): write each to a file of its own"):
        read_source(tmp_path)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x80\x02}q\x01", "pickles"),
        (b"\0\0\x08\x03\0\0", "IDX"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"PK\x03\x04\x14\0", "archive"),
    ],
)
def test_the_content_counts_where_a_name_tells_nothing(start: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / "meta").write_bytes(b"")
    (tmp_path / "train").write_bytes(start)
    with pytest.raises(UserError, match=rf"found 2 without suffix; .*train may hold images \(.*{kind}"):
        read_source(tmp_path)


def test_an_archive_is_named_beside_folders_too(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").touch()
    (tmp_path / "labels.zip").touch()
    with pytest.raises(UserError, match=r"labels\.zip may hold images \(an archive, which must be unpacked\)"):
        read_source(tmp_path)


@pytest.mark.parametrize("header", ["label,1x1,1x2,1x3", "pixel0,pixel1", "label,pixel0000,pixel0001"])
def test_a_table_of_pixels_is_named_as_one(header: str, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(header + "\n")
    assert "a table of their pixels" in said_of_containers(tmp_path)


def test_nothing_is_said_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "prices.csv").write_text("label,price\n")
    assert not said_of_containers(tmp_path)
