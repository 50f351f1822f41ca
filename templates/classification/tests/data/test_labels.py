from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Annotation
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.labels import label

ROOT = Path("photos")


def source(**splits: str) -> Source[Annotation]:
    """An image for each word, whose letters are the names of its classes; `-` has none."""
    annotations = {
        split: [Annotation(Path(f"{split}/{number}.jpg"), tuple(word.strip("-"))) for number, word in enumerate(words.split())]
        for split, words in splits.items()
    }
    names = {name for members in annotations.values() for annotation in members for name in annotation.names}
    return Source("letters", sorted(names), annotations, ["odd"])


def test_a_split_without_some_class_keeps_the_indices() -> None:
    labeled = label(source(train="a b", val="b", test="b"), ROOT)
    assert labeled.classes == ["a", "b"]
    assert [example.labels for split in ("train", "val", "test") for example in labeled.splits[split]] == [(0,), (1,), (1,), (1,)]
    assert (labeled.format, labeled.notes) == ("letters", ["odd"])


def test_a_trained_model_gives_the_indices() -> None:
    labeled = label(source(all="b c"), ROOT, classes=["c", "a", "b"])
    assert labeled.classes == ["c", "a", "b"]
    assert [example.labels for example in labeled.splits["all"]] == [(2,), (0,)]


@pytest.mark.parametrize(("words", "multi_label"), [("a b b", False), ("a b ab", True), ("a b -", True)])
def test_whether_images_have_one_label_is_a_fact_of_the_data(words: str, multi_label: bool) -> None:
    assert label(source(all=words), ROOT).facts == {"multi_label": multi_label}


def test_the_classes_are_counted_one_by_one_or_from_the_smallest_to_the_largest() -> None:
    assert label(source(all="a b b"), ROOT).details == "Images by class: a: 1, b: 2"
    assert label(source(all="a b b b"), ROOT, classes=["c", "a", "b"]).details == "Images by class: c: 0, a: 1, b: 3"
    many = label(source(all=" ".join("abcdefghijklmnz") + " z k k"), ROOT).details
    assert many == "Images by class: from 1 (n) to 3 (k)"


def test_classes_that_are_almost_called_the_same_are_said() -> None:
    assert label(source(all="A a b"), ROOT).notes == ["odd", "classes that differ only in case or blanks: A, a"]


def test_names_that_only_unicode_writes_differently_are_one_class() -> None:
    decomposed, composed = "e\u0301", "\u00e9"
    splits = {"train": [(decomposed,), ("b",)], "val": [(composed,), (decomposed, composed)]}
    annotations = {split: [Annotation(Path("1.jpg"), names) for names in its] for split, its in splits.items()}
    found = Source("letters", ["b", decomposed, composed], annotations)
    for classes in (None, ["b", composed], ["b", decomposed]):
        labeled = label(found, ROOT, classes)
        assert labeled.classes == (classes or ["b", composed])
        assert [example.labels for its in labeled.splits.values() for example in its] == [(1,), (0,), (1,), (1,)]


def test_a_class_without_training_images_whose_name_differs_only_in_case_is_refused_with_the_other_name() -> None:
    with pytest.raises(UserError, match=r"no training images of a, .* the class; .* in case or blanks: A, a: rename them"):
        label(source(train="A b", val="a b"), ROOT)


def test_a_single_class_is_refused() -> None:
    with pytest.raises(UserError, match="photos has the single class a"):
        label(source(train="a a"), ROOT)
    with pytest.raises(UserError, match="photos has no class"):
        label(source(train="- -"), ROOT)


def test_a_class_without_training_images_is_refused() -> None:
    with pytest.raises(UserError, match="no training images of c"):
        label(source(train="a b", val="c"), ROOT)


def test_a_class_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(UserError, match=r"1\.jpg is of no known class, but of z: expected one of a, b"):
        label(source(all="a z"), ROOT, classes=["a", "b"])


def test_a_name_that_breaks_lines_is_refused() -> None:
    annotations = [Annotation(Path("1.jpg"), ("a\nb",)), Annotation(Path("2.jpg"), ("c",))]
    with pytest.raises(UserError, match=r"photos has the class 'a\\nb'"):
        label(Source("letters", ["a\nb", "c"], {"all": annotations}), ROOT)
