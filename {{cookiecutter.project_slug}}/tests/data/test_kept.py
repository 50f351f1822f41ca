import csv
import errno
import os
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.kept import find_kept, keep


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, str]:
    """Splits of images in the folder `photos`."""
    (tmp_path / "photos").mkdir()
    for number in range(5):
        (tmp_path / "photos" / f"{number}, a.jpg").write_text("x" * number)
    return {f"{number}, a.jpg": "val" if number == 1 else "train" for number in range(5)}


def test_what_was_kept_is_found_and_can_be_read(photos: dict[str, str], tmp_path: Path) -> None:
    keep(tmp_path / "photos", None, tmp_path / "kept", "seed0.csv", photos)
    file, splits = find_kept(tmp_path / "photos", tmp_path / "kept", "seed0.csv")
    assert splits == photos
    assert file
    with file.open(newline="") as opened:
        assert list(csv.reader(opened))[:3] == [["path", "bytes", "split"], ["0, a.jpg", "0", "train"], ["1, a.jpg", "1", "val"]]
    assert find_kept(tmp_path / "photos", tmp_path / "kept", "seed1.csv") == (None, {})


def test_what_is_kept_is_flushed_to_the_disk(photos: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append(os.fstat(number).st_ino))
    file, _ = keep(tmp_path / "photos", None, tmp_path / "kept", "seed0.csv", photos)
    assert flushed == [file.stat().st_ino, file.parent.stat().st_ino]


def test_images_tell_which_file_is_theirs(photos: dict[str, str], tmp_path: Path) -> None:
    keep(tmp_path / "photos", None, tmp_path / "kept", "seed0.csv", photos)
    root = (tmp_path / "photos").rename(tmp_path / "other")
    (root / "0, a.jpg").unlink()
    (root / "1, a.jpg").write_text("changed")
    assert find_kept(root, tmp_path / "kept", "seed0.csv")[1] == photos
    (root / "2, a.jpg").write_text("changed")
    assert find_kept(root, tmp_path / "kept", "seed0.csv") == (None, {})


def test_of_several_files_that_fit_the_one_with_most_images_is_taken_and_then_the_one_with_fewest_others(
    photos: dict[str, str], tmp_path: Path
) -> None:
    root, kept = tmp_path / "photos", tmp_path / "kept"
    part = dict.fromkeys([*photos][:3], "test")
    for name, splits in {"1": part, "2": photos | {"gone.jpg": "val"}, "3": photos, "4": part}.items():
        keep(root, kept / f"{name}-seed0.csv", kept, "seed0.csv", splits)
    assert find_kept(root, kept, "seed0.csv") == (kept / "3-seed0.csv", photos)


def test_the_file_that_a_training_has_used_goes_before_others_that_fit_better(photos: dict[str, str], tmp_path: Path) -> None:
    root, kept = tmp_path / "photos", tmp_path / "kept"
    grown = photos | {f"of others {number}.jpg": "val" for number in range(9)}
    keep(root, kept / "used-seed0.csv", kept, "seed0.csv", grown)
    keep(root, kept / "a-seed0.csv", kept, "seed0.csv", dict.fromkeys(photos, "test"))
    assert find_kept(root, kept, "seed0.csv", "used-seed0.csv") == (kept / "used-seed0.csv", grown)
    other = tmp_path / "other"
    other.mkdir()
    assert find_kept(other, kept, "seed0.csv", "used-seed0.csv") == (None, {})


def test_images_that_come_are_added_and_those_that_went_stay(photos: dict[str, str], tmp_path: Path) -> None:
    root, kept = tmp_path / "photos", tmp_path / "kept"
    keep(root, None, kept, "seed0.csv", photos)
    (root / "0, a.jpg").rename(root / "new.jpg")
    del photos["0, a.jpg"]
    keep(root, find_kept(root, kept, "seed0.csv")[0], kept, "seed0.csv", photos | {"new.jpg": "test"})
    assert find_kept(root, kept, "seed0.csv")[1] == photos | {"0, a.jpg": "train", "new.jpg": "test"}


def test_files_without_sizes_are_known_by_names(photos: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "photos-seed0.csv"
    file.write_text('path,split\n"0, a.jpg",test\n"1, a.jpg",train\n')
    assert find_kept(tmp_path / "photos", tmp_path, "seed0.csv") == (file, {"0, a.jpg": "test", "1, a.jpg": "train"})


def test_a_damaged_file_is_refused(photos: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "photos-seed0.csv").write_text("<<<<<<< HEAD\n")
    with pytest.raises(UserError, match=r"photos-seed0\.csv does not start with path,bytes,split"):
        find_kept(tmp_path / "photos", tmp_path, "seed0.csv")


def test_on_a_read_only_file_system_it_is_said_that_nothing_is_kept(
    photos: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    _, said = keep(tmp_path / "photos", None, tmp_path / "elsewhere", "seed0.csv", photos)
    assert said.startswith("not kept, since")
    assert "read-only" in said
