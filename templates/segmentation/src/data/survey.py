"""What is in masks: each is read once, and what was found is remembered as long as the file does not change."""

import contextlib
import json
import logging
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..config.errors import UserError
from .example import Example, Shapes
from .masks import check_size, is_gray, open_mask, pack, to_numbers

VALUES_KEPT = 256  # of each mask, the most frequent
MANY = 2000  # masks that take a while
TURNED = {5, 6, 7, 8}  # values of the EXIF orientation (tag 274) that exchange height and width

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """What is in a mask.

    Attributes:
        pixels: How many there are of each value; a color is the value 0xRRGGBB.
        colored: Whether the values are colors.
        palette: The colors of the values, if the file has a palette.
        others: How many pixels are of further values.
        only_alpha: Whether nothing varies but the transparency.
    """

    pixels: dict[int, int]
    colored: bool = False
    palette: dict[int, int] = field(default_factory=dict)
    others: int = 0
    only_alpha: bool = False

    def by_color(self) -> dict[int, int]:
        """How many pixels there are of each color."""
        if self.colored:
            return self.pixels
        found: Counter[int] = Counter()
        for value, count in self.pixels.items():
            found[self.palette.get(value, value * 0x010101)] += count
        return found


def survey(examples: Iterable[Example], root: Path, kept_in: Path | None = None) -> tuple[dict[Path, Contents], dict[Path, str]]:
    """Looks into mask files, in threads, and whether each is as large as its image.

    Args:
        examples: Those whose masks are files.
        root: Folder of the data.
        kept_in: Folder of the file that remembers what was found; where there is none, nothing is remembered.

    Returns:
        What is in each mask; and of each image whose mask cannot be read or does not fit it, the reason.
    """
    memory = kept_in / f"{root.resolve().name}-seen.json" if kept_in else None
    known = _load(memory)
    of_mask = {example.mask: example for example in examples if not isinstance(example.mask, Shapes)}
    stamps = {mask: stamp(mask, example.image) for mask, example in of_mask.items()}
    found = {mask: known[str(mask)][1] for mask, stamp in stamps.items() if known.get(str(mask), ([],))[0] == stamp != []}
    new = [mask for mask in of_mask if mask not in found]
    if len(new) >= MANY:
        log.info("Looking into %d masks; what is in them is remembered", len(new))
    broken = {}
    with ThreadPoolExecutor() as threads:
        for mask, result in zip(new, threads.map(_look, map(of_mask.__getitem__, new)), strict=True):
            if isinstance(result, str):
                broken[of_mask[mask].image] = result
            else:
                found[mask] = result
    if new and memory:
        _save(memory, {str(mask): (stamps[mask], contents) for mask, contents in found.items()})
    return {mask: found[mask] for mask in of_mask if mask in found}, broken


def of_parts(mask: Shapes) -> Contents:
    """What is in a mask that was united from several files."""
    pixels = Counter({0: mask.height * mask.width})
    for shape in mask.shapes:
        inside = sum(shape.runs[1::2]) if shape.runs is not None else 0
        pixels.update({0: -inside, shape.value: inside})
    return Contents(dict(+pixels))


def image_size(image: Path) -> tuple[int, int] | None:
    """Height and width of an image file, turned upright; None if it cannot be read, which others say better."""
    with contextlib.suppress(Exception):  # what reads images may be missing, too, where a project is only about to be generated
        from .opening import open_image

        with open_image(image) as opened:
            width, height = opened.size
            known = opened.format != "PNG" or "exif" in opened.info  # asked for EXIF, Pillow decodes the whole of another PNG
            return (width, height) if known and opened.getexif().get(274) in TURNED else (height, width)
    return None


def _look(example: Example) -> Contents | str:
    """What is in a mask file, or what is wrong with it."""
    import numpy as np

    try:
        pixels, colors = open_mask(example.mask_file)
        if size := image_size(example.image):
            check_size(example, pixels.shape[:2], size)
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        colored = channels > 2 and not is_gray(pixels)
        values, counts = np.unique(pack(pixels) if colored else to_numbers(example.mask_file, pixels), return_counts=True)
    except UserError as error:
        return str(error)
    most = np.argsort(-counts, kind="stable")[:VALUES_KEPT]
    return Contents(
        pixels={int(values[index]): int(counts[index]) for index in most},
        colored=colored,
        palette={} if colors is None else {int(value): int(colors[value]) for value in values[most]},
        others=int(counts.sum() - counts[most].sum()),
        only_alpha=channels in (2, 4) and len(values) == 1 and bool((pixels[..., -1] != pixels[0, 0, -1]).any()),
    )


def stamp(*files: Path) -> list[int]:
    """Sizes and times of change."""
    with contextlib.suppress(OSError):
        return [number for file in files for number in (file.stat().st_size, file.stat().st_mtime_ns)]
    return []


def _load(file: Path | None) -> dict[str, tuple[list[int], Contents]]:
    """What is remembered; nothing if `file` is not as written here."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
        if file:
            return {mask: (stamp, _contents(saved)) for mask, (stamp, saved) in json.loads(file.read_text("utf-8")).items()}
    return {}


def _contents(saved: dict) -> Contents:
    numbers = {key: {int(value): number for value, number in saved.pop(key).items()} for key in ("pixels", "palette")}
    return Contents(**numbers, **saved)


def _save(file: Path, known: dict[str, tuple[list[int], Contents]]) -> None:
    with contextlib.suppress(OSError):  # it only saves time
        partial = file.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps({mask: (stamp, asdict(contents)) for mask, (stamp, contents) in known.items()}), "utf-8")
        partial.replace(file)
