from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.training.doubts import CollectDoubts

RIGHT = [(0.5 + number / 400, True) for number in range(200)]  # of a model that is as often right as it is sure, or more


def contested(*claims: tuple[float, bool]) -> list[str]:
    """The images whose labels are doubted, which are called by the numbers of their claims."""
    collected = CollectDoubts()
    collected.claims_of = {Path(str(number)): [claim] for number, claim in enumerate(claims)}
    return [str(path) for each in collected.findings() for path in each.files]


def test_what_a_good_model_is_surest_of_is_doubted_first() -> None:
    assert contested(*RIGHT, (0.8, False), (0.9, False), (0.4, False)) == ["201", "200"]


def test_a_model_contests_labels_only_where_it_is_right_as_a_rule() -> None:
    sure, half_sure = [(0.95, True)] * 60, [(0.7, number % 2 == 0) for number in range(40)]
    assert contested(*sure, (0.96, False), *half_sure) == ["60"]


def test_a_model_that_is_often_wrong_contests_nothing_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert contested(*[(0.9, number % 3 == 0) for number in range(60)]) == []
    assert "agree too seldom" in caplog.text
    assert contested() == []


def test_of_several_claims_about_an_image_the_surest_that_contests_counts() -> None:
    collected = CollectDoubts()
    collected.claims_of = {Path("a"): RIGHT, Path("b"): [(0.6, False), (0.8, False)], Path("c"): [(0.7, False)]}
    (found,) = collected.findings()
    assert found.files == (Path("b"), Path("c"))
