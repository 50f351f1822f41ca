import numpy as np
import pytest

from {{ cookiecutter.package_name }}.data.input_size import as_set, input_size, resized, shrunk, with_both_sides

LANDSCAPE, UPRIGHT, WIDE, SQUARE = (3, 4), (4, 3), (9, 16), (1, 1)


def found(image_size: int | list[int], *shapes: tuple[int, tuple[int, int]], stride: int = 32) -> tuple[int, int]:
    """The input for so many images of each shape, of several sizes."""
    sizes = [np.array(shape) * (20 + number % 7) for count, shape in shapes for number in range(count)]
    heights, widths = np.array(sizes).T
    return input_size(image_size, heights, widths, stride)


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(100, LANDSCAPE)], (256, 320)),
        ([(100, UPRIGHT)], (320, 256)),
        ([(100, WIDE)], (192, 320)),
        ([(100, (1, 40))], (32, 320)),
        ([(100, SQUARE)], (320, 320)),
        ([(91, LANDSCAPE), (9, UPRIGHT)], (256, 320)),  # a few stray ones
        ([(85, LANDSCAPE), (15, UPRIGHT)], (320, 320)),  # lying and upright
        ([(50, WIDE), (50, (16, 9))], (320, 320)),
        ([(70, LANDSCAPE), (30, SQUARE)], (320, 320)),  # which would come out smaller
        ([(60, WIDE), (40, LANDSCAPE)], (256, 320)),  # the wide ones lose nothing
        ([(1, LANDSCAPE)], (256, 320)),
    ],
)
def test_the_shorter_side_is_what_nine_in_ten_images_fill(
    shapes: list[tuple[int, tuple[int, int]]], expected: tuple[int, int]
) -> None:
    assert found(320, *shapes) == expected


def test_no_image_of_the_common_shape_is_smaller_than_on_a_square_and_only_rounding_leaves_a_border() -> None:
    for height, width in ((3, 4), (2, 3), (9, 16), (5, 7)):
        for longest in (64, 320, 640, 1024):
            tall, wide = found(longest, (20, (height, width)))
            assert wide == longest
            assert tall % 32 == 0
            assert 0 <= tall - longest * height / width < 32


def test_part_of_a_pixel_is_not_rounded_up_to_a_stride() -> None:
    assert input_size(512, np.array([961]), np.array([1280])) == (384, 512)


def test_two_numbers_stay_and_so_do_squares_that_no_stride_divides() -> None:
    assert found([480, 641], (9, UPRIGHT)) == (480, 641)
    assert found(300, (9, LANDSCAPE)) == (300, 300)
    assert found(224, (9, LANDSCAPE), stride=14) == (168, 224)
    assert input_size(320, np.array([]), np.array([])) == (320, 320)


def test_an_input_of_another_size_keeps_its_shape() -> None:
    assert resized(640, (256, 320), 32) == (512, 640)
    assert resized(96, (64, 64), 32) == (96, 96)
    assert resized(500, (240, 320), 32) == (384, 500)


def test_one_number_in_settings_of_before_is_a_square() -> None:
    assert with_both_sides({"image_size": 64, "seed": 1}) == {"image_size": [64, 64], "seed": 1}
    assert with_both_sides({"image_size": [64, 96]}) == {"image_size": [64, 96]}


def test_messages_say_what_can_be_typed() -> None:
    assert as_set((64, 64)) == "64"
    assert as_set((64, 96)) == "[64,96]"


@pytest.mark.parametrize(
    ("size", "part", "expected"),
    [
        ((320, 320), 0.5, (160, 160)),
        ((320, 320), 0.51, (192, 192)),
        ((192, 320), 0.5, (96, 160)),
        ((320, 192), 0.99, (320, 192)),
        ((250, 333), 0.5, (154, 173)),  # less by a multiple of 32
        ((128, 128), 0.1, (64, 64)),
        ((96, 320), 0.1, (64, 224)),  # of its shape, though the longer side could be less
        ((64, 640), 0.5, (64, 640)),
        ((32, 32), 0.5, (32, 32)),
    ],
)
def test_a_smaller_input_keeps_its_shape_and_is_not_too_small(
    size: tuple[int, int], part: float, expected: tuple[int, int]
) -> None:
    assert shrunk(size, part) == expected
