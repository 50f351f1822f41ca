import numpy as np
import pytest

from {{ cookiecutter.package_name }}.results.matching import Record
from {{ cookiecutter.package_name }}.results.mistakes import costs, mistakes_in

TRUE = [(0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10), (60, 0, 70, 10), (0, 40, 10, 50)]
LABELS = [0, 0, 0, 0, 1]


def image(*found: tuple[tuple[float, float, float, float], int]) -> Record:
    """An image with five objects, of which the fourth is a crowd, and boxes with falling scores."""
    boxes, labels = np.array([box for box, _ in found], dtype=np.float32), np.array([label for _, label in found])
    true, crowds = np.array(TRUE, dtype=np.float32), np.array([False, False, False, True, False])
    return Record(boxes, np.linspace(0.9, 0.1, len(found)), labels, true, np.array(LABELS), crowds, np.full(5, 100.0))


def test_each_kind_of_mistake_is_told_from_the_others() -> None:
    found = mistakes_in(
        image(
            ((0, 0, 10, 9), 0),  # right
            ((0, 0, 10, 8), 0),  # the same again
            ((20, 0, 30, 10), 1),  # another class
            ((40, 0, 50, 4), 0),  # too small
            ((0, 40, 10, 44), 0),  # too small, and of another class
            ((80, 80, 90, 90), 0),  # nothing there
            ((60, 0, 70, 9), 0),  # in the crowd
        )
    )
    assert found.kinds == {1: "duplicate", 2: "class", 3: "place", 4: "both", 5: "background"}
    assert found.meant == {2: 1, 3: 2}
    assert found.missed == [4]


def test_a_kind_costs_what_mending_it_would_gain() -> None:
    record = image(((80, 80, 90, 90), 0), ((0, 0, 10, 10), 0), ((20, 0, 30, 10), 0), ((40, 0, 50, 10), 1))
    gained = costs([record], [mistakes_in(record)], 2)
    # Class 0 has 2/3 of its objects, behind a box of nothing; class 1 only a box that belongs to class 0.
    plain = (67 / 101 * 2 / 3 + 0) / 2
    assert gained["background"] == pytest.approx(67 / 101 / 2 - plain, abs=1e-6)
    assert gained["class"] == pytest.approx(3 / 4 / 2 - plain, abs=1e-6)
    assert gained["missed"] == pytest.approx(67 / 101 * 2 / 3 - plain, abs=1e-6)  # class 1 then has nothing to find
