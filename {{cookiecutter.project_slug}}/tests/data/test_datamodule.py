import itertools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import datamodule
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.dataset import collate
from {{ cookiecutter.package_name }}.data.demo import write_demo
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


def test_each_image_is_for_training_validation_or_testing(data: VisionDataModule) -> None:
    used = [dataset.examples for dataset in (data.train, data.val, data.test)]
    assert all(used)
    assert sorted(example.image for examples in used for example in examples) == sorted(
        example.image for example in data.source.splits["all"]
    )


def test_training_images_are_shuffled(data: VisionDataModule) -> None:
    data.train.transform = eval_transform(64)
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
    for loader, changes in ((data.train_dataloader(), True), (data.val_dataloader(), False), (data.test_dataloader(), False)):
        batch = next(iter(loader))
        before = batch["image"].clone()
        moved = data.on_after_batch_transfer(batch, 0)
        assert torch.equal(moved["image"], before) != changes
        assert "colors" not in moved


@pytest.mark.parametrize("split", ["val", "test"])
def test_all_images_count_even_if_the_last_batch_is_small(split: str, data: VisionDataModule) -> None:
    assert len(data.splits[split]) % data.hparams["batch_size"] != 0
    assert len(pixels(getattr(data, f"{split}_dataloader")())) == len(data.splits[split])


@pytest.mark.parametrize("split", ["train", "val", "test", "all"])
def test_testing_may_use_any_split_that_a_training_kept(split: str, data: VisionDataModule, make: Make) -> None:
    later = make(test_split=split)
    later.setup("test")
    expected = data.source.splits["all"] if split == "all" else data.splits[split]
    assert sorted(example.image for example in later.test.examples) == sorted(example.image for example in expected)
    assert torch.equal(pixels(later.test_dataloader()), pixels(later.test_dataloader()))


def test_a_split_that_nobody_made_is_refused_and_none_is_made(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="use split=all"):
        make().setup("test")
    make(test_split="all").setup("test")
    assert not (tmp_path / "splits").exists()


@pytest.mark.usefixtures("data")
def test_splits_of_another_folder_of_the_same_name_are_not_used(make: Make, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / root.name
    write_demo(other, images=20, seed=1)
    with pytest.raises(UserError, match="use split=all"):
        make(root=str(other)).setup("test")


def test_an_image_in_two_given_splits_is_said(make: Make, data: VisionDataModule, caplog: pytest.LogCaptureFixture) -> None:
    given = {split: data.splits[split] for split in ("train", "val", "test")}
    made = make()
    made.source = replace(data.source, splits={**given, "val": [*given["val"], given["train"][0]]})
    with caplog.at_level("WARNING"):
        made.setup("fit")
    assert "several of the given splits: 1, as" in caplog.text


def test_testing_after_training_needs_no_place_to_keep_the_splits(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datamodule, "find_kept", lambda *_: (None, {}))
    trained = make()
    trained.setup("fit")
    trained.setup("test")
    assert trained.test.examples == trained.splits["test"]


def test_without_a_root_the_demo_images_are_written_once(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    monkeypatch.setattr(datamodule, "write_demo", lambda folder: written.append(folder) or folder.mkdir(parents=True))
    data = make(root=None)
    data.prepare_data()
    data.prepare_data()
    assert written == [tmp_path / "data" / "demo"]
    assert data.hparams["root"] == str(tmp_path / "data" / "demo")


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
    assert VisionDataModule(**saved, test_split="val", classes=["b", "c"]).root == tmp_path / "photos"


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_split_with_nothing_to_count_is_refused_before_training(
    split: str, make: Make, data: VisionDataModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {example.image for example in data.splits[split]}
    monkeypatch.setattr(datamodule, "counts", lambda example, classes: example.image not in empty)
    with pytest.raises(UserError, match=f"none of the {len(empty)} {split} images of .* has {datamodule.COUNTED}"):
        make().setup("fit")
    make().setup("test")


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


def test_broken_images_are_all_named_before_training_and_left_out_if_asked(make: Make, root: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(root, tmp_path / "copied")
    images = [example.image for example in make(root=str(copied)).source.splits["all"]]
    broken = images[5:8]
    for path in broken:
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r"3 such images; data\.on_error=skip") as refused:
        make(root=str(copied)).setup("fit")
    assert all(str(path) in str(refused.value) for path in broken)

    data = make(root=str(copied), on_error="skip")
    data.setup("fit")
    data.setup("test")
    used = {example.image for dataset in (data.train, data.val, data.test) for example in dataset.examples}
    assert used == set(images) - set(broken)
    assert data.skipped.keys() == set(broken)
