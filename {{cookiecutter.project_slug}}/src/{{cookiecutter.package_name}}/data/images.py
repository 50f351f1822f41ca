"""Reading image files."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as F

from ..config.errors import UserError
from ..config.schema import MAX_PIXELS
from .files import IMAGE_SUFFIXES, describe, find_files, is_image
from .letterbox import Letterbox
from .opening import open_image
from .reduction import FORMATS, Detail
from .views import Views, join

DECODED_BY_TORCHVISION = {"JPEG", "PNG", "WEBP"}  # twice as fast as Pillow
BACKGROUND = "white"  # of what is transparent
BITS_PER_SAMPLE = 258  # a tag of TIFF
PNG_BITS = 24  # place of the byte that tells them
TOLERANCE = 0.01  # what resampling leaves beyond 0 and 1
IN_HEIC = {b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1"}


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
    try:
        with path.open("rb") as file, open_image(file) as opened:
            if opened.width * opened.height > max_pixels:
                raise UserError(
                    f"{path} has {opened.width}x{opened.height} pixels, more than max_pixels={max_pixels}: "
                    "shrink or remove it, or raise the limit"
                )
            if detail and opened.format in FORMATS and (factor := detail.reduction(*_upright_size(opened))) > 1:
                opened.draft(None, (opened.width // factor, opened.height // factor))
                return _decoded(opened), factor
            if _is_plain(opened):
                # Pillow reads some files that torchvision does not, and explains better what is wrong.
                with contextlib.suppress(RuntimeError):
                    file.seek(0)
                    content = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
                    image = decode_image(content, mode=ImageReadMode.RGB, apply_exif_orientation=True)
                    return F.to_dtype(image, torch.uint8, scale=True), 1  # PNG may have 16 bits
            return _decoded(opened), 1
    except (UserError, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything at a broken file
        raise UserError(f"{path} is not a readable image ({_reason(path, error)}): replace or remove it") from None


def _upright_size(jpeg: Image.Image) -> tuple[int, int]:
    """Height and width as `_decoded` will turn it. As for torchvision, only EXIF counts, of which no other tag has to be right."""
    jpeg.info.pop("xmp", None)
    turned = jpeg.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    jpeg.info.pop("exif", None)
    return (jpeg.width, jpeg.height) if turned else (jpeg.height, jpeg.width)


def _decoded(image: Image.Image) -> Tensor:
    """What Pillow makes of an image, upright and in color."""
    ImageOps.exif_transpose(image, in_place=True)
    return F.pil_to_tensor(_in_color(image))


def _is_plain(image: Image.Image) -> bool:
    """Whether torchvision decodes as Pillow does: it ignores transparency, and the orientation in WebP."""
    return (
        image.format in DECODED_BY_TORCHVISION
        and image.mode in ("RGB", "L")
        and not image.has_transparency_data
        and not (image.format == "WEBP" and "exif" in image.info)
    )


def _in_color(image: Image.Image) -> Image.Image:
    """Any image as RGB; what `convert` would cut off is scaled."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return Image.fromarray((np.asarray(image) >> _bits(image) - 8).astype(np.uint8)).convert("RGB")
    if image.mode == "I":
        raise ValueError("it has integers of 32 bits, whose range nothing tells: save it with 8 or 16 bits")
    if image.mode == "F":
        values = np.asarray(image)
        if not -TOLERANCE <= values.min() <= values.max() <= 1 + TOLERANCE:
            raise ValueError(f"it has floating-point values from {values.min():g} to {values.max():g}, but 0 to 1 was expected")
        return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _bits(image: Image.Image) -> int:
    """How many bits the values of an image of more than 8 have: some cameras write TIFFs of 12."""
    return getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))[0]


def highest_value(path: Path) -> int:
    """The highest value in a PNG or TIFF of 16 bits that can be read; 0 for other images."""
    with open_image(path) as opened:
        if opened.format == "PNG":  # of which Pillow makes 8 bits, if it has colors
            with path.open("rb") as file:
                if file.read(PNG_BITS + 1)[PNG_BITS] != 16:
                    return 0
            content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
            return int(decode_image(content, mode=ImageReadMode.UNCHANGED).int().max())
        gray = opened.format == "TIFF" and opened.mode.startswith("I;16")
        return int(np.asarray(opened).max()) << 16 - _bits(opened) if gray else 0


def _reason(path: Path, error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        start = file.read(12)
        if not start:
            return "it is empty"
        if start[4:] in IN_HEIC and ".heic" not in Image.registered_extensions():
            return "it is a HEIC file, which takes a package: uv add pi-heif"
    if isinstance(error, UnidentifiedImageError):
        return "it is no image of a known format"
    return str(error) or type(error).__name__


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
