from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.codes import find_code
from {{ cookiecutter.package_name }}.data.example import Code
from {{ cookiecutter.package_name }}.data.survey import Contents

ROOT = Path("data")
RED, BLUE, BLACK = 0xFF0000, 0x0000FF, 0
COLORS = Code(((BLUE, 0), (RED, 1), (BLACK, 2)), colored=True)
NAMES = ["sky", "road", "void"]


def code_of(
    *masks: Contents, names: list[str] | None = None, colors: Code | None = None
) -> tuple[dict[int, int], list[str], list[str]]:
    """The class of each value, the names, and what is noted."""
    notes: list[str] = []
    contents = {Path(f"{number}.png"): each for number, each in enumerate(masks)}
    code, found = find_code(contents, names or [], colors or Code(), ROOT, notes)
    return dict(code.classes), found, notes


def numbers(*values: int, each: int = 50) -> Contents:
    return Contents(dict.fromkeys(values, each))


def test_numbers_are_classes_and_255_is_ignored() -> None:
    assert code_of(numbers(0, 1, 255), numbers(0, 2)) == ({0: 0, 1: 1, 2: 2, 255: 255}, ["class 0", "class 1", "class 2"], [])


def test_a_value_0_that_no_pixel_has_is_no_class_unless_a_file_names_it() -> None:
    classes, names, notes = code_of(numbers(1, 2, 255), numbers(3))
    assert (classes, names) == ({1: 0, 2: 1, 3: 2, 255: 255}, ["class 1", "class 2", "class 3"])
    assert notes == ["no pixel has the value 0, which is no class, then: the first one is class 1"]
    assert code_of(numbers(1, 2), names=NAMES)[:2] == ({0: 0, 1: 1, 2: 2, 255: 255}, NAMES)
    assert code_of(numbers(1, 2), numbers(0, 3))[0] == {0: 0, 1: 1, 2: 2, 3: 3, 255: 255}


def test_a_value_0_that_is_ignored_moves_no_other_class() -> None:
    code, _ = find_code({Path("0.png"): numbers(0, 1, 2)}, [], Code(), ROOT, [], ignore_index=0)
    assert dict(code.classes) == {0: 0, 1: 1, 2: 2, 255: 255}


def test_only_0_and_255_are_background_and_foreground() -> None:
    assert code_of(numbers(0, 255), numbers(0)) == ({0: 0, 255: 1}, ["background", "foreground"], [])
    assert code_of(numbers(0, 255), names=["ground", "roof"])[1] == ["ground", "roof"]
    with pytest.raises(UserError, match="all pixels are ignored"):
        code_of(numbers(255))


def test_more_classes_than_masks_of_0_and_255_can_tell_apart_are_refused() -> None:
    with pytest.raises(UserError, match="only 0 and 255, but names 3 classes"):
        code_of(numbers(0, 255), names=NAMES)


def test_smoothed_edges_are_cut_in_the_middle_and_counted() -> None:
    smoothed = Contents({0: 800, 255: 180, 40: 5, 127: 5, 128: 5, 200: 5})
    classes, names, notes = code_of(smoothed, numbers(0, 255, each=500))
    assert (classes[127], classes[128], classes[255]) == (0, 1, 1)
    assert names == ["background", "foreground"]
    assert "1 masks have values between 0 and 255, as at smoothed edges, 0.png among them" in notes[0]
    assert "(20 pixels, 1.00% of all)" in notes[0]


def test_masks_in_a_lossy_format_are_noted_once() -> None:
    notes: list[str] = []
    find_code({Path(f"{number}.jpg"): numbers(0, 255) for number in range(3)}, [], Code(), ROOT, notes)
    assert notes == ["3 masks of two values are in a lossy format, 0.jpg among them: they are cut in the middle"]


def test_masks_with_hundreds_of_shades_are_smoothed_even_without_255() -> None:
    assert code_of(Contents({value: 300 - value for value in range(255)}))[1] == ["background", "foreground"]


@pytest.mark.parametrize("values", [{0: 800, 255: 150, 128: 50}, {0: 800, 255: 150, 1: 20, 2: 10, 3: 10, 4: 10}])
def test_values_that_may_be_classes_are_not_cut(values: dict[int, int]) -> None:
    if 128 in values:
        with pytest.raises(UserError, match=r"0, 128, which do not look like class indices"):
            code_of(Contents(values))
    else:
        assert len(code_of(Contents(values))[1]) == 5


