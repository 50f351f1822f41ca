"""The page that shows what was found in data: one file, which needs no network."""

import base64
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from torchvision.transforms import v2

from ..config.errors import UserError
from ..data.dataset import AnnotatedImages
from ..data.examination import Examination
from ..data.transforms import train_transform
from .draw import draw_labels

SIDE = 256  # pixels of a picture
SHOWN = 8  # pictures of a finding, and augmented ones
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

    def draw(self, paths: Sequence[Path], transform: Callable[[Any], Any] | None = None) -> list[Picture]:
        """Pictures of images after a transform; by default they are only scaled."""
        resize, classes = transform or v2.Resize(None, max_size=SIDE), self.found.classes

        def drawn(path: Path) -> Picture:
            name = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
            counted = [(classes[index], count) for index, count in sorted(self.found.labels.objects.get(path, {}).items())]
            caption = ", ".join(f"{name} x{count}" if count > 1 else name for name, count in counted)
            if path not in self.found.examples:
                return Picture(None, name, caption)
            try:
                item = AnnotatedImages([self.found.examples[path]], classes, resize, max_pixels=self.max_pixels)[0]
            except UserError as error:
                return Picture(None, name, str(error))
            file = io.BytesIO()
            draw_labels(item, classes).save(file, "JPEG", quality=80)
            return Picture(f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}", name, caption)

        with ThreadPoolExecutor() as threads:
            return list(threads.map(drawn, paths))

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


def write_page(file: Path, found: Examination, root: Path, max_pixels: int) -> None:
    """Writes the page.

    Args:
        file: Where to.
        found: What is in the data set.
        root: Its folder.
        max_pixels: An image with more is not read.
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
        augmented=album.draw(random.Random(0).sample(trained, min(SHOWN, len(trained))), train_transform(found.image_size)),
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
