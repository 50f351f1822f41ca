"""Opening image files, whose content counts, and not their suffix."""

import contextlib
from pathlib import Path
from typing import IO

from PIL import Image

Image.MAX_IMAGE_PIXELS = None  # max_pixels is the limit here
# Pillow knows more, would try some of them first, and runs a program for one.
KNOWN = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF", "JPEG2000"]

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
