"""Predictions as COCO JSON (https://cocodataset.org/#format-data), with a `score` in each annotation."""

import json
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision.ops import box_convert

NAMES = ("predictions.json",)


class Output:
    """Writes `annotations` as they come, `images` (also those without any) and `categories` at the end.

    Boxes and scores have all digits, so that whatever is computed from the file equals what the model gave.

    Args:
        classes: Class names, by index.
        document: The file to write.
    """

    def __init__(self, classes: list[str], document: Path) -> None:
        self.classes = classes
        self.images: list[dict[str, Any]] = []
        self.annotations = 0
        self.file = document.open("w", encoding="utf-8")
        self.file.write('{"annotations": [')

    def add(self, path: str, name: str, prediction: dict[str, Tensor], size: tuple[int, int]) -> None:
        """Writes the boxes of one image."""
        height, width = size
        self.images.append({"id": len(self.images) + 1, "file_name": path, "width": width, "height": height})
        boxes = box_convert(prediction["boxes"].float(), "xyxy", "xywh")
        values = zip(boxes.tolist(), prediction["scores"].float().tolist(), prediction["labels"].tolist(), strict=True)
        for box, score, label in values:
            annotation = {
                "id": self.annotations + 1,
                "image_id": len(self.images),
                "category_id": label,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
                "score": score,
            }
            self.file.write(("," if self.annotations else "") + "\n" + json.dumps(annotation))
            self.annotations += 1

    def close(self, whole: bool) -> None:
        """Ends the file, with images and categories if it is whole."""
        if whole:
            categories = [{"id": index, "name": name} for index, name in enumerate(self.classes)]
            self.file.write(f'\n],\n"images": {json.dumps(self.images)},\n"categories": {json.dumps(categories)}}}\n')
        self.file.close()
