from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.pairs import by_name, masks_among, pair, said_of_united, split_of

FOLDER = Path("folder")


def files(*names: str) -> list[Path]:
    return [FOLDER / name for name in names]


def paired(images: str, masks: str) -> list[tuple[str, str]]:
    found = pair(by_name(files(*images.split()), FOLDER), by_name(files(*masks.split()), FOLDER), [])
    return [(image.name, mask.name) for image, mask in found if isinstance(mask, Path)]


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("1.jpg", "1.png"),
        ("1.jpg", "1_mask.png"),
        ("1.jpg", "1-mask.png"),
        ("a_b.jpg", "a_b_label.png"),
        ("1.png", "1_seg.png"),
        ("1.png", "1_L.png"),
        ("1.jpg", "1_m.png"),
        ("1.bmp", "1_anno.bmp"),
        ("x_leftImg8bit.png", "x_gtFine_labellevel3Ids.png"),
        ("1_sat.jpg", "1_mask.png"),
        ("image_1.jpg", "mask_1.png"),
        ("1_sat_08.jpg", "1_mask_08.png"),
        ("scene-1.jpg", "scene-gt-1.png"),
        ("a_image_1_rgb.jpg", "a_image_1_label.png"),
        ("img1.jpg", "mask1.png"),
        ("x_leftImg8bit.png", "x_gtFine_labelIds.png"),
        ("x.jpg", "x_train_id.png"),
        ("my_label.jpg", "my_label.png"),
        ("1.jpg", "1.jpg.png"),
        ("1.jpg", "1_mask_1.png"),
        ("a_label_2.jpg", "a_label_2.png"),
        ("21_training.tif", "21_manual1.gif"),
        ("\u00f6.jpg", "o\u0308.png"),
    ],
)
def test_a_mask_has_the_name_of_its_image_but_for_words_that_say_what_it_is(image: str, mask: str) -> None:
    assert paired(f"{image} other.jpg", f"{mask} another.png") == [(image, mask)]


def test_what_all_images_or_all_masks_have_in_their_names_is_left_out_where_nothing_else_pairs_them() -> None:
    first, second = paired("b1_Cut.jpg b2_Cut.jpg", "b1_mask.png b2_mask.png")
    assert (first, second) == (("b1_Cut.jpg", "b1_mask.png"), ("b2_Cut.jpg", "b2_mask.png"))
    first, second = paired("b1.jpg b2.jpg", "new-b1-gt-v2.png new-b2-gt-v2.png")
    assert (first, second) == (("b1.jpg", "new-b1-gt-v2.png"), ("b2.jpg", "new-b2-gt-v2.png"))
    assert paired("left_1.jpg left_2.jpg", "right_1.png right_2.png") == []
    notes: list[str] = []
    pair(by_name(files("b1_Cut.jpg", "b2_Cut.jpg"), FOLDER), by_name(files("b1_mask.png"), FOLDER), notes)
    without, guessed = notes
    assert without.startswith("1 images without mask are left out")
    assert guessed == "images and masks are paired without what all have in their names, as b1_Cut.jpg and b1_mask.png"


def test_two_masks_for_one_image_are_refused() -> None:
    with pytest.raises(UserError, match=r"1_label\.png and 1_mask\.png may both be the mask of .*1\.jpg"):
        paired("1.jpg", "1_mask.png 1_label.png")


PARTS = ["1_mask.png 1_mask_1.png", "1_mask_0.png 1_mask_1.png", "1_mask1.png 1_mask2.png"]


@pytest.mark.parametrize("masks", PARTS)
def test_masks_with_a_number_are_parts_of_one(masks: str) -> None:
    of_masks = by_name(files(*masks.split(), "2_mask.png"), FOLDER)
    (_, whole), (_, other) = pair(by_name(files("1.jpg", "2.jpg"), FOLDER), of_masks, [])
    assert isinstance(whole, Shapes)
    assert whole == Shapes.of_parts(files(*masks.split()))
    assert other == FOLDER / "2_mask.png"
    assert said_of_united([whole, other]) == [f"images with their mask in several files, which are united: 1, as {whole.file}"]
    assert masks_among(files("1.png", *masks.split())) == set(files(*masks.split()))


def test_masks_with_a_number_that_each_image_has_may_be_classes() -> None:
    with pytest.raises(UserError, match=r"may both be the mask of .*1\.jpg \(2 such images\): .*, or unite them in one file"):
        paired("1.jpg 2.jpg", "1_mask_0.png 1_mask_1.png 2_mask_0.png 2_mask_1.png")


def test_a_mask_of_the_very_name_comes_first_and_the_other_is_noted() -> None:
    notes: list[str] = []
    images, masks = by_name(files("1.jpg"), FOLDER), by_name(files("1.png", "1_mask.png"), FOLDER)
    assert pair(images, masks, notes) == [(FOLDER / "1.jpg", FOLDER / "1.png")]
    assert "1 masks of another kind are left out" in notes[0]


def test_masks_beside_images_are_known_by_their_names() -> None:
    assert masks_among(files("1.jpg", "1_mask.png", "2.jpg", "has_mask.jpg")) == set(files("1_mask.png"))
    assert masks_among(files("1.jpg", "1.png", "2.jpg", "2.png")) == set(files("1.png", "2.png"))
    assert not masks_among(files("1.jpg", "1.png", "2.png"))
    assert not masks_among(files("1.jpg", "2.jpg"))


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("trainannot", "train"),
        ("val_masks", "val"),
        ("masks-Test", "test"),
        ("Task1_Training_Masks_v2", "train"),
        ("masks", None),
        ("trained_masks", None),
        ("train", None),
    ],
)
def test_folders_may_have_their_split_in_the_name(name: str, split: str | None) -> None:
    assert split_of(name, ["masks", "annot"]) == split


def test_words_at_the_end_of_masks_may_be_several() -> None:
    found = paired("1.jpg", "1_label_ground-truth.png 1_label_ground-truth_semantic.png")
    assert found == [("1.jpg", "1_label_ground-truth_semantic.png")]
    assert not masks_among(files("image_1.jpg", "image_1_other.png"))
