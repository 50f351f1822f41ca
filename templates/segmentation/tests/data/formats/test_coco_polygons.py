import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.collection import Collection
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.example import Shapes
from {{ cookiecutter.package_name }}.data.formats import coco_polygons
from {{ cookiecutter.package_name }}.data.masks import draw_shapes
from {{ cookiecutter.package_name }}.data.runs import read_runs
from {{ cookiecutter.package_name }}.data.sharding import write_shards

CATEGORIES = [{"id": 3, "name": "roof"}, {"id": 7, "name": "tree"}]
SMALL, LARGE = [0, 0, 5, 0, 5, 5, 0, 5], [0, 0, 10, 0, 10, 10, 0, 10]


def annotation(segmentation: Any, category: int = 3, image: Any = 1) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "segmentation": segmentation}


def write(
    root: Path, *annotations: dict[str, Any], file: str = "annotations.json", image: str = "images/1.jpg", **changes: Any
) -> Path:
    """One image of 30 times 20 pixels."""
    for path in (root / file, root / image.replace("\\", "/")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    images = [{"id": 1, "file_name": image.removeprefix("images/"), "height": 20, "width": 30}]
    content = {"images": images, "annotations": list(annotations), "categories": CATEGORIES, **changes}
    (root / file).write_text(json.dumps(content), encoding="utf-8-sig")
    return root


def drawn(root: Path) -> np.ndarray:
    mask = coco_polygons.read(root).splits["all"][0].mask
    assert isinstance(mask, Shapes)
    return draw_shapes(mask, 20, 30)


def test_categories_come_after_the_background_and_smaller_annotations_lie_on_larger_ones(tmp_path: Path) -> None:
    write(tmp_path, annotation([SMALL], category=7), annotation([LARGE]))
    assert coco_polygons.matches(tmp_path)
    assert coco_polygons.read(tmp_path).classes == ["background", "roof", "tree"]
    mask = drawn(tmp_path)
    assert [int((mask == value).sum()) for value in range(3)] == [500, 75, 25]


def test_shapes_come_out_of_shards_as_they_went_in(tmp_path: Path) -> None:
    root, shapes = tmp_path / "photos", [annotation([[0.25, 0, 5, 0, 5.1, 5, 0, 5]], image=number) for number in range(6)]
    shapes += [annotation({"counts": [41, 3, 556], "size": [20, 30]}, category=7, image=number) for number in range(6)]
    images = [{"id": number, "file_name": f"{number}.png", "height": 20, "width": 30} for number in range(6)]
    write(root, *shapes, image="images/0.png", images=images)
    for number in range(6):
        Image.new("RGB", (30, 20), (40 * number, 0, 0)).save(root / "images" / f"{number}.png")

    def module(folder: Path) -> VisionDataModule:
        return VisionDataModule(str(folder), 2, 0, [32, 32], 0.2, 0.2, str(tmp_path / "splits"), seed=0, test_split="all")

    def masks(data: VisionDataModule) -> dict[str, Tensor]:
        data.setup("test")
        return {Path(item["path"]).name: item["truth"] for item in map(data.test.__getitem__, range(6))}

    data = module(root)
    assert isinstance(data.collection, Collection)
    write_shards(data.collection, str(tmp_path / "shards"), overwrite=False)
    ours, theirs = masks(data), masks(module(tmp_path / "shards"))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert {int(value) for mask in ours.values() for value in mask.unique()} == {0, 1, 2}


@pytest.mark.parametrize("counts", [[41, 3, 556], "Y13\\a0"])
def test_run_lengths_are_drawn_as_numbers_or_packed(counts: Any, tmp_path: Path) -> None:
    mask = drawn(write(tmp_path, annotation({"counts": counts, "size": [20, 30]})))
    assert mask[1:4, 2].all()
    assert mask.sum() == 3


def test_packed_run_lengths_are_those_of_pycocotools() -> None:
    # What pycocotools.mask.encode makes of runs that grow and shrink.
    assert read_runs("05d01O6_O", 8 * 8).tolist() == [0, 5, 20, 6, 19, 12, 2]


def test_run_lengths_for_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run lengths are for 44 pixels, but the image has 600"):
        coco_polygons.read(write(tmp_path, annotation({"counts": [41, 3], "size": [20, 30]})))


@pytest.mark.parametrize(("image", "category"), [("1", "7"), (1.0, 7.0)])
def test_ids_may_be_text_or_have_a_point_and_names_have_backslashes(image: Any, category: Any, tmp_path: Path) -> None:
    write(tmp_path, annotation([LARGE], category, image), image="images\\1.jpg")
    assert (drawn(tmp_path) == 2).sum() == 100
    assert coco_polygons.read(tmp_path).splits["all"][0].image == tmp_path / "images" / "1.jpg"


def test_splits_have_files_of_their_own_and_other_json_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, annotation([LARGE]), file="train/annotations.json", image="train/1.jpg")
    write(tmp_path, annotation([LARGE]), file="valid/annotations.json", image="valid/1.jpg")
    for split in ("train", "valid"):
        content = json.loads((tmp_path / split / "annotations.json").read_text("utf-8-sig"))
        content["images"][0]["file_name"] = "1.jpg"
        (tmp_path / split / "annotations.json").write_text(json.dumps(content))
    (tmp_path / "info.json").write_text("{}")
    source = coco_polygons.read(tmp_path)
    assert list(source.splits) == ["train", "val"]
    assert "info.json is left out" in source.notes[0]


def test_a_category_that_only_groups_others_is_no_class(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "things"}, *({**each, "supercategory": "things"} for each in CATEGORIES)]
    source = coco_polygons.read(write(tmp_path, annotation([LARGE]), categories=categories))
    assert source.classes == ["background", "roof", "tree"]
    assert "things only to group others" in source.notes[0]