def test_a_mixture_of_1_and_255_for_the_foreground_is_refused() -> None:
    with pytest.raises(UserError, match=r"1 masks of 0 and 1, 0\.png among them, and 2 of 0 and 255, 1\.png among them"):
        code_of(numbers(0, 1), numbers(0, 255), numbers(0, 255))
    assert code_of(numbers(0, 1, 255), numbers(0, 255))[0] == {0: 0, 1: 1, 255: 255}
    assert code_of(numbers(0, 1), numbers(0, 255), names=NAMES)[0] == {0: 0, 1: 1, 2: 2, 255: 255}


def test_a_value_beyond_the_named_classes_is_refused_with_its_file() -> None:
    with pytest.raises(UserError, match=r"1\.png has the value 2: expected 0 to 1 .*does the class file lack class 0"):
        code_of(numbers(0, 1), numbers(2), names=["roof", "tree"])


def test_numbers_of_objects_are_no_classes_unless_they_are_named() -> None:
    masks = [numbers(*range(count + 1)) for count in (5, 20, 11)]
    with pytest.raises(UserError, match=r"look like numbers of objects, not like classes: .*1\.png to 20: .*classes\.txt"):
        code_of(*masks)
    assert len(code_of(*masks, names=[f"cell {number}" for number in range(21)])[1]) == 21
    assert len(code_of(*masks, numbers(0, 7))[1]) == 21


def test_a_few_objects_in_each_mask_are_known_by_many_masks() -> None:
    masks = [numbers(*range(count + 1)) for count in (1, 2, 3) * 4]
    with pytest.raises(UserError, match=r"look like numbers of objects, not like classes: .*2\.png to 3: .*classes\.txt"):
        code_of(*masks)
    assert len(code_of(*masks, names=["ground", "cup", "plate", "fork"])[1]) == 4


@pytest.mark.parametrize(
    "counts",
    [
        (1, 2, 3),  # too few masks to tell
        (0, 1, 2) * 20,  # a tumor is in an organ
        (1, 2, *[3] * 40),  # a pupil is in an iris, and this between lids
        (0, 1) * 40,
    ],
)
def test_classes_without_gaps_are_no_numbers_of_objects(counts: tuple[int, ...]) -> None:
    assert len(code_of(*(numbers(*range(count + 1)) for count in counts))[1]) == max(counts) + 1


def test_a_mask_that_lacks_a_value_below_its_last_one_is_of_classes() -> None:
    masks = [numbers(*range(count + 1)) for count in (1, 2, 3) * 20]
    assert len(code_of(*masks, numbers(0, 1, 3))[1]) == 4


VALUES = Code(((7, 0), (26, 1)))


def test_values_that_are_named_may_have_gaps() -> None:
    expected = {7: 0, 26: 1, 255: 255}, ["road", "car"], []
    assert code_of(numbers(7, 26), numbers(7, 255), names=["road", "car"], colors=VALUES) == expected
    assert code_of(numbers(0, 255), names=["cup", "rest"], colors=Code(((0, 0), (255, 1))))[0] == {0: 0, 255: 1}


def test_of_values_0_alone_may_have_no_name_and_is_the_background_then() -> None:
    classes, names, notes = code_of(numbers(0, 7), numbers(26), names=["road", "car"], colors=VALUES)
    assert (classes, names) == ({0: 0, 7: 1, 26: 2, 255: 255}, ["background", "road", "car"])
    assert "data.ignore_index=0 leaves it out" in notes[0]
    code, names = find_code({Path("0.png"): numbers(0, 7)}, ["road", "car"], VALUES, ROOT, notes, ignore_index=0)
    assert (dict(code.classes), names) == ({7: 0, 26: 1, 255: 255}, ["road", "car"])
    with pytest.raises(UserError, match=r"the values 0, 9, which its class file does not name \(0\.png among them\)"):
        code_of(numbers(0, 7, 9), names=["road", "car"], colors=VALUES)


def test_a_name_for_pixels_without_a_class_beside_255_may_move_the_others_and_is_refused() -> None:
    names = ["unlabeled", "person", "car", "wood"]
    with pytest.raises(UserError, match=r"names the value 0 unlabeled, but has masks with 255, .* and 0 for person: write classes"):
        code_of(numbers(0, 1, 2, 255), names=names)
    assert code_of(numbers(0, 1, 2), names=names)[1] == names
    assert code_of(numbers(0, 1, 3, 255), names=names)[1] == names
    assert code_of(numbers(0, 255), names=names[:2])[0] == {0: 0, 255: 1}
    code, found = find_code({Path("1.png"): numbers(0, 1, 2, 255)}, names, Code(), ROOT, [], ignore_index=255)
    assert (found, len(code.classes)) == (names, 5)


