"""The page that shows what was found in data: one file, which needs no network."""

import base64
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from torchvision.transforms import v2

from ..config.errors import UserError
from ..data.dataset import AnnotatedImages, collate
from ..data.examination import Examination
from ..data.input_size import fitted_size
from ..data.transforms import AUGMENTATIONS, change_batch, train_transform
from .draw import draw_labels, truth_on_input

SIDE = 256  # pixels of a picture
SHOWN = 8  # pictures of a finding, and augmented ones,
AT_ONCE = 4  # which are batches of so many
OF_A_CLASS = 4
CLASSES_SHOWN = 20
BARS = 12
COLORS = {"error": "bold red", "warning": "yellow", "info": "blue"}


@dataclass(frozen=True)
class Picture:
    """An image on the page: as a data URI, or without where it cannot be read."""

    uri: str | None
    name: str
    caption: str


class Album:
    """Draws images with their labels.

    Args:
        found: The data set.
        root: Its folder; names of files start there.
        max_pixels: An image with more is not read.
    """

    def __init__(self, found: Examination, root: Path, max_pixels: int) -> None:
        self.found, self.root, self.max_pixels = found, root, max_pixels

    def draw(self, paths: Sequence[Path]) -> list[Picture]:
        """Pictures of images, scaled."""

        def drawn(path: Path) -> Picture:
            if path not in self.found.examples:
                return Picture(None, self._name(path), self._caption(path))
            look = self.found.looks[path]
            small = v2.Resize(fitted_size(look.height, look.width, (SIDE, SIDE)))
            try:
                item = self._images([path], small)[0]
            except UserError as error:
                return Picture(None, self._name(path), str(error))
            return Picture(self._uri(item), self._name(path), self._caption(path))

        with ThreadPoolExecutor() as threads:
            return list(threads.map(drawn, paths))

    def augmented(self, paths: Sequence[Path], augmentation: str) -> list[Picture]:
        """Pictures of training images as the model gets them, in small batches; without those whose labels cannot be read."""
        images = self._images(paths, train_transform(self.found.image_size, AUGMENTATIONS[augmentation], **self.found.view_options))
        items = []
        for number in range(len(paths)):
            with suppress(UserError):
                items.append(images[number, number])
        pictures = []
        for some in (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)):
            batch = collate(some)
            mixed = batch.get("mixing") is not None  # then a picture is of several files
            batch = change_batch(batch)
            for image, truth, name in zip(batch["image"], truth_on_input(batch), map(Path, batch["path"]), strict=True):
                caption = "" if mixed else self._caption(name)
                pictures.append(Picture(self._uri({"image": image, **truth}), self._name(name), caption))
        return pictures

    def _images(self, paths: Sequence[Path], transform: Callable[[Any], Any]) -> AnnotatedImages:
        examples = [self.found.examples[path] for path in paths]
        return AnnotatedImages(examples, self.found.classes, transform, max_pixels=self.max_pixels)

    def _uri(self, item: dict[str, Any]) -> str:
        file = io.BytesIO()
        draw_labels(item, self.found.classes).save(file, "JPEG", quality=80)
        return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _caption(self, path: Path) -> str:
        counted = [(self.found.classes[index], count) for index, count in sorted(self.found.labels.objects.get(path, {}).items())]
        return ", ".join(f"{name} x{count}" if count > 1 else name for name, count in counted)

    def of_classes(self) -> dict[str, list[Picture]]:
        """Some images of each class."""
        holding: dict[int, list[Path]] = {index: [] for index in range(len(self.found.classes))}
        for path in random.Random(0).sample(sorted(self.found.examples), len(self.found.examples)):
            for index in self.found.labels.objects[path]:
                holding[index].append(path)
        shown = [index for index, paths in holding.items() if paths][:CLASSES_SHOWN]
        return {self.found.classes[index]: self.draw(holding[index][:OF_A_CLASS]) for index in shown}


def histogram(values: Sequence[float]) -> list[tuple[str, int]]:
    """How many values lie in each of some ranges of equal width; whole numbers keep ranges of whole numbers."""
    low, high = min(values, default=0), max(values, default=0)
    if low == high:
        return [(f"{low:g}", len(values))] if values else []
    width = max((high - low) / BARS, 1 if all(float(value).is_integer() for value in values) else 1e-9)
    width = -(-width // 1) if width >= 1 else width
    count = Counter(int((value - low) // width) for value in values)
    digits = 0 if width >= 1 else 2
    bars = []
    for number in range(max(count) + 1):
        start = low + number * width
        whole = width == 1 and float(low).is_integer()
        bars.append((f"{start:.0f}" if whole else f"{start:.{digits}f} to {start + width:.{digits}f}", count[number]))
    return bars


def write_page(file: Path, found: Examination, root: Path, max_pixels: int, augmentation: str) -> None:
    """Writes the page.

    Args:
        file: Where to.
        found: What is in the data set.
        root: Its folder.
        max_pixels: An image with more is not read.
        augmentation: How training images are changed: a name in `AUGMENTATIONS`.
    """
    album, looks = Album(found, root, max_pixels), found.looks.values()
    height, width = found.image_size
    trained = [path for path in found.splits.get("train", []) if path in found.examples]
    charts = {
        "Objects of each class": [*found.objects.items()][:CLASSES_SHOWN],
        "Objects in an image": histogram([each.total() for each in found.labels.objects.values()]),
        f"Side of objects, in pixels of {height} x {width}": histogram(found.labels.sides),
        "Longer side of images, in pixels": histogram([max(look.height, look.width) for look in looks]),
        "Width of images by their height": histogram([look.width / look.height for look in looks]),
    }
    pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)
    page = pages.get_template("doctor.html.jinja").render(
        root=root,
        found=found,
        findings=[(each, album.draw(each.files[:SHOWN])) for each in found.findings],
        severities=Counter(each.severity for each in found.findings),
        classes=album.of_classes(),
        augmentation=augmentation,
        augmented=album.augmented(random.Random(0).sample(trained, min(SHOWN, len(trained))), augmentation),
        charts={title: bars for title, bars in charts.items() if bars},
    )
    file.write_text(page, encoding="utf-8")


def print_summary(found: Examination) -> None:
    """Prints how many images and objects there are, and a line for each finding."""
    table = Table.grid(Column(), Column(), Column(justify="right"), Column(overflow="fold"), padding=(0, 2))
    for name, counts in (("images", {split: len(paths) for split, paths in found.splits.items()}), ("objects", found.objects)):
        table.add_row(name, "", "", Text(", ".join(f"{each} {count}" for each, count in counts.items())))
    for each in found.findings:
        table.add_row(Text(each.severity, COLORS[each.severity]), each.kind, str(each.count), Text(each.remedy))
    Console().print(table)
