import re
from collections import Counter
from pathlib import Path

from {{ cookiecutter.package_name }}.data.examination import Examination
from {{ cookiecutter.package_name }}.data.findings import Finding, Labels
from {{ cookiecutter.package_name }}.results.doctor_page import histogram, write_page

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