def test_a_single_name_is_that_of_class_1() -> None:
    classes, names, notes = code_of(numbers(0, 1), names=["roof"])
    assert (classes[1], names) == (1, ["background", "roof"])
    assert "class 1" in notes[0]


def test_colors_are_read_as_they_are_named() -> None:
    classes, names, notes = code_of(Contents({BLUE: 9, RED: 1}, colored=True), Contents({BLACK: 9}), names=NAMES, colors=COLORS)
    assert classes == {BLUE: 0, RED: 1, BLACK: 2}
    assert (names, notes) == (NAMES, [])


def test_palettes_of_named_colors_are_read_by_color_and_plain_numbers_are_not() -> None:
    palette = Contents({0: 9, 7: 1}, palette={0: BLUE, 7: RED})
    assert code_of(palette, names=NAMES, colors=COLORS)[0] == {BLUE: 0, RED: 1, BLACK: 2}
    assert code_of(numbers(0, 1, 2), names=NAMES, colors=COLORS)[0] == {0: 0, 1: 1, 2: 2, 255: 255}


def test_palettes_of_two_orders_are_read_by_color_or_refused_if_nothing_names_the_colors() -> None:
    masks = Contents({0: 9, 1: 1}, palette={0: BLUE, 1: RED}), Contents({0: 1, 1: 9}, palette={0: RED, 1: BLUE})
    assert code_of(*masks, names=NAMES, colors=COLORS)[0] == {BLUE: 0, RED: 1, BLACK: 2}
    said = r"whose palettes differ: 0 is the color 0,0,255 in 0\.png and the color 255,0,0 in 1\.png: .*classes\.csv"
    for names in ([], ["sky", "road"]):
        with pytest.raises(UserError, match=said):
            code_of(*masks, names=names)


def test_palettes_of_two_orders_of_gray_are_read_by_their_shades() -> None:
    black_first = Contents({0: 9, 1: 1}, palette={0: 0, 1: 0xFFFFFF})
    white_first = Contents({0: 1, 1: 9}, palette={0: 0xFFFFFF, 1: 0})
    assert code_of(black_first, white_first) == ({0: 0, 0xFFFFFF: 1}, ["background", "foreground"], [])
    assert code_of(black_first, black_first)[1] == ["class 0", "class 1"]


def test_palettes_that_differ_in_colors_that_no_pixel_has_are_one() -> None:
    masks = Contents({0: 9, 1: 1}, palette={0: BLACK, 1: RED}), Contents({0: 9}, palette={0: BLACK})
    assert code_of(*masks)[1] == ["class 0", "class 1"]


def test_the_borders_in_palettes_are_ignored_though_their_color_has_no_name() -> None:
    palette = Contents({0: 5, 7: 1, 255: 4}, palette={0: BLUE, 7: RED, 255: 0xE0E0C0})
    assert code_of(palette, names=NAMES, colors=COLORS)[0] == {BLUE: 0, RED: 1, BLACK: 2, 0xE0E0C0: 255}


def test_colors_without_names_are_refused_the_most_frequent_first() -> None:
    with pytest.raises(UserError, match=r"0,0,255 \(90 pixels, 90\.00%\); 255,0,0 \(10 pixels, .*classes\.csv.*background,0,0,255"):
        code_of(Contents({RED: 10, BLUE: 90}, colored=True))


def test_a_color_that_is_not_named_is_refused_with_count_and_file() -> None:
    with pytest.raises(UserError, match=r"0,255,0 \(20 pixels, 10\.00%\) \(in 1 masks, 1\.png among them\)"):
        code_of(Contents({BLUE: 100}, colored=True), Contents({BLUE: 80, 0x00FF00: 20}, colored=True), names=NAMES, colors=COLORS)


def test_a_few_pixels_of_colors_between_those_that_are_named_are_ignored_and_counted() -> None:
    notes: list[str] = []
    mask = Contents({BLUE: 990, 0x000080: 6, 0x800000: 4}, colored=True)
    code, _ = find_code({Path("0.png"): mask}, NAMES, COLORS, ROOT, notes)
    assert code.others_ignored
    assert "10 pixels of colors that are no class" in notes[0]


def test_a_mask_in_the_transparency_is_refused() -> None:
    with pytest.raises(UserError, match=r"0\.png has a single color, and its mask is in the transparency"):
        code_of(Contents({0: 9}, only_alpha=True))
