import base64
import io
import zlib

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data.runs import part_to_runs, read_runs
from {{ cookiecutter.package_name }}.data.supervisely_shapes import MOST, unpacked


def png(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("1", (width, height), 1).save(content, "PNG")
    return content.getvalue()


def test_a_part_of_an_image_becomes_runs_down_its_columns() -> None:
    assert part_to_runs(png(1, 2), (1, 0), height=3, width=4).tolist() == [3, 2, 7]


def test_runs_of_images_that_no_machine_could_hold_are_refused() -> None:
    with pytest.raises(ValueError, match=f"more than {MAX_PIXELS}"):
        read_runs([10**12], 10**12)
    with pytest.raises(ValueError, match=f"more than {MAX_PIXELS}"):
        part_to_runs(png(1, 1), (0, 0), height=10**6, width=10**6)
    with pytest.raises(ValueError, match=f"more than {MAX_PIXELS}"):
        part_to_runs(png(20_000, 10_000), (0, 0), height=3, width=4)


def test_a_small_bitmap_that_would_fill_the_memory_is_not_unpacked() -> None:
    assert unpacked(base64.b64encode(zlib.compress(b"abc")).decode()) == b"abc"
    assert len(unpacked(base64.b64encode(zlib.compress(bytes(MOST + 1))).decode())) == MOST
