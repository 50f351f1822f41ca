"""What is found in masks: classes in a few pixels, ignored pixels, and what a trained model contradicts."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from .example import Example
from .findings import Labels, finding
from .input_size import as_set, fitting_scale
from .labels import by_class
from .looks import Look
from .masks import IGNORED, read_classes
from .survey import Contents, survey

TINY = 4  # pixels of the input
KINDS = {  # of findings, by a part of what readers say
    "they must be equal": "size disagrees",
    "another size": "size disagrees",
    "images without mask": "image without label",
    "masks without image": "label without image",
    "images without annotation": "image without label",
    "images without JSON": "image without label",
    "JSON files without image": "label without image",
    "images without a file of polygons": "image without label",
    "files of polygons without an image": "label without image",
    "files of shapes without an image": "label without image",
    "cut in the middle": "smoothed masks",
    "has the value": "unknown mask value",
    "do not look like class indices": "unknown mask value",
    "which is no class": "unknown mask value",
    "its class file does not name": "unknown mask value",
    "colors that are no class": "unknown mask value",
    "masks with colors": "unknown mask value",
    "masks of colors": "unknown mask value",
}


def look_at_labels(
    examples: list[Example],
    looks: Mapping[Path, Look],
    image_size: tuple[int, int],
    root: Path,
    kept_in: Path | None,
    tile: int = 0,
) -> Labels:
    """Counts the images that have each class, and looks for masks from which hardly anything is learned.

    Args:
        examples: All of them.
        looks: What each image is like that can be read.
        image_size: Height and width of the input, in pixels.
        root: Folder of the data.
        kept_in: Folder that keeps what is in masks.
        tile: As in `ViewSettings`.
    """
    of_tile = max(image_size) / tile if tile else 0
    contents, _ = survey(examples, root, kept_in)
    objects, sides = {}, []
    tiny, single, ignored = [], [], []
    for example in examples:
        if (look := looks.get(path := example.image)) is None:
            continue
        pixels = _pixels(example, contents, look)
        ignored += [path] * (2 * pixels.pop(IGNORED, 0) > look.height * look.width)
        single += [path] * (len(pixels) == 1)
        objects[path] = Counter(dict.fromkeys(pixels, 1))
        larger = max(of_tile, fitting_scale(look.height, look.width, image_size))
        here = [count**0.5 * larger for count in pixels.values()]
        tiny += [path] * (min(here, default=TINY) < TINY)
        sides += here
    at = f"data.image_size={as_set(image_size)}"
    findings = [
        *finding(
            "tiny object",
            "warning",
            tiny,
            f"A class has less than {TINY}x{TINY} pixels at {at}: raise it, set data.tile, or look for stray pixels.",
        ),
        *finding("mostly ignored", "warning", ignored, "More than half of the pixels are ignored: nothing is learned from them."),
        *finding("single class in a mask", "info", single, "Nothing but one class is labeled: make sure that none was forgotten."),
    ]
    return Labels(objects, sides, findings)


def _pixels(example: Example, contents: Mapping[Path, Contents], look: Look) -> Counter[int]:
    """How many pixels of an image are of each class."""
    if isinstance(example.mask, Path):
        return by_class(contents[example.mask], example.code)
    values, counts = np.unique(read_classes(example, look.height, look.width), return_counts=True)
    return Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def claims(batch: dict[str, Any], predictions: list[dict[str, Tensor]]) -> list[list[tuple[float, bool]]]:
    """What a model says of each mask of a batch: with what part of its pixels it agrees, or else what part it contests."""
    claimed = []
    for truth, prediction in zip(batch["truth"], predictions, strict=True):
        counted = truth != IGNORED
        other = prediction["mask"] != truth
        contested = float((other & counted).sum() / counted.sum().clamp(min=1))
        claimed.append([(max(contested, 1 - contested), contested <= 0.5)])
    return claimed
