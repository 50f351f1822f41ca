from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.data import dataset as module
from {{ cookiecutter.package_name }}.data.cache import ImageCache
from {{ cookiecutter.package_name }}.data.dataset import AnnotatedImages, collate
from {{ cookiecutter.package_name }}.data.demo import write_demo
from {{ cookiecutter.package_name }}.data.images import UnlabeledImages, collate_unlabeled, read_reduced
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.data.transforms import AUGMENTATIONS, eval_transform, train_transform
from {{ cookiecutter.package_name }}.data.views import Views


@pytest.fixture(scope="module")
def plain(root: Path) -> AnnotatedImages:
    source = read_source(root)
    return AnnotatedImages(source.splits["all"], source.classes, eval_transform((64, 64)))


def test_an_item_says_which_file_it_is_and_how_large_that_is(plain: AnnotatedImages) -> None:
    assert len(plain) == 40
    for number in (0, 39):
        item = plain[number]
        assert item["path"] == str(plain.examples[number].image)
        with Image.open(item["path"]) as opened:
            assert item["size"] == (opened.height, opened.width)


def test_a_batch_has_a_square_of_bytes_for_each_image_in_order(plain: AnnotatedImages) -> None:
    items = [plain[number] for number in (3, 1, 2)]
    batch = collate(items)
    assert batch["image"].shape == (3, 3, 64, 64)
    assert batch["image"].dtype == torch.uint8  # numbers are four times as long on their way to a device
    assert type(batch["image"]) is torch.Tensor
    assert batch["image"].is_contiguous(memory_format=torch.channels_last)  # as the network wants it
    assert all(torch.equal(image, item["image"]) for image, item in zip(batch["image"], items, strict=True))
    assert batch["path"] == [item["path"] for item in items]
    assert batch["size"] == [item["size"] for item in items]
    assert batch.pop("counted") == 3
    assert {len(values) for values in batch.values()} == {3}


def test_prediction_sees_an_image_as_evaluation_does(plain: AnnotatedImages) -> None:
    evaluated = collate([plain[number] for number in range(4)])
    images = UnlabeledImages([Path(path) for path in evaluated["path"]], Views((64, 64), 4))
    seen = collate_unlabeled([images[number] for number in range(4)])
    assert torch.equal(seen["image"], evaluated["image"])
    assert seen["size"] == evaluated["size"]


def test_an_image_in_the_cache_is_not_read_again_and_never_changed(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", images=10)
    source = read_source(tmp_path / "demo")
    cache = ImageCache(np.full(10, 3 * 200 * 200))
    dataset = AnnotatedImages(source.splits["all"], source.classes, train_transform((64, 64), AUGMENTATIONS["light"]), cache=cache)
    before = dataset[0, 1]["image"]
    dataset.examples[0].image.unlink()
    for seed in range(5):
        dataset[0, seed]
    assert torch.equal(dataset[0, 1]["image"], before)


def test_what_is_random_about_a_batch_follows_from_the_seed_of_its_first_image(plain: AnnotatedImages) -> None:
    transform = train_transform((64, 64), AUGMENTATIONS["light"])
    dataset = AnnotatedImages([*plain.examples], plain.classes, transform)

    def seen(*keys: tuple[int, int]) -> list[torch.Tensor]:
        return [item["image"] for item in dataset.__getitems__(keys)]

    first, second = seen((0, 1), (0, 2))
    assert not torch.equal(first, second)
    assert all(map(torch.equal, (first, second), seen((0, 1), (0, 3))))
    assert not any(map(torch.equal, (first, second), seen((0, 3), (0, 2))))


@pytest.mark.parametrize(("together", "expected"), [(1, ["read", "changed"] * 3), (2**24, ["read"] * 3 + ["changed"] * 3)])
def test_of_large_images_no_more_than_one_is_in_memory(
    together: int, expected: list[str], plain: AnnotatedImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = list[str]()

    def read(*given: Any) -> Any:
        done.append("read")
        return read_reduced(*given)

    def change(item: dict[str, Any]) -> dict[str, Any]:
        done.append("changed")
        return item

    monkeypatch.setattr(module, "TOGETHER", together)
    monkeypatch.setattr(module, "read_reduced", read)
    items = AnnotatedImages([*plain.examples], plain.classes, change).__getitems__([0, 1, 2])
    assert done == expected
    assert [item["path"] for item in items] == [str(plain.examples[number].image) for number in range(3)]
