"""Opening image files, whose content counts, and not their suffix, and reading them with Pillow."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ..config.errors import UserError
from ..config.schema import MAX_PIXELS
from .reduction import FORMATS, Detail

Image.MAX_IMAGE_PIXELS = None  # max_pixels is the limit here
# Pillow knows more, would try some of them first, and runs a program for one.
KNOWN = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF", "JPEG2000"]
DECODED_BY_TORCHVISION = {"JPEG", "PNG", "WEBP"}  # twice as fast as Pillow
BACKGROUND = "white"  # of what is transparent
BITS_PER_SAMPLE = 258  # a tag of TIFF
TOLERANCE = 0.01  # what resampling leaves beyond 0 and 1
IN_HEIC = {b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1"}

with contextlib.suppress(ImportError):  # HEIC is read where the package for it is installed
    from pi_heif import register_heif_opener  # pyright: ignore[reportMissingImports]

    register_heif_opener()
    KNOWN.append("HEIF")


def open_image(file: Path | IO[bytes]) -> Image.Image:
    """An image of a known format, of which nothing is decoded yet.

    Raises:
        UnidentifiedImageError: If it is none.
        Exception: Whatever else a decoder may raise at a broken file.
    """
    return Image.open(file, formats=KNOWN)


@contextlib.contextmanager
def opened(path: Path, max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """An image file, open to be decoded.

    Args:
        path: The image file.
        max_pixels: An image with more is refused.

    Raises:
        UserError: If the file cannot be read, or what is done with it fails.
    """
    try:
        with path.open("rb") as file, open_image(file) as image:
            if image.width * image.height > max_pixels:
                raise UserError(
                    f"{path} has {image.width}x{image.height} pixels, more than max_pixels={max_pixels}: "
                    "shrink or remove it, or raise the limit"
                )
            yield image
    except (UserError, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything at a broken file
        raise UserError(f"{path} is not a readable image ({_reason(path, error)}): replace or remove it") from None


def read_picture(path: Path, detail: Detail | None, max_pixels: int = MAX_PIXELS) -> tuple[Image.Image, int]:
    """What `images.read_reduced` reads, without torch: in mode RGB.

    Args:
        path: The image file.
        detail: What will be seen of it; None decodes all.
        max_pixels: An image with more is refused before it is decoded.

    Returns:
        The image, upright, and the factor by which its sides are smaller than those of the file.

    Raises:
        UserError: If the file cannot be read.
    """
    with opened(path, max_pixels) as image:
        factor = reduced(image, detail)
        return upright(image), factor


def reduced(image: Image.Image, detail: Detail | None) -> int:
    """Has a JPEG decoded no larger than needed, and returns by which factor its sides will be smaller: see `Detail`."""
    if not detail or image.format not in FORMATS:
        return 1
    only_orientation(image)
    turned = image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    factor = detail.reduction(*((image.width, image.height) if turned else (image.height, image.width)))
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))
    return factor


def upright(image: Image.Image) -> Image.Image:
    """Decodes an image, turned by its EXIF orientation, and in color."""
    if is_plain(image):
        only_orientation(image)
    ImageOps.exif_transpose(image, in_place=True)
    return _in_color(image)


def only_orientation(image: Image.Image) -> None:
    """Lets Pillow turn an image as torchvision does: only EXIF counts, of which no other tag has to be right."""
    image.info.pop("xmp", None)
    image.getexif()
    image.info.pop("exif", None)


def is_plain(image: Image.Image) -> bool:
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
        return Image.fromarray((np.asarray(image) >> bits(image) - 8).astype(np.uint8)).convert("RGB")
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


def bits(image: Image.Image) -> int:
    """How many bits the values of an image of more than 8 have: some cameras write TIFFs of 12."""
    return getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))[0]


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
