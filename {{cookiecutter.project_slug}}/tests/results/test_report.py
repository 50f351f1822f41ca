import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.results.analysis import METRIC
from {{ cookiecutter.package_name }}.results.bootstrap import NO_INTERVAL, interval
from {{ cookiecutter.package_name }}.results.chart import MOST_POINTS, Chart, round_values, thinned
from {{ cookiecutter.package_name }}.results.report import write_report
from {{ cookiecutter.package_name }}.results.sections import Section, Table, picture_of

HOSTILE = "<script>alert('a')</script>\" onload=\"b"
VOID = {"meta", "img", "link", "br", "input"}


class Page(HTMLParser):
    """Checks that each tag is closed where it should be, and collects attributes and texts."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def assert_whole(file: Path) -> Page:
    """Well-formed, and asks for nothing outside of itself."""
    page, text = Page(file), file.read_text(encoding="utf-8")
    for _, name, value in page.attributes:
        assert name not in ("href", "srcset", "onload")
        assert name != "src" or (value or "").startswith("data:image/jpeg;base64,")
    assert not re.search(r"url\(|@import|<script|<link|<iframe", text)
    return page


class FewImages:
    """Stands for what is collected in a test: all names in it are hostile."""

    classes = (HOSTILE, "b")
    image_size = (48, 64)
    records = dict.fromkeys(["a.png", "b.png", "c.png", "d.png"])

    def prepare(self) -> None:
        self.right = np.array([1, 1, 1, 0])

    def estimate(self, weights: np.ndarray) -> float:
        return float(weights @ self.right / weights.sum())

    def sections(self) -> list[Section]:
        chart = Chart(HOSTILE, HOSTILE, {HOSTILE: [(0, 1), (1, 3)]}, diagonal=True)
        table = Table(HOSTILE, ["", HOSTILE], [[HOSTILE, HOSTILE]], [[0.5]])
        return [Section(HOSTILE, [HOSTILE], [table], [chart], [picture_of(Image.new("RGB", (9, 9)), HOSTILE)])]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("seed: 3\nlogger:\n  url: https://me:secret@host/x\n  api_key: abcdef\n")
    curves = "step,epoch,train/loss,val/loss,val/x,lr-AdamW\n0,0,2.5,,,0.1\n5,0,,2.0,0.5,\n9,1,nan,1.0,0.75,\n"
    (tmp_path / "metrics.csv").write_text(curves)
    times = {"eager": {"1": {"median": 12.345, "p95": 20.0}}, HOSTILE: {"1": {"median": 3.0, "p95": 4.0}}}
    latency = {"threads": 1, "image_size": [48, 64], "milliseconds": times, "torch.compile": HOSTILE}
    (tmp_path / "exported").mkdir()
    found = {"file": "model.onnx", "bytes": {"model.onnx": 1_500_000}, "latency": latency}
    (tmp_path / "exported" / "model.onnx.json").write_text(json.dumps(found))
    few: Any = FewImages()
    write_report(tmp_path, tmp_path / "report.html", {METRIC: 0.75}, few, {"train": []}, {"device": HOSTILE}, {"test": "1 s"})
    return tmp_path / "report.html"


def test_texts_of_data_are_texts_on_the_page(page: Path) -> None:
    assert assert_whole(page).texts.count(HOSTILE) >= 8


def test_the_page_has_the_number_with_its_interval_and_says_how_few_images_that_is(page: Path) -> None:
    text = " ".join(assert_whole(page).texts)
    few = FewImages()
    few.prepare()
    low, high = interval(few.estimate, 4) or (0, 0)
    assert low < 0.75 < high
    assert f"{low:.3f} to {high:.3f}" in text
    assert "Only 4 images were tested" in text
    assert "0.750" in text


@pytest.mark.parametrize(("images", "said"), [(1, "Only 1 image was tested: others"), (4, "Only 4 images were tested: others")])
@pytest.mark.parametrize("right", [0, 1])
def test_where_all_images_are_right_or_wrong_there_is_no_interval(images: int, said: str, right: int, tmp_path: Path) -> None:
    few: Any = FewImages()
    few.records = dict.fromkeys(range(images))
    few.prepare = lambda: vars(few).update(right=np.full(images, right))
    (tmp_path / "config.yaml").write_text("model:\n  backbone: a\ndata:\n  root: b\n")
    write_report(tmp_path, tmp_path / "report.html", {METRIC: right}, few, {"train": []}, {}, {})
    for text in (" ".join(assert_whole(tmp_path / "report.html").texts), (tmp_path / "model_card.md").read_text()):
        assert NO_INTERVAL in text
        assert said in text
        assert "interval from" not in text
        assert "interval is wide" not in text


def test_a_number_that_no_resample_has_gives_no_interval() -> None:
    assert interval(lambda weights: np.nan, 3) is None


def test_settings_are_shown_without_secrets(page: Path) -> None:
    text = page.read_text()
    assert "seed" in text
    assert "48 x 64" in text
    assert "secret@" not in text
    assert "abcdef" not in text


def test_curves_are_drawn_from_what_was_logged(page: Path) -> None:
    text = page.read_text()
    assert all(name in text for name in ("train/loss", "val/loss", "val/x", "lr-AdamW"))
    assert text.count("<polyline") == 6  # four curves, and those of the stand-in: one and its diagonal


def test_pictures_keep_their_place_before_they_are_loaded(page: Path) -> None:
    given = {(name, value) for tag, name, value in assert_whole(page).attributes if tag == "img"}
    assert given >= {("width", "9"), ("height", "9"), ("loading", "lazy")}


def test_the_speed_of_exported_files_is_shown(page: Path) -> None:
    text = " ".join(assert_whole(page).texts)
    assert all(words in text for words in ("model.onnx 1.5 MB", "median, batch of 1", "12.35", "1 thread of the CPU"))


def test_a_run_leaves_its_page(run: Path) -> None:
    page = assert_whole(run / "report.html")
    assert any(tag == "img" for tag, *_ in page.attributes) or "There is no mistake." in page.texts
    text = " ".join(page.texts)
    assert all(word in text for word in ("Learning rate", "model.backbone", "git commit", "license of", "images trained"))


def test_axes_have_round_values_and_long_curves_few_points() -> None:
    assert round_values(0, 1) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert round_values(3, 47) == [10, 20, 30, 40]
    assert round_values(0.0001, 0.0009) == pytest.approx([0.0002, 0.0004, 0.0006, 0.0008])
    curve = [(float(number), 2.0 * number) for number in range(1000)]
    assert len(thinned(curve)) <= MOST_POINTS
    assert thinned(curve)[0] == (1.5, 3.0)
    assert thinned(curve[:3]) == curve[:3]
    flat = Chart("", "", {"a": [(1, 5), (2, 5)]})
    assert all(0 < y < 230 for _, y in flat.lines()["a"])
