from typing import Any

import numpy as np
import pytest
from pycocotools import mask as runs

from {{ cookiecutter.package_name }}.data.outlines import around, around_outline


def test_a_box_is_the_smallest_around_all_points() -> None:
    assert around([(3, 9), (1, 4), (2, 12)]) == (1, 4, 3, 12)
    assert around_outline([[5, 5, 9, 5, 9, 7], [1, 6, 2, 6, 2, 8]]) == (1, 5, 9, 8)
    assert around_outline([1, 6, 2, 6, 2, 8]) == (1, 6, 2, 8)


@pytest.mark.parametrize("seed", range(20))
def test_runs_have_the_box_that_pycocotools_gives_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 200, 2)
    inside = np.asfortranarray(random.random((height, width)) < random.choice([0.002, 0.05, 0.7]), dtype=np.uint8)
    inside[random.integers(height), random.integers(width)] = 1
    packed: Any = runs.encode(inside)
    left, top, box_width, box_height = runs.toBbox(packed)
    expected = (left, top, left + box_width, top + box_height)
    assert around_outline({"size": [height, width], "counts": bytes(packed["counts"]).decode()}) == expected
    flat = inside.flatten(order="F")
    changes = [0, *(np.flatnonzero(np.diff(flat)) + 1), flat.size]
    counts = [0] * int(flat[0]) + np.diff(changes).tolist()
    assert around_outline({"size": [height, width], "counts": counts}) == expected


@pytest.mark.parametrize("outline", [[], [[]], [[1, 2, 3]], {"size": [9, 9], "counts": [81]}, {"size": [9, 9], "counts": ""}])
def test_nothing_has_no_box(outline: object) -> None:
    with pytest.raises(ValueError, match=r"not enough values|odd number"):
        around_outline(outline)