def test_settings_in_json_are_another_format(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"labels": [{"name": "kite", "color": [0, 0, 9]}]}')
    assert not coco_polygons.matches(tmp_path)
    (tmp_path / "annotations.json").touch()
    assert coco_polygons.matches(tmp_path)


def test_two_images_with_one_id_are_refused(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": name, "height": 20, "width": 30} for name in ("1.jpg", "2.jpg")]
    with pytest.raises(UserError, match=r"has the id 1 twice, for 1\.jpg and 2\.jpg"):
        coco_polygons.read(write(tmp_path, annotation([LARGE]), images=images))


def test_an_image_with_two_ids_is_refused(tmp_path: Path) -> None:
    images = [{"id": number, "file_name": "1.jpg", "height": 20, "width": 30} for number in (1, 2)]
    with pytest.raises(UserError, match=r"lists .*1\.jpg twice, with the ids 1 and 2: merge"):
        coco_polygons.read(write(tmp_path, annotation([LARGE]), images=images))


def test_images_without_annotation_beside_others_are_said(tmp_path: Path) -> None:
    (write(tmp_path, annotation([LARGE])) / "images" / "2.jpg").touch()
    assert coco_polygons.read(tmp_path).notes == [
        f"images without annotation: 1, as {tmp_path / 'images' / '2.jpg'}; they are left out"
    ]


def test_annotations_that_do_not_say_their_pixels_are_refused_or_left_out(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not say which pixels its annotations cover"):
        coco_polygons.read(write(tmp_path / "a", annotation([])))
    source = coco_polygons.read(write(tmp_path / "b", annotation([]), annotation([LARGE])))
    assert "1 annotations without polygon, which are left out" in source.notes[0]


def test_images_that_are_missing_are_named(tmp_path: Path) -> None:
    (write(tmp_path, annotation([LARGE])) / "images" / "1.jpg").unlink()
    with pytest.raises(UserError, match=r"annotations\.json lists '1\.jpg', which is no image in"):
        coco_polygons.read(tmp_path)


@pytest.mark.parametrize(
    ("file", "image", "name"),
    [
        ("annotations/instances_train2017.json", "train2017/1.jpg", "1.jpg"),
        ("annotations/instances_default.json", "photos/a/1.jpg", "a/1.jpg"),
        ("result.json", "images/u-1.jpg", "/data/upload/1/u-1.jpg"),
    ],
)
def test_images_lie_in_any_folder_and_are_called_as_tools_call_them(file: str, image: str, name: str, tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": name, "height": 20, "width": 30}]
    ((example,),) = coco_polygons.read(write(tmp_path, annotation([LARGE]), file=file, image=image, images=images)).splits.values()
    assert example.image == tmp_path / image


def test_images_of_one_name_are_those_of_the_split_of_the_file(tmp_path: Path) -> None:
    for split in ("train", "val"):
        file, image = f"annotations/instances_{split}2017.json", f"{split}2017/1.jpg"
        images = [{"id": 1, "file_name": "1.jpg", "height": 20, "width": 30}]
        write(tmp_path, annotation([LARGE]), file=file, image=image, images=images)
    splits = coco_polygons.read(tmp_path).splits
    assert {split: examples[0].image.parent.name for split, examples in splits.items()} == {"train": "train2017", "val": "val2017"}


@pytest.mark.parametrize("size", [{}, {"height": None, "width": None}])
def test_an_image_without_size_is_as_large_as_its_file(size: dict[str, None], tmp_path: Path) -> None:
    write(tmp_path, annotation([LARGE]), images=[{"id": 1, "file_name": "1.jpg", **size}])
    Image.new("RGB", (40, 25)).save(tmp_path / "images" / "1.jpg")
    mask = coco_polygons.read(tmp_path).splits["all"][0].mask
    assert isinstance(mask, Shapes)
    assert (mask.height, mask.width) == (25, 40)


@pytest.mark.parametrize("name", ["background", "Background", "_background_"])
def test_a_category_of_the_background_is_the_background(name: str, tmp_path: Path) -> None:
    categories = [{"id": 1, "name": "roof"}, {"id": 2, "name": name}]
    write(tmp_path, annotation([SMALL], category=2), annotation([LARGE], category=1), categories=categories)
    source = coco_polygons.read(tmp_path)
    assert (source.classes, source.notes) == (["background", "roof"], [])
    assert int(drawn(tmp_path).sum()) == 75


@pytest.mark.parametrize(
    "segmentation", [[[0, 0, float("nan"), 0, 5, 5]], [[0, 0, 1e9, 0, 5, 5]], {"counts": [600], "size": [30, 20]}]
)
def test_what_cannot_be_drawn_is_refused(segmentation: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"annotations\.json is no .* file of polygons"):
        coco_polygons.read(write(tmp_path, annotation(segmentation)))


@pytest.mark.parametrize(
    "changes",
    [
        {"images": [{"id": 1, "file_name": "1.jpg", "height": 0, "width": 0}]},
        {"images": [{}]},
        {"annotations": [{}]},
        {"categories": [{}]},
        {"images": []},
    ],
)
def test_a_mistake_names_the_file(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"annotations\.json"):
        coco_polygons.read(write(tmp_path, **changes))


def test_a_panoptic_segmentation_is_called_so(tmp_path: Path) -> None:
    panoptic = {"image_id": 1, "file_name": "1.png", "segments_info": [{"id": 5, "category_id": 3}]}
    with pytest.raises(UserError, match=r"panoptic_train\.json is of .* panoptic segmentation, .* or take instances_\*\.json"):
        coco_polygons.read(write(tmp_path, panoptic, file="panoptic_train.json"))
