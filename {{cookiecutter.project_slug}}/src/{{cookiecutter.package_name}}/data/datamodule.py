"""The images and annotations in `data.root`, as batches for training, validation and testing."""

import logging
import random
from functools import cached_property
from pathlib import Path
from typing import Any

import lightning as L
from torch.utils.data import DataLoader, Dataset

from .dataset import AnnotatedImages, collate
from ..config.errors import UserError
from .files import Source
from .readers import Sample, read_source
from .demo import SAMPLE_ROOT, write_sample
from .splits import complete_splits, splits_file
from .transforms import eval_transform, train_transform

log = logging.getLogger(__name__)


class VisionDataModule(L.LightningDataModule):
    """Reads any format that `readers.py` knows; batches are what `dataset.collate` makes.

    Args:
        root: Folder of the data. The sample data set is written there if this is its folder and it is missing.
        batch_size: Images in a batch, on each device.
        num_workers: Processes that load images; 0 loads in the main process.
        image_size: Side of the square images that the model sees, in pixels.
        val_fraction: Part of the images that validates, where the data give no such split.
        test_fraction: Part of the images that tests, where the data give no such split.
        splits_dir: Folder that keeps the splits made here.
        seed: Of the splits made here.
        classes: Class names of a trained model, which then give the indices. By default the data's own.
    """

    def __init__(
        self,
        root: str,
        batch_size: int,
        num_workers: int,
        image_size: int,
        val_fraction: float,
        test_fraction: float,
        splits_dir: str,
        seed: int,
        classes: list[str] | None = None,
    ) -> None:
        super().__init__()
        # A checkpoint may be evaluated from another folder.
        root, splits_dir = str(Path(root).expanduser().absolute()), str(Path(splits_dir).expanduser().absolute())
        self.save_hyperparameters(ignore="classes")
        self.model_classes = classes
        self.root, self.splits_dir = Path(root), Path(splits_dir)

    def prepare_data(self) -> None:
        if self.root == SAMPLE_ROOT.absolute() and not self.root.exists():
            log.info("Writing the sample data set to %s", self.root)
            write_sample(self.root)

    @cached_property
    def source(self) -> Source[Sample]:
        """What the reader found in `root`, said in one line.

        Raises:
            UserError: If `root` holds no format that is known, or a mistake.
        """
        source = read_source(self.root, self.model_classes)
        counts = ", ".join(f"{len(samples)} {split}" for split, samples in source.splits.items())
        log.info("Data: %s in %s; %s; %d classes", source.format, self.root, counts, len(source.classes))
        for note in source.notes:
            log.warning("%s", note)
        return source

    @property
    def classes(self) -> list[str]:
        return self.source.classes

    @cached_property
    def splits(self) -> dict[str, list[Sample]]:
        """Samples of `train`, `val` and `test`."""
        hparams = self.hparams
        splits, explanation = complete_splits(
            self.source, self.root, self.splits_dir, hparams["seed"], hparams["val_fraction"], hparams["test_fraction"]
        )
        counts = ", ".join(f"{len(samples)} {split}" for split, samples in splits.items())
        log.info("Splits: %s (%s)", counts, explanation)
        # Readers list class by class; mixed, the first batches show a bit of everything.
        return {split: random.Random(hparams["seed"]).sample(samples, len(samples)) for split, samples in splits.items()}

    def setup(self, stage: str) -> None:
        size = self.hparams["image_size"]
        augmented, plain = train_transform(size), eval_transform(size)
        self.train = AnnotatedImages(self.splits["train"], self.classes, augmented)
        self.val = AnnotatedImages(self.splits["val"], self.classes, plain)
        self.test = AnnotatedImages(self.splits["test"], self.classes, plain)

    def train_dataloader(self) -> DataLoader[Any]:
        # A last batch of one image would break batch normalization; but a single small batch is better than none.
        images_per_device = len(self.train) // (self.trainer.world_size if self.trainer else 1)
        return self._loader(self.train, shuffle=True, drop_last=images_per_device > self.hparams["batch_size"])

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.test)

    def dataloader(self, split: str) -> DataLoader[Any]:
        """The images of one split, or of `all`, without augmentation.

        Raises:
            UserError: If the data do not give this split, and none was kept by a training.
        """
        if split == "all":
            samples = [sample for samples in self.source.splits.values() for sample in samples]
        elif split in self.source.splits:
            samples = self.source.splits[split]
        elif not splits_file(self.root, self.splits_dir, self.hparams["seed"]).exists() and "val" not in self.source.splits:
            raise UserError(
                f"{self.root} gives no {split} split, and {self.splits_dir} keeps none from a training: "
                "use split=all, or name the folder of the splits as data.splits_dir=…"
            )
        else:
            samples = self.splits[split]
        return self._loader(AnnotatedImages(samples, self.classes, eval_transform(self.hparams["image_size"])))

    def _loader(self, dataset: Dataset[Any], shuffle: bool = False, drop_last: bool = False) -> DataLoader[Any]:
        workers = self.hparams["num_workers"]
        return DataLoader(
            dataset,
            batch_size=self.hparams["batch_size"],
            shuffle=shuffle,
            drop_last=drop_last,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.trainer is not None and self.trainer.strategy.root_device.type == "cuda",
            collate_fn=collate,
        )
