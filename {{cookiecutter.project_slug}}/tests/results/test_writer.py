import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.results import writer
from {{ cookiecutter.package_name }}.results.writer import PredictionWriter


class Lines:
    """Output of a task that writes a line for each image."""

    def __init__(self, classes: list[str], file: Path) -> None:
        self.file = file.open("w", encoding="utf-8")

    def add(self, path: str, name: str, prediction: dict[str, Any], size: tuple[int, int]) -> None:
        self.file.write(f"{path} {size[1]}x{size[0]}\n")

    def close(self, whole: bool) -> None:
        self.file.close()


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "NAMES", ("lines.txt",))
    monkeypatch.setattr(writer, "Output", Lines)
    monkeypatch.setattr(writer, "draw_prediction", lambda image, *args: Image.new("RGB", (image.shape[2], image.shape[1])))


def write(folder: Path, *names: str, pictures: bool = True) -> None:
    with PredictionWriter(folder, ["a"], pictures) as results:
        for name in names:
            results.add(f"/photos/{name}.png", name, {}, (20, 30), torch.zeros(3, 20, 30, dtype=torch.uint8))
            results.skip(f"/photos/{name}.txt", "no image, but a text")
    assert results.count == len(names)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_everything_has_its_name_in_the_end(tmp_path: Path) -> None:
    write(tmp_path / "new", "1", "below/2")
    assert files(tmp_path / "new") == {"lines.txt", "skipped.csv", "pictures/1.jpg", "pictures/below/2.jpg"}
    assert (tmp_path / "new" / "lines.txt").read_text() == "/photos/1.png 30x20\n/photos/below/2.png 30x20\n"
    with (tmp_path / "new" / "skipped.csv").open(encoding="utf-8") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["no image, but a text"] * 2


def test_without_pictures_nothing_is_drawn_and_skipped_is_there_though_empty(tmp_path: Path) -> None:
    write(tmp_path, pictures=False)
    assert files(tmp_path) == {"lines.txt", "skipped.csv"}
    assert (tmp_path / "skipped.csv").read_text() == "path,reason\n"


def test_an_exception_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    def interrupted() -> None:
        with PredictionWriter(tmp_path, ["a"]) as results:
            results.add("/photos/1.png", "1", {}, (20, 30), torch.zeros(3, 20, 30, dtype=torch.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert files(tmp_path) == {"lines.txt.part", "skipped.csv.part", "pictures.part/1.jpg"}
    write(tmp_path, "2")
    assert files(tmp_path) == {"lines.txt", "skipped.csv", "pictures/2.jpg"}


def test_results_of_an_earlier_run_are_not_mixed_in_and_stay_until_the_new_ones_are_whole(tmp_path: Path) -> None:
    write(tmp_path, "1", "2")
    (tmp_path / "config.yaml").write_text("of the run")
    with PredictionWriter(tmp_path, ["a"]):
        assert files(tmp_path) >= {"lines.txt", "pictures/1.jpg", "pictures/2.jpg"}
    write(tmp_path, "3", pictures=False)
    assert files(tmp_path) == {"lines.txt", "skipped.csv", "config.yaml"}
