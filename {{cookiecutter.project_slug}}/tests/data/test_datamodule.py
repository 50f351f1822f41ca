import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import cache as of_cache
from {{ cookiecutter.package_name }}.data import collection, datamodule
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.dataset import collate
from {{ cookiecutter.package_name }}.data.readers import read_source
from {{ cookiecutter.package_name }}.data.transforms import eval_transform

Make = Callable[..., VisionDataModule]


@pytest.fixture
def make(root: Path, tmp_path: Path) -> Make:
    """Makes data modules that keep their splits in one place."""

    def made(**given: Any) -> VisionDataModule:
        defaults = {"root": str(root), "batch_size": 3, "num_workers": 0, "image_size": 64, "splits_dir": str(tmp_path / "splits")}
        return VisionDataModule(**defaults | {"val_fraction": 0.2, "test_fraction": 0.1, "seed": 0} | given)

    return made


@pytest.fixture
def data(make: Make) -> VisionDataModule:
    """Set up for training and for testing."""
    made = make()
    made.setup("fit")
    made.setup("test")
    return made


def pixels(loader: DataLoader) -> Tensor:
    """All images of a loader, in its order."""
    return torch.cat([batch["image"] for batch in loader])


def test_each_image_is_for_training_validation_or_testing(data: VisionDataModule, root: Path) -> None:
    used = [dataset.examples for dataset in (data.train, data.val, data.test)]
    assert all(used)
    found = read_source(root).splits.values()
    assert sorted(example.image for examples in used for example in examples) == sorted(
        example.image for examples in found for example in examples
    )


def test_training_images_are_shuffled(data: VisionDataModule) -> None:
    data.train.transform = eval_transform((64, 64))
    loader = data.train_dataloader()
    orders = [pixels(loader)]
    loader.sampler.set_epoch(1)  # pyright: ignore[reportAttributeAccessIssue] (Lightning does it)
    orders += [pixels(loader), collate([data.train[number] for number in range(len(orders[0]))])["image"]]
    assert not any(torch.equal(one, other) for one, other in itertools.combinations(orders, 2))


def test_training_images_are_augmented_and_no_others(data: VisionDataModule) -> None:
    assert not torch.equal(data.train[0]["image"], data.train[0]["image"])
    for loader in (data.val_dataloader(), data.test_dataloader()):
        assert torch.equal(pixels(loader), pixels(loader))


def test_colors_of_training_images_change_on_the_device_and_those_of_no_others(data: VisionDataModule) -> None:
    for loader, training in ((data.train_dataloader(), True), (data.val_dataloader(), False), (data.test_dataloader(), False)):
        batch = next(iter(loader))
        before = batch["image"].clone()
        data.trainer = SimpleNamespace(training=training)  # pyright: ignore[reportAttributeAccessIssue]
        moved = data.on_after_batch_transfer(batch, 0)
        assert torch.equal((moved["image"] * 255).round() if training else moved["image"], before) != training
        assert "colors" not in moved


@pytest.mark.parametrize("split", ["val", "test"])
def test_all_images_count_even_if_the_last_batch_is_small(split: str, data: VisionDataModule) -> None:
    images = len(getattr(data, split))
    assert images % data.hparams["batch_size"] != 0
    assert len(pixels(getattr(data, f"{split}_dataloader")())) == images


def test_testing_after_training_needs_no_place_to_keep_the_splits(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "find_splits", lambda *_: (None, {}))
    trained = make()
    trained.setup("fit")
    trained.setup("test")
    assert len(trained.train) + len(trained.val) + len(trained.test) == 40


def test_the_splits_stay_as_a_checkpoint_names_them_whatever_other_trainings_leave(
    make: Make, data: VisionDataModule, root: Path, tmp_path: Path
) -> None:
    (file,) = (tmp_path / "splits").glob("*.csv")
    assert data.hparams["kept_as"] == file.name
    rows = file.read_text()
    others = "".join(f"of others {number}.jpg,1,val\n" for number in range(99))  # of a folder with many more images
    file.write_text(rows + others)
    file.with_name("0-seed0.csv").write_text(rows.replace(",val\n", ",test\n").replace(",train\n", ",val\n"))
    again = make(kept_as=data.hparams["kept_as"])
    again.setup("fit")
    for split in ("train", "val", "test"):
        assert {each.image for each in getattr(again, split).examples} == {each.image for each in getattr(data, split).examples}


def test_without_a_root_the_demo_images_are_written_once(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    monkeypatch.setattr(datamodule, "write_demo", lambda folder: written.append(folder) or folder.mkdir(parents=True))
    data = make(root=None)
    data.prepare_data()
    data.prepare_data()
    assert written == [tmp_path / "data" / "demo"]
    assert data.hparams["root"] == str(tmp_path / "data" / "demo")


@pytest.mark.parametrize(("stretch", "expected"), [("height", (64, 32)), ("width", (32, 64)), ("", (64, 64))])
def test_of_one_number_the_shape_of_the_training_images_makes_two(
    stretch: str, expected: tuple[int, int], make: Make, root: Path
) -> None:
    data = make(image_size=64)
    rows = data.collection.looks[0].rows
    rows["height"], rows["width"] = 50, 50
    if stretch:
        rows[stretch] = 100
    data.setup("fit")
    assert data.image_size == expected
    assert data.hparams["image_size"] == data.hparams_initial["image_size"] == [*expected]
    for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader()):
        assert next(iter(loader))["image"].shape[2:] == expected


def test_two_numbers_stay_whatever_the_images_are(make: Make) -> None:
    data = make(image_size=[96, 64])
    data.setup("fit")
    assert data.image_size == (96, 64)


def test_a_root_of_the_user_is_never_written(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = make(root="data/demo")
    data.prepare_data()
    assert not (tmp_path / "data").exists()
    with pytest.raises(UserError, match="not an existing folder"):
        data.setup("fit")


def test_what_is_saved_makes_the_same_data_module_anywhere(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved = make(root="photos", splits_dir="kept", test_split="all", classes=["a", "b"]).hparams
    assert saved["root"] == str(tmp_path / "photos")
    assert saved["splits_dir"] == str(tmp_path / "kept")
    monkeypatch.chdir("/")
    assert VisionDataModule(**saved, test_split="val", classes=["b", "c"]).collection.root == tmp_path / "photos"


@pytest.mark.parametrize("cache", ["ram", "disk"])
def test_a_cache_changes_no_image(
    cache: str, make: Make, data: VisionDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_cache, "FOLDER", tmp_path)
    expected = [batch["image"] for batch in data.train_dataloader()]
    for _ in range(2):
        made = make(cache=cache)
        made.setup("fit")
        loader = made.train_dataloader()
        for _ in range(2):
            assert all(map(torch.equal, (batch["image"] for batch in loader), expected))


@pytest.mark.parametrize(("device", "pinned"), [("cpu", False), ("cuda", True)])
@pytest.mark.parametrize("workers", [0, 2])
def test_memory_is_pinned_only_for_an_accelerator_and_workers_stay(
    device: str, pinned: bool, workers: int, make: Make, data: VisionDataModule
) -> None:
    made = make(num_workers=workers)
    made.setup("fit")
    made.setup("test")
    made.trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    made.trainer.strategy._root_device = torch.device(device)  # pyright: ignore[reportAttributeAccessIssue]
    for loader in (made.train_dataloader(), made.val_dataloader(), made.test_dataloader()):
        assert loader.pin_memory == pinned
        assert loader.persistent_workers == (workers > 0)
