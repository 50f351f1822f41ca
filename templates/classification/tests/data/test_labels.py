from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Annotation
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.labels import label

ROOT = Path("photos")


def source(**splits: str) -> Source[Annotation]:
    """An image for each letter, which is the name of its class."""
    annotations = {split: [Annotation(Path(f"{split}/{name}.jpg"), name) for name in names] for split, names in splits.items()}
    return Source("letters", sorted(set("".join(splits.values()))), annotations, ["odd"])


def test_a_split_without_some_class_keeps_the_indices() -> None:
    labeled = label(source(train="ab", val="b", test="b"), ROOT)
    assert labeled.classes == ["a", "b"]
    assert [example.label for split in ("train", "val", "test") for example in labeled.splits[split]] == [0, 1, 1, 1]
    assert [example.strata for example in labeled.splits["train"]] == [(0,), (1,)]
    assert (labeled.format, labeled.notes) == ("letters", ["odd"])


def test_a_trained_model_gives_the_indices() -> None:
    labeled = label(source(all="bc"), ROOT, classes=["c", "a", "b"])
    assert labeled.classes == ["c", "a", "b"]
    assert [(example.image.stem, example.label) for example in labeled.splits["all"]] == [("b", 2), ("c", 0)]


def test_a_single_class_is_refused() -> None:
    with pytest.raises(UserError, match="photos has the single class a"):
        label(source(train="aa"), ROOT)


def test_a_class_without_training_images_is_refused() -> None:
    with pytest.raises(UserError, match="no training images of c"):
        label(source(train="ab", val="c"), ROOT)


def test_a_class_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(UserError, match=r"z\.jpg is of no known class, but of z: expected one of a, b"):
        label(source(all="az"), ROOT, classes=["a", "b"])
