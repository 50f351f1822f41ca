from pathlib import Path

import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data import dataset as of_dataset
from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.data.transforms import eval_transform, train_transform


@pytest.fixture(scope="module")
def plain(root: Path) -> AnnotatedImages:
    source = read_source(root)
    return AnnotatedImages(source.splits["all"], source.classes, eval_transform(64))


def test_an_item_says_which_file_it_is_and_how_large_that_is(plain: AnnotatedImages) -> None:
    assert len(plain) == 40
    for number in (0, 39):
        item = plain[number]
        assert item["path"] == str(plain.examples[number].image)
        with Image.open(item["path"]) as opened:
            assert item["size"] == (opened.height, opened.width)


def test_a_batch_has_a_square_of_numbers_from_0_to_1_for_each_image_in_order(plain: AnnotatedImages) -> None:
    items = [plain[number] for number in (3, 1, 2)]
    batch = collate(items)
    assert batch["image"].shape == (3, 3, 64, 64)
    assert batch["image"].dtype == torch.float32
    assert type(batch["image"]) is torch.Tensor
    assert 0 <= batch["image"].min() < batch["image"].max() <= 1
    assert batch["path"] == [item["path"] for item in items]
    assert batch["size"] == [item["size"] for item in items]
    assert batch.pop("counted") == 3
    assert {len(values) for values in batch.values()} == {3}


def test_small_images_are_read_once_and_never_changed(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", images=10)
    source = read_source(tmp_path / "demo")
    dataset = AnnotatedImages(source.splits["all"], source.classes, train_transform(64))
    image = dataset.examples[0].image
    before = dataset._image(0).clone()
    for _ in range(5):
        dataset[0]
    assert torch.equal(dataset._image(0), before)
    Image.new("RGB", (8, 8)).save(image)
    assert torch.equal(dataset._image(0), before)


def test_memory_for_them_is_limited(plain: AnnotatedImages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_dataset, "MOST_KEPT", 150_000)
    dataset = AnnotatedImages(plain.examples, plain.classes, plain.transform)
    for number in range(len(dataset)):
        dataset[number]
    assert 0 < sum(image.nbytes for image in dataset.kept.values()) <= 150_000
