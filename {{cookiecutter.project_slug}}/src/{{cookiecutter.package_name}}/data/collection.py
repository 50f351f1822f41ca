"""Which annotated images a folder has, which of them can be read, and which train, validate and test."""

import contextlib
import logging
import random
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .checks import look_at
from .copies import Pair, pairs_of_copies
from .example import Example
from .files import Source
from .image_findings import narrow_range
from .looks import LOOKS, Looks
from .readers import read_source
from .splits import Rules, complete_splits, find_splits, said_of_given
from .targets import COUNTED, classes_in, counts

SHOWN = 3  # broken images in a message

Splits = dict[str, list[Example]]

log = logging.getLogger(__name__)


class Collection:
    """The annotated images in a folder, read when they are first asked for.

    Args:
        root: The folder.
        rules: How images are divided that have no splits.
        classes: Class names of a trained model, which then give the indices. By default the data's own.
        format: Name of a module in `formats/`. By default the format is found by looking.
        on_error: What images that cannot be read do: `stop`, or `skip` to go on without them.
        max_pixels: An image with more is not read.
        label_options: The values of `LabelSettings`.

    Attributes:
        skipped: Images that are left out, and why.
        kept_as: Name of the file that keeps the splits, once they were made.
    """

    def __init__(
        self,
        root: Path,
        rules: Rules,
        classes: list[str] | None,
        format: str | None,
        on_error: str,
        max_pixels: int,
        label_options: dict[str, Any],
    ) -> None:
        self.root, self.rules, self.max_pixels, self.skips = root, rules, max_pixels, on_error == "skip"
        self.reading: dict[str, Any] = {"classes": classes, "format": format, "kept_in": rules.kept_in, **label_options}
        self.skipped: dict[Path, str] = {}
        self.kept_as: str | None = None

    def remember(self) -> None:
        """Makes the folder of the splits, in which what takes long to find out is kept then."""
        with contextlib.suppress(OSError):  # it only saves time
            self.rules.kept_in.mkdir(parents=True, exist_ok=True)

    @cached_property
    def source(self) -> Source[Example]:
        """What is in `root`, said in one line.

        Raises:
            UserError: If `root` holds no format that is known, or a mistake.
        """
        source = read_source(self.root, **self.reading)
        self._leave_out(source.broken)
        log.info("Data: %s in %s; %s; %d classes", source.format, self.root, counted(source.splits), len(source.classes))
        if source.details:
            log.info("%s", source.details)
        for note in source.notes:
            log.warning("%s", note)
        return source

    @cached_property
    def splits(self) -> Splits:
        """Examples of `train`, `val` and `test`; what the data do not give is made and kept."""
        splits, explanation, file = complete_splits(self.source, self.root, self.rules, self._copies)
        self.kept_as = file.name if file else None
        log.info("Splits: %s (%s)", counted(splits), explanation)
        # Readers list class by class; mixed, the first batches show a bit of everything.
        return {split: random.Random(self.rules.seed).sample(examples, len(examples)) for split, examples in splits.items()}

    @cached_property
    def readable(self) -> Splits:
        """As `splits`, without images that cannot be read.

        Raises:
            UserError: If there are such images, and they are not to be skipped; or if nothing, or not each class, can be learned or
                measured, before hours have gone.
        """
        broken = self.looks[1]
        self._leave_out(broken)
        splits = {split: _without(broken, examples) for split, examples in self.splits.items()}
        if said := said_of_given(self.source, self.root, self.rules.group, self._copies):
            log.warning("%s", said)
        for found in narrow_range(self.looks[0]):
            log.warning("%s", found.remedy)
        lost = set[int]().union(*map(classes_in, self.splits["train"])).difference(*map(classes_in, splits["train"]))
        if lost:
            names = ", ".join(self.source.classes[index] for index in sorted(lost))
            raise UserError(f"none of the training images of {names} in {self.root} can be read: mend them, or remove the class")
        if unseen := self._unseen(splits):
            log.warning("classes that images of val or test have, but no training image: %s; they are not learned", unseen)
        for split, examples in splits.items():
            if not any(counts(example, self.source.classes) for example in examples):
                raise UserError(
                    f"none of the {len(examples)} {split} images of {self.root} has {COUNTED}: "
                    "add such images, or divide them in another way (seed, data.val_fraction, data.test_fraction)"
                )
        return splits

    def _unseen(self, splits: Splits) -> str:
        """The names of the classes that nothing is learned of, though they are tested."""
        trained, *tested = (set[int]().union(*(each.strata for each in splits[split])) for split in ("train", "val", "test"))
        return ", ".join(self.source.classes[index] for index in sorted(set.union(*tested) - trained))

    def of_split(self, split: str) -> list[Example]:
        """The readable examples of a split, or of `all`, which need not be divided for it.

        Raises:
            UserError: If the data do not give this split, and none was kept by a training.
        """
        given = self.source.splits
        if split == "all":
            return self._readable([example for examples in given.values() for example in examples])
        if split in given:
            return self._readable(given[split])
        folder = self.rules.kept_in
        if "val" not in given and not find_splits(self.source, self.root, self.rules)[0]:
            raise UserError(
                f"{self.root} gives no {split} split, and {folder} keeps none from a training: "
                "use split=all, or name the folder of the splits as data.splits_dir=…"
            )
        return self._readable(self.splits[split])

    @cached_property
    def looks(self) -> tuple[Looks, dict[Path, str]]:
        """As `look_at` all images."""
        return self.look_at([example.image for examples in self.source.splits.values() for example in examples])

    def look_at(self, images: list[Path]) -> tuple[Looks, dict[Path, str]]:
        """What images are like that can be read, and why the others cannot; it is remembered beside the splits."""
        folder = self.rules.kept_in
        return look_at(images, self.max_pixels, folder / f"{self.root.name}{LOOKS}" if folder.is_dir() else None)

    def files(self, split: str) -> None:
        """Nothing: the examples name the files."""

    def release(self) -> None:
        """Lets go of the examples, which are in datasets by now: these need much less memory for them."""
        self.source = replace(self.source, splits={})
        for name in ("splits", "readable", "looks"):
            vars(self).pop(name, None)

    def _readable(self, examples: list[Example]) -> list[Example]:
        _, broken = self.look_at([example.image for example in examples])
        self._leave_out(broken)
        return _without(broken, examples)

    def _leave_out(self, broken: dict[Path, str]) -> None:
        """Goes on without images, or stops."""
        self.skipped |= broken
        if broken and not self.skips:
            reason, more = next(iter(broken.values())), len(broken) - SHOWN
            if len(broken) == 1:
                raise UserError(f"{reason}; data.on_error=skip goes on without it")
            names = ", ".join(map(str, list(broken)[:SHOWN])) + (f" and {more} more" if more > 0 else "")
            raise UserError(f"{len(broken)} images cannot be used, {names}; {reason}; data.on_error=skip goes on without them")
        if broken:
            log.warning("Left out: %d images that cannot be used, %s among them", len(broken), next(iter(broken)))

    def _copies(self, images: list[Path]) -> list[Pair]:
        looks, broken = self.looks
        pairs, said = pairs_of_copies({image: looks[image].print for image in images if image not in broken})
        if said:
            log.warning("%s", said)
        return pairs


def _without(broken: dict[Path, str], examples: list[Example]) -> list[Example]:
    return [example for example in examples if example.image not in broken]


def counted(splits: Splits) -> str:
    return ", ".join(f"{len(examples)} {'images' if split == 'all' else split}" for split, examples in splits.items())
