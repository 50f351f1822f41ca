"""Reading image files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

from ..config.errors import UserError
from .files import IMAGE_SUFFIXES, describe, find_files, is_image

DECODED_BY_TORCHVISION = {".jpg", ".jpeg", ".png", ".webp"}  # twice as fast as Pillow


def read_image(path: Path) -> Tensor:
    """Reads any image as color, turned upright by its EXIF orientation.

    Returns:
        `(3, H, W)`, uint8, RGB.

    Raises:
        UserError: If the file cannot be read.
    """
    try:
        if path.suffix.lower() in DECODED_BY_TORCHVISION:
            try:
                image = decode_image(str(path), mode=ImageReadMode.RGB, apply_exif_orientation=True)
                return F.to_dtype(image, torch.uint8, scale=True)  # PNG may have 16 bits
            except RuntimeError:
                pass  # Pillow reads some files that torchvision does not, and explains better what is wrong
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            if upright.mode.startswith("I;16"):
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))  # convert would cut off, not scale
            return F.pil_to_tensor(upright.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} is not a readable image ({error}): replace or remove it") from None


def list_source(source: Path) -> tuple[list[Path], list[Path]]:
    """The image file `source`, or what lies below the folder `source`.

    Returns:
        The images, and the other files, which are of no known kind.

    Raises:
        UserError: If there is no image.
    """
    if source.is_file():
        return [source], []
    if not source.is_dir():
        raise UserError(f"source={source} does not exist: give an image or a folder of images")
    files = find_files(source)
    images = [path for path in files if is_image(path)]
    if not images:
        raise UserError(f"source={source} has no images: expected {', '.join(sorted(IMAGE_SUFFIXES))}; found {describe(source)}")
    return images, [path for path in files if not is_image(path)]


class UnlabeledImages(Dataset[dict[str, Any]]):
    """Items are `{"image": (3, S, S) float32 from 0 to 1, "size": (H, W) of the file, "path": str}`.

    A file that cannot be read gives `{"path": str, "error": str}`.

    Args:
        paths: The image files.
        transform: Makes the square of an image `(3, H, W)`, uint8.
        keep_original: Also give `"original"`, the image as it was read: each file is decoded only once.
    """

    def __init__(self, paths: list[Path], transform: Callable[[Any], Any], keep_original: bool = False) -> None:
        self.paths = paths
        self.transform = transform
        self.keep_original = keep_original

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> dict[str, Any]:
        path = self.paths[index]
        try:
            image = read_image(path)
        except UserError as error:
            return {"path": str(path), "error": str(error)}
        item = {"image": self.transform(tv_tensors.Image(image)), "size": tuple(image.shape[1:]), "path": str(path)}
        return item | {"original": image} if self.keep_original else item


def collate_unlabeled(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes a batch of the images that could be read; B may be 0.

    Returns:
        `"image"` `(B, 3, S, S)`, `"size"` `[(H, W), …]`, `"path"` `[str, …]`, if they are kept `"original"`
        `[(3, H, W) uint8, …]`, and `"skipped"` `[(path, reason), …]` of the other files.
    """
    readable = [item for item in items if "error" not in item]
    images = [item["image"].as_subclass(Tensor) for item in readable]
    batch = {
        "image": torch.stack(images) if images else torch.empty(0, 3, 1, 1),
        "size": [item["size"] for item in readable],
        "path": [item["path"] for item in readable],
        "skipped": [(item["path"], item["error"]) for item in items if "error" in item],
    }
    if any("original" in item for item in readable):
        batch["original"] = [item["original"] for item in readable]
    return batch
