from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.files import Source
from {{ cookiecutter.package_name }}.data.labels import label


def source(folder: Path, *masks: list[int], names: str = "") -> Source[Example]:
    """Masks with one row of values each."""
    examples = []
    for number, values in enumerate(masks):
        examples.append(Example(folder / f"{number}.jpg", folder / f"{number}.png"))
        Image.fromarray(np.array([values], dtype=np.uint8)).save(examples[-1].mask)
    return Source("rows", names.split(), {"all": examples}, ["odd"])


def test_index_masks_without_names_number_their_classes(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255], [0, 3]), tmp_path)
    assert labeled.classes == ["class 0", "class 1", "class 2", "class 3"]
    assert not any(example.binary for example in labeled.splits["all"])
    assert (labeled.format, labeled.notes) == ("rows", ["odd"])


def test_names_that_are_given_are_taken(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255], names="sky road car"), tmp_path)
    assert labeled.classes == ["sky", "road", "car"]
    assert not labeled.splits["all"][0].binary


def test_the_stratum_is_the_rarest_class_of_a_mask_and_ignored_pixels_are_of_none(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1], [0, 0], [0, 255], [255, 255]), tmp_path)
    assert [example.stratum for example in labeled.splits["all"]] == [1, 0, 0, -1]


def test_masks_of_0_and_255_are_background_and_foreground(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, *[[0, 0]] * 60, [0, 255], *[[0, 0]] * 60), tmp_path)
    assert labeled.classes == ["background", "foreground"]
    assert all(example.binary for example in labeled.splits["all"])
    assert [number for number, example in enumerate(labeled.splits["all"]) if example.stratum == 255] == [60]


def test_a_rare_second_class_beside_ignored_pixels_is_not_taken_for_255(tmp_path: Path) -> None:
    masks = [*[[0, 255]] * 61, [0, 1], *[[0, 255]] * 59]
    labeled = label(source(tmp_path, *masks, names="background scratch"), tmp_path)
    assert not any(example.binary for example in labeled.splits["all"])


def test_other_class_names_than_those_of_the_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has the classes road, sky, but the model was trained on sky, road"):
        label(source(tmp_path, [0, 1], names="road sky"), tmp_path, classes=["sky", "road"])


def test_a_trained_model_names_the_classes_of_masks_without_names(tmp_path: Path) -> None:
    labeled = label(source(tmp_path, [0, 1, 255]), tmp_path, classes=["sky", "road"])
    assert labeled.classes == ["sky", "road"]
    assert not labeled.splits["all"][0].binary


def test_values_that_are_no_indices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"0, 38, 75.*do not look like class indices"):
        label(source(tmp_path, [0, 38, 75]), tmp_path)


def test_a_single_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="single class class 0"):
        label(source(tmp_path, [0, 0]), tmp_path)
