import multiprocessing
import os
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.files import find_files, find_images
from {{ cookiecutter.package_name }}.data.images import read_image
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.data.shapes import KINDS, write_whole


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in find_files(root)}


def test_the_demo_images_are_the_same_for_the_same_seed_and_no_others(root: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "again", images=40)
    write_demo(tmp_path / "other", images=40, seed=1)
    assert contents(tmp_path / "again") == contents(root)
    assert contents(tmp_path / "other") != contents(root)


def test_the_demo_images_are_small_and_readable_and_show_each_kind_of_shape(root: Path) -> None:
    source = read_source(root)
    assert set(KINDS) <= set(source.classes)
    assert len({index for example in source.splits["all"] for index in example.strata}) >= len(KINDS)
    for path in find_images(root):
        channels, height, width = read_image(path).shape
        assert channels == 3
        assert 70 < min(height, width) <= max(height, width) <= 160


def test_an_interrupted_writing_leaves_no_folder_of_that_name(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "1.jpg").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "demo", interrupted)
    assert not (tmp_path / "demo").exists()
    write_whole(tmp_path / "demo", lambda folder: (folder / "2.jpg").touch())
    assert contents(tmp_path / "demo") == {"2.jpg": b""}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_what_a_process_left_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    def killed(folder: Path) -> None:
        (folder / "1.jpg").touch()
        os._exit(9)

    arguments = (tmp_path / "demo", killed)
    process = multiprocessing.get_context("fork").Process(target=write_whole, args=arguments)  # pyright: ignore[reportAttributeAccessIssue]
    process.start()
    process.join(60)
    assert [path.is_dir() for path in tmp_path.iterdir()] == [True]
    write_whole(tmp_path / "demo", lambda folder: (folder / "2.jpg").touch())
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_what_another_process_has_written_meanwhile_stays(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        write_whole(tmp_path / "demo", lambda folder: (folder / "first.jpg").touch())
        (folder / "second.jpg").touch()

    write_whole(tmp_path / "demo", write)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["first.jpg"]
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
