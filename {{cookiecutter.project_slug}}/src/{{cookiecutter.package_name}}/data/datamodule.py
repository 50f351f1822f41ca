"""The images and annotations in `data.root`, as batches for training, validation and testing."""

import logging
import random
import signal
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import lightning as L
from torch.utils.data import DataLoader, Sampler

from ..config.errors import UserError
from ..config.schema import MAX_PIXELS
from .checks import Look, look_at
from .colors import change_colors
from .copies import Pair, pairs_of_copies
from .dataset import AnnotatedImages, collate
from .demo import write_demo
from .example import Example
from .files import DEMO_ROOT, Source
from .kept import find_kept
from .readers import read_source
from .sampler import EpochSampler, SharedBatches
from .splits import Rules, complete_splits, said_of_given
from .targets import COUNTED, classes_in, counts
from .transforms import eval_transform, train_transform

SHOWN = 10  # broken images in a message

log = logging.getLogger(__name__)


class VisionDataModule(L.LightningDataModule):
    """Reads any format in `formats/`; batches are what `dataset.collate` makes.

    Args:
        root: Folder of the data. None means the demo images, which are written to `data/demo` if they are not there.
        batch_size: Images in a batch, on each device.
        num_workers: Processes that load images; 0 loads in the main process.
        image_size: Side of the square images that the model sees, in pixels.
        val_fraction: Part of the images that validates, where the data give no such split.
        test_fraction: Part of the images that tests, where the data give no such split.
        splits_dir: Folder that keeps the splits made here.
        seed: Of the splits made here.
        classes: Class names of a trained model, which then give the indices. By default the data's own.
        test_split: What testing uses: `train`, `val`, `test`, or `all`.
        format: Name of a module in `formats/`. By default the format is found by looking.
        on_error: What images that cannot be read do: `stop`, or `skip` to go on without them.
        max_pixels: An image with more is not read.
        group: A regular expression; images in whose path it finds the same stay in one split.
        fold: For cross-validation: the fold that tests; the one before it validates.
        folds: How many folds there are.
        label_options: The values of `LabelSettings`.
    """

    def __init__(
        self,
        root: str | None,
        batch_size: int,
        num_workers: int,
        image_size: int,
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
        **label_options: Any,
    ) -> None:
        super().__init__()
        self.uses_demo = root is None
        # A checkpoint may be evaluated from another folder.
        root, splits_dir = (str(Path(folder).expanduser().absolute()) for folder in (root or DEMO_ROOT, splits_dir))
        self.save_hyperparameters(ignore=["classes", "test_split"])
        self.model_classes = classes
        self.format = format
        self.label_options = label_options
        self.test_split = test_split
        self.skipped: dict[Path, str] = {}  # images that are left out, and why
        self.looks: dict[Path, Look | str] = {}  # of the images that were decoded
        self.root, self.splits_dir = Path(root), Path(splits_dir)
        self.rules = Rules(self.splits_dir, seed, val_fraction, test_fraction, group, fold, folds)

    def prepare_data(self) -> None:
        if self.uses_demo and not self.root.exists():
            log.info("Writing the demo images to %s", self.root)
            write_demo(self.root)

    @cached_property
    def source(self) -> Source[Example]:
        """What is in `root`, said in one line.

        Raises:
            UserError: If `root` holds no format that is known, or a mistake.
        """
        source = read_source(self.root, self.model_classes, self.format, self.splits_dir, **self.label_options)
        self._leave_out(source.broken)
        numbers = ", ".join(f"{len(examples)} {split}" for split, examples in source.splits.items())
        log.info("Data: %s in %s; %s; %d classes", source.format, self.root, numbers, len(source.classes))
        if source.details:
            log.info("%s", source.details)
        for note in source.notes:
            log.warning("%s", note)
        return source

    @property
    def classes(self) -> list[str]:
        return self.source.classes

    @cached_property
    def splits(self) -> dict[str, list[Example]]:
        """Examples of `train`, `val` and `test`; what the data do not give is made and kept."""
        splits, explanation = complete_splits(self.source, self.root, self.rules, self._copies)
        numbers = ", ".join(f"{len(examples)} {split}" for split, examples in splits.items())
        log.info("Splits: %s (%s)", numbers, explanation)
        # Readers list class by class; mixed, the first batches show a bit of everything.
        return {split: random.Random(self.rules.seed).sample(examples, len(examples)) for split, examples in splits.items()}

    def setup(self, stage: str) -> None:
        plain = eval_transform(self.hparams["image_size"])
        if stage == "test":
            self.test = self._dataset(self._readable(self._tested()), plain)
            return
        self._check_splits()
        self.train = self._dataset(self.readable_splits["train"], train_transform(self.hparams["image_size"]))
        self.val = self._dataset(self.readable_splits["val"], plain)

    def _dataset(self, examples: list[Example], transform: Callable[[Any], Any]) -> AnnotatedImages:
        return AnnotatedImages(examples, self.classes, transform, self.hparams["max_pixels"])

    @cached_property
    def readable_splits(self) -> dict[str, list[Example]]:
        """As `splits`, without images that cannot be read.

        Raises:
            UserError: If there are such images, and they are not to be skipped.
        """
        readable = {example.image for example in self._readable([each for split in self.splits.values() for each in split])}
        if said := said_of_given(self.source.splits, self.root, self.rules.group, self._copies):
            log.warning("%s", said)
        return {split: [example for example in examples if example.image in readable] for split, examples in self.splits.items()}

    def look_at(self, images: list[Path]) -> dict[Path, Look | str]:
        """What images are like, or why they cannot be read; it is remembered beside the splits."""
        kept_in = self.splits_dir / f"{self.root.name}-readable.csv" if self.splits_dir.is_dir() else None
        if new := [image for image in images if image not in self.looks]:
            self.looks |= look_at(new, self.hparams["max_pixels"], kept_in)
        return {image: self.looks[image] for image in images}

    def _readable(self, examples: list[Example]) -> list[Example]:
        """The examples whose images can be read."""
        looks = self.look_at([example.image for example in examples])
        self._leave_out({path: look for path, look in looks.items() if isinstance(look, str)})
        return [example for example in examples if isinstance(looks[example.image], Look)]

    def _leave_out(self, broken: dict[Path, str]) -> None:
        """Goes on without images, or stops, as `on_error` says."""
        self.skipped |= broken
        if broken and self.hparams["on_error"] == "stop":
            shown = "; ".join(list(broken.values())[:SHOWN]) + ("; …" if len(broken) > SHOWN else "")
            raise UserError(f"{shown} ({len(broken)} such images; data.on_error=skip goes on without them)")
        if broken:
            log.warning("Left out: %d images that cannot be used, %s among them", len(broken), next(iter(broken)))

    def _copies(self, images: list[Path]) -> list[Pair]:
        looks = self.look_at(images)
        pairs, said = pairs_of_copies({image: look.print for image, look in looks.items() if isinstance(look, Look)})
        if said:
            log.warning("%s", said)
        return pairs

    def train_dataloader(self) -> DataLoader[Any]:
        rank, devices = self._place
        sampler = EpochSampler(self.train, self.hparams["seed"], rank, devices)
        # A last batch of one image would break batch normalization; but a single small batch is better than none.
        drop_last = len(self.train) // devices > self.hparams["batch_size"]
        return self._loader(self.train, sampler, drop_last)

    def on_after_batch_transfer(self, batch: dict[str, Any], dataloader_idx: int) -> dict[str, Any]:
        if "colors" in batch:
            batch["image"] = change_colors(batch["image"], batch.pop("colors"))
        return batch

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        """The images of `test_split`, without augmentation."""
        return self._loader(self.test)

    def _tested(self) -> list[Example]:
        """The examples of `test_split`.

        Raises:
            UserError: If the data do not give this split, and none was kept by a training.
        """
        given, split = self.source.splits, self.test_split
        if split == "all":
            return [example for examples in given.values() for example in examples]
        if split in given:
            return given[split]
        trained = hasattr(self, "train")  # here, perhaps without a place to keep the splits
        if not trained and "val" not in given and not find_kept(self.root, self.splits_dir, self.rules.suffix)[0]:
            raise UserError(
                f"{self.root} gives no {split} split, and {self.splits_dir} keeps none from a training: "
                "use split=all, or name the folder of the splits as data.splits_dir=…"
            )
        return self.splits[split]

    def _check_splits(self) -> None:
        """Refuses splits on which nothing, or not each class, can be learned or measured, before hours have gone."""
        lost = set[int]().union(*map(classes_in, self.splits["train"])).difference(*map(classes_in, self.readable_splits["train"]))
        if lost:
            names = ", ".join(self.classes[index] for index in sorted(lost))
            raise UserError(f"none of the training images of {names} in {self.root} can be read: mend them, or remove the class")
        for split, examples in self.readable_splits.items():
            if not any(counts(example, self.classes) for example in examples):
                raise UserError(
                    f"none of the {len(examples)} {split} images of {self.root} has {COUNTED}: "
                    "add such images, or divide them in another way (seed, data.val_fraction, data.test_fraction)"
                )

    @property
    def _place(self) -> tuple[int, int]:
        """Which device this process is for, and of how many."""
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)

    def _loader(self, dataset: AnnotatedImages, sampler: Sampler[Any] | None = None, drop_last: bool = False) -> DataLoader[Any]:
        workers = self.hparams["num_workers"]
        if sampler is None and self._place[1] > 1:
            sampler = SharedBatches(dataset, self.hparams["batch_size"], *self._place)
        return DataLoader(
            dataset,
            batch_size=self.hparams["batch_size"],
            sampler=sampler,
            drop_last=drop_last,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.trainer is not None and self.trainer.strategy.root_device.type == "cuda",
            collate_fn=collate,
            worker_init_fn=leave_signals_to_the_main_process,
        )


def leave_signals_to_the_main_process(worker: int) -> None:
    """Lets the main process say when a worker ends: Ctrl-C, for one, reaches all of them at once."""
    for name in ("SIGINT", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):  # Windows has fewer
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # by which the main process ends one that hangs
