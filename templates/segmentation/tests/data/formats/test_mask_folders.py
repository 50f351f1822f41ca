import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.beside import with_what_lies_beside
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import mask_folders
from {{ cookiecutter.package_name }}.data.masks import draw_shapes
from {{ cookiecutter.package_name }}.data.united import with_united_masks


def pair(root: Path, *names: str, images: str = "images", masks: str = "masks") -> Path:
    """Images and masks of these names; nobody looks into them."""
    for folder, suffix in ((images, "jpg"), (masks, "png")):
        for name in names:
            (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (root / folder / f"{name}.{suffix}").touch()
    return root


def test_each_image_has_the_mask_of_its_name(tmp_path: Path) -> None:
    assert mask_folders.matches(pair(tmp_path, "a", "b"))
    source = mask_folders.read(tmp_path)
    assert [(example.image.name, example.mask_file.name) for example in source.splits["all"]] == [
        ("a.jpg", "a.png"),
        ("b.jpg", "b.png"),
    ]
    assert (source.classes, source.notes) == ([], [])


def test_classes_come_from_the_file_that_names_them(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "classes.csv").write_text("name,r,g,b\nsky,0,0,255\nroad,9,9,9\n")
    source = mask_folders.read(tmp_path)
    assert source.classes == ["sky", "road"]
    assert source.splits["all"][0].code.classes == ((255, 0), (0x090909, 1))


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("Imgs", "labels"),
        ("photos", "SegmentationClass"),
        ("image", "ground_truth"),
        ("img_dir", "ann_dir"),
        ("CamVid_RGB", "CamVid_Label"),
        ("images", "images_gt"),
        ("image_2", "semantic"),
        ("701_StillsRaw_full", "LabeledApproved_full"),
        ("CXR_png", "masks"),
        ("Original", "Ground Truth"),
        ("sat", "map"),
        ("JPEGImages", "SegmentationClassAug"),
        ("default", "defaultannot"),
        ("imgsFine/leftImg8bit/default", "gtFine/default"),
        ("images", "v2.0/labels"),
        ("img", "msk"),
    ],
)
def test_folders_may_have_other_usual_names(images: str, masks: str, tmp_path: Path) -> None:
    assert mask_folders.matches(pair(tmp_path, "a", images=images, masks=masks))
    assert [example.image.stem for example in mask_folders.read(tmp_path).splits["all"]] == ["a"]
    assert len(mask_folders.read(tmp_path).splits["all"]) == 1


def test_folders_that_may_both_hold_the_masks_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a", masks="labels")
    pair(tmp_path, "a", masks="gt")
    with pytest.raises(UserError, match="gt and labels may both hold the masks"):
        mask_folders.matches(tmp_path)
    pair(tmp_path, "a", masks="masks")
    assert mask_folders.read(tmp_path).splits["all"][0].mask_file.parent.name == "masks"


def test_what_was_drawn_by_hand_beside_a_mask_of_the_camera_is_taken_once_it_is_named(tmp_path: Path) -> None:
    for split, number in (("training", 21), ("test", 1)):
        for folder, name in (("images", split), ("mask", f"{split}_mask"), ("1st_manual", "manual1")):
            file = tmp_path / split / folder / f"{number}_{name}.gif"
            file.parent.mkdir(parents=True)
            file.touch()
    with pytest.raises(UserError, match="mask and 1st_manual may both hold the masks: name the one to be used masks"):
        mask_folders.matches(tmp_path)
    for split in ("training", "test"):
        (tmp_path / split / "1st_manual").rename(tmp_path / split / "masks")
    splits = mask_folders.read(tmp_path).splits
    assert {split: examples[0].mask_file.name for split, examples in splits.items()} == {
        "train": "21_manual1.gif",
        "test": "1_manual1.gif",
    }


def test_another_look_of_the_masks_is_not_mistaken_for_them(tmp_path: Path) -> None:
    pair(pair(tmp_path, "a", masks="labels"), "a", masks="label_color")
    assert mask_folders.read(tmp_path).splits["all"][0].mask_file.parent.name == "labels"


