import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data.checks import look_at
from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.examination import Examination
from {{ cookiecutter.package_name }}.data.findings import Finding, Labels
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.results.doctor_page import Album, histogram, write_page

HOSTILE = "<script>alert('&')</script>"


def test_names_in_data_cannot_become_part_of_the_page(tmp_path: Path) -> None:
    image = tmp_path / f"{HOSTILE.replace('/', ' ')}.jpg"
    finding = Finding("odd", "warning", 1, (image,), HOSTILE)
    found = Examination(HOSTILE, [HOSTILE], {HOSTILE: [image]}, labels=Labels({image: Counter([0])}), findings=[finding])
    write_page(tmp_path / "page.html", found, tmp_path / "<b>", 10**6, "light")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page.split("<title>")[1].split("</title>")[0]
    assert page.count("&lt;script&gt;") >= 4


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", Examination(), tmp_path, 10**6, "light")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.findall(r"https?:|@import|url\(|<link|<script|src=(?!\"data:)", page)


def test_a_histogram_counts_each_value_once_in_ranges_that_touch() -> None:
    assert histogram([0, 1, 1, 3]) == [("0", 1), ("1", 2), ("2", 0), ("3", 1)]
    assert histogram([]) == []
    assert histogram([5]) == [("5", 1)]
    for values in ([1.5] * 3, [0.1, 0.25, 7.7], list(range(0, 5000, 7))):
        bars = histogram(values)
        assert sum(count for _, count in bars) == len(values)
        assert len(bars) <= 13


@pytest.mark.parametrize("size", [(2000, 3), (3, 2000)])
def test_an_image_of_any_shape_has_a_picture(size: tuple[int, int], tmp_path: Path) -> None:
    write_demo(tmp_path, images=10)
    example = read_source(tmp_path).splits["all"][0]
    Image.new("RGB", size).save(example.image)
    looks = look_at([example.image], MAX_PIXELS)[0]
    found = Examination("", ["a", "b", "c", "d"], looks=looks, examples={example.image: example})
    (picture,) = Album(found, tmp_path, MAX_PIXELS).draw([example.image])
    assert picture.uri or "pixels" in picture.caption  # what does not fit its image
