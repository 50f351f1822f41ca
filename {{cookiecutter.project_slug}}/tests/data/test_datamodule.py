from collections.abc import Callable

import pytest
import torch
from omegaconf import DictConfig
from torch import Tensor
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.transforms import eval_transform


@pytest.fixture
def data(compose: Callable[..., DictConfig]) -> VisionDataModule:
    cfg = compose()
    made = VisionDataModule(**cfg.data, seed=cfg.seed)
    made.setup("fit")
    return made


def pixels(loader: DataLoader) -> Tensor:
    """All images of a loader, in its order."""
    return torch.cat([batch["image"] for batch in loader])


def test_each_image_is_for_training_validation_or_testing(data: VisionDataModule) -> None:
    used = [loader().dataset.samples for loader in (data.train_dataloader, data.val_dataloader, data.test_dataloader)]  # pyright: ignore[reportAttributeAccessIssue]
    assert all(used)
    assert sorted(sample.image for samples in used for sample in samples) == sorted(
        sample.image for sample in data.source.splits["all"]
    )


def test_training_images_are_shuffled(data: VisionDataModule) -> None:
    data.train.transform = eval_transform(64)
    loader = data.train_dataloader()
    assert not torch.equal(pixels(loader), pixels(loader))


def test_training_images_are_augmented_and_no_others(data: VisionDataModule) -> None:
    assert not torch.equal(data.train[0]["image"], data.train[0]["image"])
    for loader in (data.val_dataloader(), data.test_dataloader(), data.dataloader("val")):
        assert torch.equal(pixels(loader), pixels(loader))


@pytest.mark.parametrize("split", ["val", "test"])
def test_all_images_count_even_if_the_last_batch_is_small(split: str, data: VisionDataModule) -> None:
    assert len(data.splits[split]) % data.hparams["batch_size"] != 0
    for loader in (getattr(data, f"{split}_dataloader")(), data.dataloader(split)):
        assert len(pixels(loader)) == len(data.splits[split])