def test_pictures_of_masks_and_of_objects_are_not_mistaken_for_them(tmp_path: Path) -> None:
    for folder in ("SegmentationClass", "SegmentationObject", "semantic_rgb", "color_masks"):
        pair(tmp_path, "a", masks=folder)
    with pytest.raises(UserError, match="SegmentationClass and semantic_rgb may both hold the masks"):
        mask_folders.matches(tmp_path)
    shutil.rmtree(tmp_path / "semantic_rgb")
    assert mask_folders.read(tmp_path).splits["all"][0].mask_file.parent.name == "SegmentationClass"


def test_what_the_camera_sees_is_not_taken_for_what_was_drawn_and_numbered(tmp_path: Path) -> None:
    pair(pair(tmp_path, "a", masks="mask"), "a", masks="manual1")
    with pytest.raises(UserError, match="mask and manual1 may both hold the masks"):
        mask_folders.matches(tmp_path)


def test_pictures_of_masks_are_not_mistaken_for_images(tmp_path: Path) -> None:
    for folder in ("labels", "instances", "panoptic"):
        pair(tmp_path / "train", "a", masks=f"v1.2/{folder}")
    [example] = mask_folders.read(tmp_path).splits["train"]
    assert (example.image.parent.name, example.mask_file.parent.name) == ("images", "labels")
    pair(tmp_path / "train", "a", masks="v2.0/labels")
    with pytest.raises(UserError, match=r"v1\.2.labels and \S*v2\.0.labels may both hold the masks: move one of them away"):
        mask_folders.matches(tmp_path)


def test_images_of_a_test_without_masks_may_lie_beside_the_others(tmp_path: Path) -> None:
    pair(tmp_path, "a", images="scans")
    pair(tmp_path, "b", images="test", masks="test/none")
    shutil.rmtree(tmp_path / "test" / "none")
    assert [example.image.stem for example in mask_folders.read(tmp_path).splits["all"]] == ["a"]


def test_images_may_lie_in_several_parts(tmp_path: Path) -> None:
    for number in (1, 2):
        pair(tmp_path, f"a{number}", images=f"set_images_part_{number}", masks="set_segmentations")
    source = mask_folders.read(tmp_path)
    assert [example.image.stem for example in source.splits["all"]] == ["a1", "a2"]
    assert not source.notes
    pair(tmp_path, "a1", images="set_images_part_2", masks="set_segmentations")
    with pytest.raises(UserError, match=r"part_1.a1\.jpg and \S*part_2.a1\.jpg have the same name, and one mask: remove one"):
        mask_folders.read(tmp_path)


def test_which_of_several_other_folders_has_the_images_is_not_guessed(tmp_path: Path) -> None:
    pair(pair(tmp_path, "a", images="photo_scans"), "a", images="depth")
    assert mask_folders.matches(tmp_path)
    (tmp_path / "photo_scans").rename(tmp_path / "scans")
    assert not mask_folders.matches(tmp_path)


def test_a_folder_that_has_images_and_masks_is_not_itself_one_of_masks(tmp_path: Path) -> None:
    pair(tmp_path / "labeled", "a")
    pair(tmp_path / "unlabeled", "b", masks="none")
    assert [example.image.stem for example in mask_folders.read(tmp_path).splits["all"]] == ["a"]


def test_maps_of_something_else_are_no_masks(tmp_path: Path) -> None:
    assert not mask_folders.matches(pair(tmp_path, "a", masks="depth_map"))


def test_one_folder_beside_annotations_in_json_may_not_be_that_of_their_masks(tmp_path: Path) -> None:
    pair(tmp_path, "a", images="val2017", masks="annotations/panoptic_val2017")
    (tmp_path / "annotations" / "instances_val2017.json").touch()
    assert not mask_folders.matches(tmp_path)


def test_the_same_images_in_two_kinds_of_files_are_refused(tmp_path: Path) -> None:
    for kind in ("PNG", "TIF"):
        pair(tmp_path / kind, "a", images="Original", masks="Ground Truth")
    with pytest.raises(UserError, match=r"PNG and TIF may have the same images in two kinds of files: give one .* data\.root"):
        mask_folders.matches(tmp_path)


