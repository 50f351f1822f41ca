"""The images and annotations in `data.root`, as batches for training, validation and testing."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import lightning as L
import numpy as np
from torch.utils.data import DataLoader, Sampler

from ..config.errors import UserError
from ..config.model import LabelSettings, ViewSettings
from ..config.schema import MAX_PIXELS
from .cache import make_cache
from .collection import Collection
from .dataset import AnnotatedImages, collate
from .demo import write_demo
from .example import Example
from .files import DEMO_ROOT, absolute
from .input_size import STRIDE, input_size
from .sampler import EpochSampler, SharedBatches
from .shards import ShardedCollection, is_sharded
from .splits import Rules
from .transforms import AUGMENTATIONS, change_batch, eval_transform, train_transform
from .views import Views
from .workers import prepare_worker

log = logging.getLogger(__name__)


class VisionDataModule(L.LightningDataModule):
    """Reads any format in `formats/`, or shards of such; batches are what `dataset.collate` makes.

    Args:
        root: Folder of the data, or of their shards, which may be in a bucket. None means the demo images, which are written to
            `data/demo` if they are not there.
        batch_size: Images in a batch, on each device.
        num_workers: Processes that load images; 0 loads in the main process.
        image_size: Height and width of the input, in pixels, or its longer side, of which `setup` for a training makes both, by
            the shapes of the training images.
        val_fraction: Part of the images that validates, where the data give no such split.
        test_fraction: Part of the images that tests, where the data give no such split.
        splits_dir: Folder that keeps the splits made here.
        seed: Of the splits made here.
        classes: Class names of a trained model, which then give the indices. By default the data's own.
        test_split: What testing uses: `train`, `val`, `test`, or `all`.
        format: Name of a module in `formats/`. By default the format is found by looking.
        on_error: What images that cannot be read do: `stop`, or `skip` to go on without them.
        max_pixels: An image with more is not read.
        group: A column of the table of labels, or a regular expression of paths: images of the same stay in one split.
        fold: For cross-validation: the fold that tests; the one before it validates.
        folds: How many folds there are.
        cache: Where all images of a training are kept after they were decoded; None keeps only those of small sets.
        augmentation: How training images are changed: a name in `AUGMENTATIONS`.
        stride: As `input_size` takes it.
        kept_as: Name of the file in `splits_dir` that keeps the splits, if a training has found it.
        options: The values of `LabelSettings` and `ViewSettings`.
    """

    def __init__(
        self,
        root: str | None,
        batch_size: int,
        num_workers: int,
        image_size: int | Sequence[int],
        val_fraction: float,
        test_fraction: float,
        splits_dir: str,
        seed: int,
        classes: list[str] | None = None,
        test_split: str = "test",
        format: str | None = None,
        on_error: str = "stop",
        max_pixels: int = MAX_PIXELS,
        group: str | None = None,
        fold: int | None = None,
        folds: int = 5,
        cache: Literal["ram", "disk"] | None = None,
        augmentation: str = "light",
        stride: int = STRIDE,
        kept_as: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.uses_demo = root is None
        # A checkpoint may be evaluated from another folder.
        root, splits_dir = (absolute(str(folder)) for folder in (root or DEMO_ROOT, splits_dir))
        self.save_hyperparameters(ignore=["classes", "test_split", "stride"])
        self.test_split, self.stride = test_split, stride
        rules = Rules(Path(splits_dir), seed, val_fraction, test_fraction, group, fold, folds, kept_as)
        self.collection: Collection | ShardedCollection
        if is_sharded(root):
            if fold is not None:
                raise UserError(f"data.fold={fold}: shards keep the splits that they were written with; leave it out")
            self.collection = ShardedCollection(root, classes)
        else:
            self.collection = Collection(Path(root), rules, classes, format, on_error, max_pixels, LabelSettings.among(options))
        self.chosen_by = f"{root} {rules}"
        self.view_options = ViewSettings.among(options)
        self.training_size: tuple[int, int] | None = None  # of the images that train next; None leaves them as they were loaded

    def prepare_data(self) -> None:
        if self.uses_demo and not (root := Path(self.hparams["root"])).exists():
            log.info("Writing the demo images to %s", root)
            write_demo(root)

    @property
    def classes(self) -> list[str]:
        return self.collection.source.classes

    def setup(self, stage: str) -> None:
        """Makes the datasets that the stage needs; after `fit`, there are all."""
        if stage != "test" and not hasattr(self, "train"):
            splits = self.collection.readable
            looks = self._looks(splits["train"])
            size = input_size(self.hparams["image_size"], looks["height"], looks["width"], self.stride)
            found = {"image_size": [*size], "kept_as": self.collection.kept_as}
            self.save_hyperparameters(found)  # plain data, as a checkpoint keeps them
            self.times = self.views.times(looks["height"], looks["width"])
            looks = self._looks(splits["val"])
            self.passes = self.views.passes(looks["height"], looks["width"])
            augmentation = AUGMENTATIONS[self.hparams["augmentation"]]
            changed = train_transform(self.image_size, augmentation, **self.view_options)
            self.train = self._dataset("train", splits["train"], changed, augmentation.smallest_part, cached=True)
            self.val = self._dataset("val", splits["val"], self._plain, cached=True)
            self.test = self._dataset("test", splits["test"], self._plain)
            self.collection.release()
        elif not hasattr(self, "test"):
            self.test = self._dataset(self.test_split, self.collection.of_split(self.test_split), self._plain)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the input; before `setup`, they have to be given."""
        height, width = self.hparams["image_size"]
        return height, width

    @property
    def views(self) -> Views:
        """How images are seen in validation and tests."""
        return Views(self.image_size, self.hparams["batch_size"], **self.view_options)

    @property
    def _plain(self) -> Callable[[Any], Any]:
        return self.views.transform(eval_transform(self.image_size), collate)

    def _looks(self, examples: list[Example]) -> np.ndarray:
        return self.collection.looks[0].rows_of(example.image for example in examples)

    def _dataset(
        self, split: str, examples: list[Example], transform: Callable[[Any], Any], part: float = 1, cached: bool = False
    ) -> AnnotatedImages:
        """Images for a transform that may see no more than a part of each."""
        detail = self.views.detail(part)
        cache = None
        if cached:
            name = f"{Path(self.hparams['root']).name}-{split}"
            cache = make_cache(self._looks(examples), detail, self.hparams["cache"], name, self.chosen_by)
        files = self.collection.files(split)
        return AnnotatedImages(examples, self.classes, transform, detail, self.hparams["max_pixels"], cache, files)

    def train_dataloader(self) -> DataLoader[Any]:
        rank, devices = self._place
        sampler = EpochSampler(self.train, self.hparams["seed"], rank, devices, self.times, self.train.files)
        # A last batch of one image would break batch normalization; but a single small batch is better than none.
        drop_last = len(sampler) > self.hparams["batch_size"]
        return self._loader(self.train, sampler, drop_last)

    def on_after_batch_transfer(self, batch: dict[str, Any], dataloader_idx: int) -> dict[str, Any]:
        return change_batch(batch, self.training_size) if self.trainer and self.trainer.training else batch

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        """The images of `test_split`, without augmentation."""
        return self._loader(self.test)

    @property
    def _place(self) -> tuple[int, int]:
        """Which device this process is for, and of how many."""
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)

    def _loader(self, dataset: AnnotatedImages, sampler: Sampler[Any] | None = None, drop_last: bool = False) -> DataLoader[Any]:
        workers = self.hparams["num_workers"]
        how = {"batch_size": self.hparams["batch_size"], "collate_fn": collate} if sampler else self.views.loading(collate)
        if sampler is None and self._place[1] > 1:
            sampler = SharedBatches(dataset, how["batch_size"], *self._place)
        return DataLoader(
            dataset,
            sampler=sampler,
            drop_last=drop_last,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.trainer is not None and self.trainer.strategy.root_device.type == "cuda",
            worker_init_fn=prepare_worker,
            **how,
        )
