"""What is found in boxes: outside, clipped, tiny, repeated, and what a trained model contradicts."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision.ops import box_iou

from .example import Example, has_area
from .findings import Labels, finding
from .input_size import as_set, fitting_scale
from .labels import SLACK
from .looks import Look

TINY = 8  # pixels of the input; its finest features are as far apart
OVERLAP = 0.5  # of a predicted box with a true one that it has found
KINDS = {  # of findings, by a part of what readers say
    "look normalized": "normalized boxes",
    "from 0 to 1": "normalized boxes",
    "have area inside": "box without area",
    "been taken for": "mistaken corners",
    "without area": "box without area",
    "partly outside": "clipped box",
    "another size": "size disagrees",
    "another shape": "size disagrees",
    "turned by EXIF": "size disagrees",
    "without annotation": "image without label",
    "images without an object": "image without object",
    "without an image": "label without image",
    "but are not there": "label without image",
    "crowds or difficult": "crowd",
    "the id": "wrong id",
    "image_id": "wrong id",
    "category_id": "wrong id",
}


def look_at_labels(
    examples: list[Example],
    looks: Mapping[Path, Look],
    image_size: tuple[int, int],
    root: Path,
    kept_in: Path | None,
    tile: int = 0,
) -> Labels:
    """Counts objects, crowds left out, and looks for boxes that cannot be meant.

    Args:
        examples: All of them.
        looks: What each image is like that can be read.
        image_size: Height and width of the input, in pixels.
        root: Folder of the data.
        kept_in: Folder that keeps what takes long to find out; nothing does here.
        tile: As in `ViewSettings`.
    """
    of_tile = max(image_size) / tile if tile else 0
    objects, sides = {}, []
    empty, flat, clipped, tiny, repeated = [], [], [], [], []
    for example in examples:
        if (look := looks.get(path := example.image)) is None:
            continue
        things = zip(example.boxes, example.labels, example.crowds, strict=True)
        learned = [(box, label) for box, label, crowd in things if not crowd]
        objects[path] = Counter(label for _, label in learned)
        empty += [path] * (not learned)
        repeated += [path] * (len(learned) - len(set(learned)))
        for (left, top, right, bottom), _ in learned:
            if not has_area((left, top, right, bottom), look.width, look.height):
                flat.append(path)
                continue
            side = ((right - left) * (bottom - top)) ** 0.5 * max(of_tile, fitting_scale(look.height, look.width, image_size))
            sides.append(side)
            tiny += [path] * (side < TINY)
            clipped += [path] * (min(left, top) < -SLACK or right > look.width + SLACK or bottom > look.height + SLACK)
    at = f"data.image_size={as_set(image_size)}"
    findings = [
        *finding("box without area", "warning", flat, "Nothing of these boxes is in their image: mend or remove them."),
        *finding("clipped box", "warning", clipped, "These boxes lead out of their image, and only the part inside is learned."),
        *finding("repeated box", "warning", repeated, "The same box is there twice, which metrics count as missed: remove one."),
        *finding("tiny box", "warning", tiny, f"Less than {TINY} pixels at {at}: raise it, or set data.tile."),
        *finding("image without object", "info", empty, "They teach what is no object; make sure that none was forgotten."),
    ]
    return Labels(objects, sides, findings)


def claims(batch: dict[str, Any], predictions: list[dict[str, Tensor]]) -> list[list[tuple[float, bool]]]:
    """What a model says of each image of a batch: for each box its score, and whether there is one of its class."""
    claimed = []
    for truth, prediction in zip(batch["truth"], predictions, strict=True):
        same = prediction["labels"][:, None] == truth["labels"][None]
        found = (box_iou(prediction["boxes"], truth["boxes"]) > OVERLAP) & same
        claimed.append([*zip(prediction["scores"].tolist(), found.any(dim=1).tolist(), strict=True)])
    return claimed