def test_a_class_file_may_lie_around_the_folder_of_all_others(tmp_path: Path) -> None:
    for split in ("train", "val"):
        pair(tmp_path / "png", split, images=split, masks=f"{split}_labels")
    (tmp_path / "label_class_dict.csv").write_text("name,r,g,b\nground,0,0,0\nroof,255,0,0\n")
    assert mask_folders.read(tmp_path).classes == ["ground", "roof"]


def test_names_of_the_folders_of_images_are_no_classes_of_pixels(tmp_path: Path) -> None:
    pair(tmp_path, "1.Gull/a", "2.Tern/b", masks="segmentations")
    (tmp_path / "classes.txt").write_text("1 1.Gull\n2 2.Tern\n")
    source = mask_folders.read(tmp_path)
    assert source.classes == []
    assert "as 1.Gull, are those of whole images" in source.notes[0]


def test_splits_are_found_in_folders_that_archives_wrapped(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for folder, name in (("leftImg8bit", "leftImg8bit"), ("gtFine", "gtFine_labelIds")):
            file = tmp_path / f"{folder}_trainvaltest" / folder / split / "bonn" / f"bonn_1_{name}.png"
            file.parent.mkdir(parents=True)
            file.touch()
    assert {split: len(examples) for split, examples in mask_folders.read(tmp_path).splits.items()} == {"train": 1, "val": 1}


def test_a_folder_of_train_val_trains(tmp_path: Path) -> None:
    for split in ("train_val", "TEST"):
        pair(tmp_path / split, split)
    assert list(mask_folders.read(tmp_path).splits) == ["test", "train"]


def test_a_folder_of_annotations_without_an_image_is_no_folder_of_masks(tmp_path: Path) -> None:
    (pair(tmp_path, "a", masks="annotations") / "annotations" / "a.png").rename(tmp_path / "annotations" / "a.json")
    assert not mask_folders.matches(tmp_path)


def test_masks_of_cityscapes_are_found_among_those_of_other_kinds(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for path in (
            "leftImg8bit/{}/bonn/bonn_1_leftImg8bit",
            "gtFine/{}/bonn/bonn_1_gtFine_labelIds",
            "gtFine/{}/bonn/bonn_1_gtFine_color",
        ):
            file = tmp_path / f"{path.format(split)}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    source = mask_folders.read(tmp_path)
    assert [example.mask_file.name for example in source.splits["val"]] == ["bonn_1_gtFine_labelIds.png"]
    assert "1 masks of another kind are left out" in source.notes[0]
    (tmp_path / "gtFine/val/bonn/bonn_1_gtFine_labelTrainIds.png").touch()
    assert mask_folders.read(tmp_path).splits["val"][0].mask_file.name == "bonn_1_gtFine_labelTrainIds.png"


@pytest.mark.parametrize(
    "layout",
    [
        ("{}/images", "{}/masks"),
        ("images/{}", "masks/{}"),
        ("{}", "{}annot"),
        ("{}_images", "{}_masks"),
        ("images_{}", "Labels-{}"),
        ("{}", "{}_masks"),
        ("{}", "{}_lab"),
        ("{}_x", "{}_y"),
        ("Part1_{}_Data", "Part1_{}_GroundTruth"),
        ("{}/{}-org-img", "{}/{}-label-img"),
        ("set_{}/seq1/Images", "set_{}/seq1/Labels"),
        ("All_images/{}_images", "All_annotations/{}_segmentations"),
        ("images/10k/{}", "labels/sem_seg/masks/{}"),
        ("tiff/{}", "tiff/{}_labels"),
    ],
)
def test_given_splits_are_read_above_below_and_beside(layout: tuple[str, str], tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        pair(tmp_path, name, images=layout[0].format(split, split), masks=layout[1].format(split, split))
    assert mask_folders.matches(tmp_path)
    source = mask_folders.read(tmp_path)
    assert source.format.startswith("images and masks in t")
    splits = source.splits
    assert {split: examples[0].image.stem for split, examples in splits.items()} == {"train": "a", "val": "b", "test": "c"}


def test_splits_are_found_among_other_words_in_the_names_of_folders(tmp_path: Path) -> None:
    for split in ("Training", "Validation", "Test"):
        images, masks = f"ISIC2018_Task1-2_{split}_Input", f"ISIC2018_Task1_{split}_GroundTruth"
        pair(tmp_path, split, images=images, masks=masks)
        (tmp_path / images / "LICENSE.txt").touch()
    splits = mask_folders.read(tmp_path).splits
    assert {split: examples[0].image.stem for split, examples in splits.items()} == {
        "train": "Training",
        "val": "Validation",
        "test": "Test",
    }


def test_splits_below_may_have_a_number_unless_they_are_places(tmp_path: Path) -> None:
    for folder, name in (("train2017", "a"), ("val2017", "b")):
        pair(tmp_path, name, images=f"images/{folder}", masks=f"annotations/{folder}")
    pair(tmp_path, "c", images="images/unlabeled2017", masks="none")
    splits = mask_folders.read(tmp_path).splits
    assert {split: [each.image.stem for each in its] for split, its in splits.items()} == {"train": ["a"], "val": ["b"]}
    places = tmp_path / "places"
    for folder in ("train_station", "bus_stop"):
        pair(places, f"{folder}/1", images="images", masks="masks")
    assert {split: len(its) for split, its in mask_folders.read(places).splits.items()} == {"all": 2}


def test_lists_of_images_give_the_splits(tmp_path: Path) -> None:
    pair(tmp_path, "cat_1", "cat_2", "dog_1", masks="annotations/trimaps")
    (tmp_path / "annotations" / "trainval.txt").write_text("cat_1 1 1 1\ndog_1 2 2 1\n")
    (tmp_path / "annotations" / "test.txt").write_text("cat_2 1 1 1\n")
    source = with_what_lies_beside(mask_folders.read(tmp_path), tmp_path)
    assert {split: [example.image.stem for example in its] for split, its in source.splits.items()} == {
        "train": ["cat_1", "dog_1"],
        "test": ["cat_2"],
    }
    assert source.format == "images and masks, divided by test.txt and trainval.txt"


def test_two_folders_of_masks_of_one_split_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a", images="Training_Input", masks="Task1_Training_GroundTruth")
    pair(tmp_path, "a", images="Training_Input", masks="Task2_Training_GroundTruth")
    with pytest.raises(UserError, match=r"Task1_Training_GroundTruth and Task2_.* may both hold the masks for train"):
        mask_folders.matches(tmp_path)


def test_folders_of_images_and_masks_may_lie_in_folders_of_places_in_a_split(tmp_path: Path) -> None:
    for place in ("Train/Rural", "Train/Urban", "Val/Rural", "Test/Rural"):
        pair(tmp_path / place, "0", "1", images="images_png", masks="masks_png")
    shutil.rmtree(tmp_path / "Test/Rural/masks_png")
    source = mask_folders.read(tmp_path)
    assert {split: len(examples) for split, examples in source.splits.items()} == {"train": 4, "val": 2}
    assert all(example.image.parents[1] == example.mask_file.parents[1] for example in source.splits["train"])
    assert source.notes == [f"{tmp_path} has no images with masks for test"]
    shutil.rmtree(tmp_path / "Train/Urban/masks_png")
    source = mask_folders.read(tmp_path)
    assert len(source.splits["train"]) == 2
    assert f"{tmp_path / 'Train' / 'Urban'} has no images with masks" in source.notes


def test_folders_of_images_and_masks_may_lie_in_folders_of_places_alone(tmp_path: Path) -> None:
    for place in ("Rural", "Urban"):
        pair(tmp_path / place, "0")
    assert mask_folders.matches(tmp_path)
    assert len(mask_folders.read(tmp_path).splits["all"]) == 2


def test_an_image_in_a_folder_of_its_own_may_have_a_mask_for_each_object(tmp_path: Path) -> None:
    for name, columns in (("f1", (0, 1)), ("f2", (0, 1, 3))):
        (pair(tmp_path / name, name) / "masks" / f"{name}.png").unlink()
        for column in columns:
            pixels = np.zeros((2, 4), np.uint8)
            pixels[:, column] = 255
            Image.fromarray(pixels).save(tmp_path / name / "masks" / f"object{column}.png")
    source = mask_folders.read(tmp_path)
    masks = [example.mask for example in with_united_masks(source.splits, tmp_path, None)["all"]]
    assert [int(draw_shapes(mask, 2, 4).sum()) for mask in masks if isinstance(mask, Shapes)] == [4 * 255, 6 * 255]
    assert source.notes == [
        f"images with their mask in several files, which are united: 2, as {tmp_path / 'f1' / 'masks' / 'object0.png'}"
    ]


def test_images_of_one_name_in_several_folders_keep_their_own_masks(tmp_path: Path) -> None:
    examples = mask_folders.read(pair(tmp_path, "x/1", "y/1")).splits["all"]
    assert [(example.image.parent.name, example.mask_file.parent.name) for example in examples] == [("x", "x"), ("y", "y")]


def test_files_without_partner_are_left_out_and_named(tmp_path: Path) -> None:
    pair(tmp_path, "a", "b", "c")
    (tmp_path / "images" / "a.jpg").unlink()
    (tmp_path / "masks" / "b.png").unlink()
    source = mask_folders.read(tmp_path)
    assert [example.image.stem for example in source.splits["all"]] == ["c"]
    assert "1 masks without image" in source.notes[0]
    assert "a.png" in source.notes[0]
    assert "1 images without mask" in source.notes[1]
    assert "b.jpg" in source.notes[1]


@pytest.mark.parametrize("layout", [("{}/images", "{}/masks"), ("images/{}", "masks/{}"), ("{}", "{}annot")])
def test_a_split_without_masks_is_said(layout: tuple[str, str], tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        pair(tmp_path, split, images=layout[0].format(split), masks=layout[1].format(split))
    (tmp_path / layout[1].format("test") / "test.png").unlink()
    (tmp_path / layout[0].format("val") / "val.jpg").unlink()
    source = mask_folders.read(tmp_path)
    assert list(source.splits) == ["train"]
    assert sorted(note.rpartition(" ")[2] for note in source.notes if "has no images with masks for" in note) == ["test", "val"]


def test_masks_may_lie_in_a_folder_within_as_images_may_but_not_in_one_for_each_class(tmp_path: Path) -> None:
    pair(tmp_path / "a", "1", masks="annotations/trimaps")
    assert len(mask_folders.read(tmp_path / "a").splits["all"]) == 1
    pair(tmp_path / "c", "1", images="x_input/x_input", masks="x_masks/x_masks")
    assert len(mask_folders.read(tmp_path / "c").splits["all"]) == 1
    for name in ("roof", "tree"):
        pair(tmp_path / "b", "1", masks=f"masks/{name}")
    with pytest.raises(UserError, match="if roof and tree are classes, merge their masks"):
        mask_folders.read(tmp_path / "b")


def test_folders_without_a_common_name_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "masks" / "a.png").rename(tmp_path / "masks" / "b.png")
    with pytest.raises(UserError, match=r"no image in .*images has a mask of the same name in .*masks, as a\.jpg and b\.png"):
        mask_folders.read(tmp_path)


def test_two_images_for_one_mask_are_refused(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "images" / "a.png").touch()
    with pytest.raises(UserError, match="differ only in their suffix"):
        mask_folders.read(tmp_path)


def test_images_alone_are_another_format(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    (tmp_path / "masks").rename(tmp_path / "others")
    assert not mask_folders.matches(tmp_path)


def test_splits_may_have_short_names_in_longer_ones(tmp_path: Path) -> None:
    for split in ("TR", "TE"):
        pair(tmp_path / f"DUTS-{split}", split, images=f"DUTS-{split}-Image", masks=f"DUTS-{split}-Mask")
    assert {split: its[0].image.stem for split, its in mask_folders.read(tmp_path).splits.items()} == {"train": "TR", "test": "TE"}
