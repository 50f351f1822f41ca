"""Reading image files."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

from ..config.errors import UserError
from ..config.schema import MAX_PIXELS
from .files import IMAGE_SUFFIXES, describe, find_files, is_image
from .letterbox import Letterbox
from .opening import bits, is_plain, open_image, opened, reduced, upright
from .reduction import Detail
from .views import Views, join

PNG_BITS = 24  # place of the byte of a PNG that tells how many bits its values have


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> Tensor:
    """Reads any image as color, turned upright by its EXIF orientation, and of several frames the first.

    What is transparent becomes white. Values of 16 bits are scaled from their whole range, those of a TIFF of 12 bits from that,
    floating-point ones from 0 to 1.

    Args:
        path: The image file; its content counts, not its suffix.
        max_pixels: An image with more is refused before it is decoded.

    Returns:
        `(3, H, W)`, uint8, RGB.

    Raises:
        UserError: If the file cannot be read.
    """
    return read_reduced(path, None, max_pixels)[0]


def read_reduced(path: Path, detail: Detail | None, max_pixels: int = MAX_PIXELS) -> tuple[Tensor, int]:
    """As `read_image`, but decodes no more of a JPEG than is needed.

    Args:
        path: The image file.
        detail: What will be seen of it; None decodes all.
        max_pixels: An image with more is refused before it is decoded.

    Returns:
        The image, and the factor by which its sides are smaller than those of the file: see `Detail`.

    Raises:
        UserError: If the file cannot be read.
    """
    with opened(path, max_pixels) as image:
        factor = reduced(image, detail)
        if factor == 1 and is_plain(image):
            # Pillow reads some files that torchvision does not, and explains better what is wrong.
            with contextlib.suppress(RuntimeError):
                content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
                tensor = decode_image(content, mode=ImageReadMode.RGB, apply_exif_orientation=True)
                return F.to_dtype(tensor, torch.uint8, scale=True), 1  # PNG may have 16 bits
        return F.pil_to_tensor(upright(image)), factor


def highest_value(path: Path) -> int:
    """The highest value in a PNG or TIFF of 16 bits that can be read; 0 for other images."""
    with open_image(path) as image:
        if image.format == "PNG":  # of which Pillow makes 8 bits, if it has colors
            with path.open("rb") as file:
                if file.read(PNG_BITS + 1)[PNG_BITS] != 16:
                    return 0
            content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
            return int(decode_image(content, mode=ImageReadMode.UNCHANGED).int().max())
        gray = image.format == "TIFF" and image.mode.startswith("I;16")
        return int(np.asarray(image).max()) << 16 - bits(image) if gray else 0


def list_source(source: Path) -> tuple[list[Path], dict[str, str]]:
    """The image file `source`, or what lies below the folder `source`.

    Returns:
        The images, and why each other file is left out.

    Raises:
        UserError: If there is no image.
    """
    if source.is_file():
        return [source], {}
    if not source.is_dir():
        raise UserError(f"source={source} does not exist: give an image or a folder of images")
    unusable: dict[str, str] = {}
    files = find_files(source, unusable)
    images = [path for path in files if is_image(path)]
    if not images:
        found = "; ".join([describe(source), *(f"{path}: {why}" for path, why in [*unusable.items()][:1])])
        raise UserError(f"source={source} has no images: expected {', '.join(sorted(IMAGE_SUFFIXES))}; found {found}")
    return images, {str(path): "it is no kind of image that is known" for path in files if not is_image(path)} | unusable


class UnlabeledImages(Dataset[dict[str, Any]]):
    """Items are `{"image": (3, h, w) uint8, "size": (H, W) of the file, "path": str}`, or what `views` make of such.

    A file that cannot be read gives `{"path": str, "error": str}`, and the index -1 nothing: see `SharedBatches`.

    Args:
        paths: The image files.
        views: How they are seen.
        keep_original: Also give `"original"`, the image in the size of its file.
        max_pixels: An image with more is not read.
    """

    def __init__(self, paths: list[Path], views: Views, keep_original: bool = False, max_pixels: int = MAX_PIXELS) -> None:
        self.paths = paths
        self.detail = views.detail()
        self.transform = views.transform(Letterbox(views.image_size), collate_unlabeled)
        self.keep_original = keep_original
        self.max_pixels = max_pixels

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> dict[str, Any]:
        if index < 0:
            return {}
        path = self.paths[index]
        try:
            image, factor = read_reduced(path, self.detail, self.max_pixels)
            # The model sees the same, whether or not a picture is wanted.
            whole = image if factor == 1 or not self.keep_original else read_image(path, self.max_pixels)
        except UserError as error:
            return {"path": str(path), "error": str(error)}
        height, width = image.shape[1:]
        item = self.transform({"image": tv_tensors.Image(image), "size": (factor * height, factor * width), "path": str(path)})
        return item | {"original": whole} if self.keep_original else item


def collate_unlabeled(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes a batch of the images that could be read; B may be 0.

    Returns:
        `"image"` as `join` makes it, `"size"` `[(H, W), …]`, `"path"` `[str, …]`, if they are kept `"original"`
        `[(3, H, W) uint8, …]`, and `"skipped"` `[(path, reason), …]` of the other files.
    """
    readable = [item for item in items if "image" in item]
    batch = {
        "image": join([item["image"] for item in readable]),
        "size": [item["size"] for item in readable],
        "path": [item["path"] for item in readable],
        "skipped": [(item["path"], item["error"]) for item in items if "error" in item],
    }
    if any("original" in item for item in readable):
        batch["original"] = [item["original"] for item in readable]
    return batch
