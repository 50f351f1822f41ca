import math
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import PARTS, Annotation, Example, Object
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.labels import label

ROOT = Path("photos")
BOX = (1.0, 2.0, 5.0, 4.0)


def thing(name: str, box: tuple[float, float, float, float] = BOX, crowd: bool = False, area: float = 8) -> Object:
    return Object(name, box, crowd, area)


def source(*images: list[Object], size: tuple[float, float] | None = None) -> Source[Annotation]:
    annotations = [Annotation(Path(f"{number}.jpg"), tuple(objects), size) for number, objects in enumerate(images)]
    return Source("objects", sorted({thing.name for objects in images for thing in objects}), {"all": annotations})


def test_no_object_is_left_out_or_changed() -> None:
    objects = [thing("dog", area=3), thing("cat", (-5, 0, 900, 0)), thing("dog", crowd=True)]
    labeled = label(source(objects, []), ROOT)
    assert labeled.classes == ["cat", "dog"]
    assert labeled.splits["all"] == [
        Example(Path("0.jpg"), (BOX, (-5, 0, 900, 0), BOX), (1, 0, 1), (False, False, True), (3, 8, 8)),
        Example(Path("1.jpg"), (), (), (), ()),
    ]


def test_the_strata_are_the_classes_in_an_image_and_crowds_are_of_none() -> None:
    images = [[thing("cat"), thing("dog")], [thing("cat")], [thing("cat")], [thing("dog", crowd=True)]]
    assert [set(example.strata) for example in label(source(*images), ROOT).splits["all"]] == [{0, 1}, {0}, {0}, set()]


def test_a_trained_model_gives_the_indices() -> None:
    assert label(source([thing("dog")]), ROOT, classes=["bird", "dog"]).splits["all"][0].labels == (1,)
    with pytest.raises(UserError, match=r"0\.jpg has an object of the class dog: expected one of bird"):
        label(source([thing("dog")]), ROOT, classes=["bird"])


def test_what_is_not_learned_from_is_counted_and_said() -> None:
    assert not label(source([thing("dog")]), ROOT).notes
    outside, flat, crowd = thing("dog", (90, 0, 99, 9)), thing("dog", (3, 3, 3, 9)), thing("dog", crowd=True)
    (said,) = label(source([thing("dog")], [outside, flat, outside], size=(80, 60)), ROOT).notes
    assert "without area in their image: 3, as in 1.jpg" in said
    (said,) = label(source([outside, flat]), ROOT).notes  # nobody knows how large the image is
    assert "without area in their image: 1, as in 0.jpg" in said
    (said,) = label(
        source([thing("dog")], [thing("dog", (-9, 0, 5, 9)), thing("dog", (0, 0, 80.3, 60))], size=(80, 60)), ROOT
    ).notes
    assert "partly outside of their image: 1, as in 1.jpg" in said
    (said,) = label(source([thing("dog"), crowd, crowd]), ROOT).notes
    assert "crowds or difficult objects: 2" in said


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(UserError, match="photos has annotations but no object"):
        label(source([]), ROOT)
    with pytest.raises(UserError, match="several classes of the name dog"):
        label(Source("twice", ["dog", "cat", "dog"], {"all": []}), ROOT)
    for name in (" ", "two\nlines", "\u2028"):
        with pytest.raises(UserError, match="a class of the name"):
            label(source([thing(name)]), ROOT)
    for broken in (thing("dog", (0, 0, math.nan, 1)), thing("dog", area=math.inf), thing("dog", (0, 0, 1e30, 1))):
        with pytest.raises(UserError, match=r"0\.jpg has an object with the box"):
            label(source([broken]), ROOT)


def test_a_data_set_with_hardly_a_box_of_area_is_refused_with_what_may_be_wrong() -> None:
    swapped = thing("dog", (40, 50, 10, 10))
    with pytest.raises(UserError, match=r"^0 of the 1 objects in photos .* that of 0\.jpg from \(40, 50\) to \(10, 10\)"):
        label(source([swapped]), ROOT)
    with pytest.raises(UserError, match=r"^1 of the 11 objects in photos have area .*corners may be exchanged"):
        label(source([thing("dog"), *[thing("dog", (90, 0, 99, 9))] * 10], size=(80, 60)), ROOT)
    label(source([thing("dog"), *[swapped] * 9]), ROOT)
    label(source([thing("dog"), *[thing("dog", (1, 1, 1, 1), crowd=True)] * 99]), ROOT)


def test_boxes_most_of_which_are_probably_not_meant_so_are_said() -> None:
    inside, outside, swapped = thing("dog"), thing("dog", (40, 30, 85, 50)), thing("dog", (40, 50, 10, 10))
    said = label(source([outside], [inside], [outside], size=(80, 60)), ROOT).notes
    assert "far out of their image: 2, as in 0.jpg" in said[0]
    assert "corner may have been taken for width and height" in said[0]
    assert not any("taken for" in note for note in label(source([outside, inside], size=(80, 60)), ROOT).notes)
    nearly = thing("dog", (40, 30, 83, 50))
    assert not any("taken for" in note for note in label(source([nearly], size=(80, 60)), ROOT).notes)
    said = label(source([swapped], [swapped, inside]), ROOT).notes
    assert "end before they begin: 2, as in 0.jpg" in said[0]
    assert "width and height may have been taken for a corner" in said[0]


def test_only_crowds_are_nothing_to_learn() -> None:
    with pytest.raises(UserError, match=r"photos has only crowds or difficult objects, .*iscrowd or difficult to 0"):
        label(source([thing("dog", crowd=True)], []), ROOT)
    assert label(source([thing("dog", crowd=True)]), ROOT, classes=["dog"]).splits["all"][0].crowds == (True,)


def test_boxes_from_0_to_1_are_refused_where_pixels_are_expected() -> None:
    normalized = [thing("dog", (0.1, 0.2, 0.5, 1.0)), thing("dog", (0, 0, 1, 1))]
    with pytest.raises(UserError, match=r"1\.jpg has boxes that look normalized, such as \(0\.1"):
        label(source([thing("dog")], normalized), ROOT)
    label(source([thing("dog"), *normalized], size=(80, 60)), ROOT)  # a small object beside others
    label(source([thing("dog", (0, 0, 1, 1))]), ROOT)  # a pixel
    label(source(normalized, size=PARTS), ROOT)


def test_the_summary_counts_the_objects_of_each_class_that_are_no_crowds() -> None:
    objects = [thing("cat"), thing("dog"), thing("dog"), thing("dog", crowd=True)]
    assert label(source(objects), ROOT).details == "Objects by class: dog: 2, cat: 1"
    many = label(source([thing(f"class {number:02}") for number in range(11)]), ROOT).details
    assert many.endswith("class 09: 1, …")
