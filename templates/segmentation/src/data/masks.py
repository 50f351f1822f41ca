"""Reading masks. NumPy and Pillow are imported when one is read: naming a format must not need them."""

import contextlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.errors import UserError
from .example import Code, Example, Shape, Shapes
from .runs import to_runs

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

IGNORED = 255
NO_CLASS = 254
LARGEST = 1e6  # pixels from the corner of an image; what is farther, or no number, is no corner of a shape
STRETCHED = 257  # times a value of 8 bits makes one of 16: 255 becomes 65535
NOISE = 64  # JPEG of quality 75 moves the 0 and 255 of a mask by less
EDGES = 0.02  # part of the pixels between the two: those of soft edges, but of no third value
GRAY_OF_8_BITS = b"\x89PNG\r\n\x1a\n", b"\x08\x00"  # how such a PNG begins, and its bytes 24 and 25
MAY_TURN = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tRNS")  # parts of a PNG that say more than its pixels
LOSSY_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif"}


def open_mask(file: Path) -> tuple["np.ndarray", "np.ndarray | None"]:
    """What is in a mask file, turned upright by its EXIF orientation, as its image.

    Returns:
        The pixels, `(H, W)` numbers or `(H, W, 2…4)` channels; and the colors of the numbers as 0xRRGGBB, if it has a palette.

    Raises:
        UserError: If the file cannot be read, or is lossy and of more than two values.
    """
    import numpy as np
    from PIL import ImageOps, UnidentifiedImageError

    from ..config.schema import MAX_PIXELS
    from .opening import open_image

    try:
        with file.open("rb") as content, open_image(content) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"{opened.width}x{opened.height} pixels are more than {MAX_PIXELS}")
            if _has_pages(opened):
                raise ValueError("it has several pages of one size: save each as a file")
            ImageOps.exif_transpose(opened, in_place=True)
            pixels, colors = np.asarray(opened), opened.getpalette() if opened.mode == "P" else None
    except UnidentifiedImageError:
        raise UserError(f"{file} is not a readable mask (it is no image of a known format): replace or remove it") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"{file} is not a readable mask ({error}): replace or remove it") from None
    if file.suffix.lower() in LOSSY_SUFFIXES:
        return _without_noise(file, pixels), None
    if not colors:
        return pixels, None
    palette = np.zeros((256, 3), dtype=np.uint8)
    palette[: len(colors) // 3] = np.array(colors, dtype=np.uint8).reshape(-1, 3)
    return pixels, pack(palette)


def _has_pages(opened: "Image.Image") -> bool:
    """Whether a file has a second picture that is not the first one in a smaller size, as those of maps have."""
    size = opened.size
    if getattr(opened, "n_frames", 1) == 1:
        return False
    opened.seek(1)
    is_page = opened.size == size
    opened.seek(0)
    return is_page


def _without_noise(file: Path, pixels: "np.ndarray") -> "np.ndarray":
    """The two values 0 and 255 of a mask in a lossy format, which moves them.

    Raises:
        UserError: If it may have had other values.
    """
    import numpy as np

    gray = pixels[..., 0] if pixels.ndim == 3 and is_gray(pixels) else pixels
    # Where nothing is bright, small values may be those of classes.
    is_dark = gray.any() and gray.max() < 256 - NOISE
    if gray.ndim == 3 or is_dark or ((gray >= NOISE) & (gray < 256 - NOISE)).mean() > EDGES:
        raise UserError(f"{file} is a mask in a lossy format, which blurs its values: save the masks as PNG")
    return (gray > 127) * np.uint8(255)


def read_mask(file: Path, colored: bool = False) -> "np.ndarray":
    """The values in a mask file, which the survey has read before.

    Args:
        file: The mask.
        colored: Whether the values are colors; otherwise those of a palette image are its indices.

    Returns:
        `(H, W)`, uint8, or int32 for colors.

    Raises:
        UserError: As `open_mask` and `to_numbers`.
    """
    import numpy as np

    if not colored and (numbers := _plain_numbers(file)) is not None:
        return numbers
    pixels, palette = open_mask(file)
    if not colored:
        return to_numbers(file, pixels)
    if palette is not None:
        return palette[pixels]
    if pixels.ndim == 3 and pixels.shape[2] > 2:
        return pack(pixels)
    return to_numbers(file, pixels).astype(np.int32) * 0x010101


def _plain_numbers(file: Path) -> "np.ndarray | None":
    """The pixels of a gray PNG of 8 bits, which torchvision decodes as Pillow does, in less time; None of all others."""
    import torch
    from torchvision.io import ImageReadMode, decode_image

    if file.suffix.lower() != ".png":
        return None
    with contextlib.suppress(OSError, RuntimeError):  # of which Pillow says more
        content = bytearray(file.read_bytes())
        start, kind = GRAY_OF_8_BITS
        if content.startswith(start) and content[24:26] == kind and not any(part in content for part in MAY_TURN):
            return decode_image(torch.frombuffer(content, dtype=torch.uint8), ImageReadMode.GRAY)[0].numpy()
    return None


def unite(files: list[Path]) -> Shapes:
    """The mask of an image that has a file for each part of it.

    Raises:
        UserError: As `read_mask`, or if parts differ in size, or have several values, which may be those of classes.
    """
    import numpy as np

    parts = [read_mask(file) for file in files]
    values = {int(value) for part in parts for value in np.unique(part)} - {0}
    if len(values) > 1 or len({part.shape for part in parts}) > 1:
        raise UserError(
            f"{files[0]} and {files[1].name} may both be the mask of an image, and are no parts of one, since they differ in "
            f"their size or have several values beside 0 ({len(values)}): keep one of them, or unite them in one file"
        )
    height, width = parts[0].shape
    runs = to_runs(np.maximum.reduce(parts) > 0)
    return Shapes(files[0], height, width, (Shape(max(values, default=0), runs=runs),))


def to_numbers(file: Path, pixels: "np.ndarray") -> "np.ndarray":
    """The pixels of a mask file as numbers, `(H, W)`, uint8.

    Raises:
        UserError: If they have colors, or values that are not whole or not from 0 to 255.
    """
    import numpy as np

    if pixels.ndim == 3:
        if pixels.shape[2] > 2 and not is_gray(pixels):
            raise UserError(f"{file} is a mask of colors: expected class indices, or 0 and 255")
        pixels = pixels[..., 0]  # gray saved as color, or gray with transparency
    if pixels.dtype.kind in "iu" and pixels.max(initial=0) > 255 and not (pixels % STRETCHED).any():
        pixels = pixels // STRETCHED
    numbers = pixels.astype(np.uint8, copy=False)
    if numbers is not pixels and (numbers != pixels).any():
        raise UserError(f"{file} has values from {pixels.min()} to {pixels.max()}: expected class indices below 255")
    return numbers


def pack(pixels: "np.ndarray") -> "np.ndarray":
    """Colors `(…, 3 or 4)`, uint8, as int32 0xRRGGBB."""
    import numpy as np

    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue


def is_gray(pixels: "np.ndarray") -> bool:
    """Whether the three colors of all pixels are equal."""
    return bool((pixels[..., :3] == pixels[..., :1]).all())


def read_classes(example: Example, height: int, width: int) -> "np.ndarray":
    """The class of each pixel of an image of this size.

    Returns:
        `(H, W)`, uint8; 255 is ignored.

    Raises:
        UserError: As `read_mask`, or if a value is no class, or the mask is not as large as the image.
    """
    import numpy as np

    if isinstance(example.mask, Shapes):
        values = draw_shapes(example.mask, height, width)
    else:
        values = read_mask(example.mask, example.code.colored)
        check_size(example, values.shape, (height, width))
    # The table of bytes is that of Python: NumPy looks up an index for each pixel, which takes twice as long.
    table = _table(example.code)
    if values.dtype == np.uint8:
        classes = np.frombuffer(bytearray(values).translate(table.tobytes()), np.uint8).reshape(values.shape)
    else:
        classes = table[values]
    if (classes == NO_CLASS).any():
        value = value_name(int(values[classes == NO_CLASS][0]), example.code.colored)
        raise UserError(f"{example.mask_file} has the {value}, which is no class: correct it, or remove image and mask")
    return classes


def check_size(example: Example, of_mask: tuple[int, ...], of_image: tuple[int, int]) -> None:
    """Checks that a mask (height, width) fits its image, which was turned upright if its EXIF data say so.

    Raises:
        UserError: If it does not.
    """
    (tall, wide), (height, width) = of_mask, of_image
    if isinstance(example.mask, Shapes):  # may be drawn smaller or larger, but not in another shape
        fits = abs(tall * width - wide * height) <= 1.5 * max(height, width, tall, wide)
    else:
        fits = (tall, wide) == (height, width)
    if not fits:
        turned = ", turned upright as its EXIF data say" if (tall, wide) == (width, height) else ""
        raise UserError(
            f"{example.mask_file} has {wide}x{tall} pixels, but its image {example.image} "
            f"{width}x{height}{turned}: they must be equal"
        )


def value_name(value: int, colored: bool) -> str:
    """A value in words; a color as in the files that name classes."""
    return f"color {value >> 16},{value >> 8 & 255},{value & 255}" if colored else f"value {value}"


def draw_shapes(mask: Shapes, height: int, width: int) -> "np.ndarray":
    """Draws shapes on an image of this size, scaled from the one that was annotated.

    Returns:
        `(H, W)`, uint8; a pixel is of a polygon if its center lies inside.
    """
    import numpy as np

    drawn = np.zeros((height, width), dtype=np.uint8)
    scale = np.array([width / mask.width, height / mask.height])
    for shape in mask.shapes:
        for polygon in shape.polygons:
            _fill(drawn, np.array(polygon).reshape(-1, 2) * scale, shape.value)
        if shape.runs is not None:
            inside = np.repeat(np.arange(len(shape.runs)) % 2 == 1, shape.runs).reshape(mask.width, mask.height).T
            rows, columns = np.arange(height) * mask.height // height, np.arange(width) * mask.width // width
            drawn[inside[rows[:, None], columns]] = shape.value
    return drawn


def _fill(drawn: "np.ndarray", corners: "np.ndarray", value: int) -> None:
    """Fills a polygon `(N, 2)` row by row: its edges are where a row enters it and leaves it. Pillow would widen it by a pixel."""
    import numpy as np

    (x, y), (next_x, next_y) = corners.T, np.roll(corners, -1, axis=0).T
    rows = np.arange(max(0, int(y.min())), min(len(drawn), int(y.max()) + 1))
    if not len(rows):
        return
    centers = rows[:, None] + 0.5
    crossed, edges = np.nonzero((y <= centers) != (next_y <= centers))
    slope = (next_x - x)[edges] / (next_y - y)[edges]
    columns = np.ceil(x[edges] + (rows[crossed] + 0.5 - y[edges]) * slope - 0.5).clip(0, drawn.shape[1]).astype(int)
    switches = np.zeros((len(rows), drawn.shape[1] + 1), dtype=np.int32)
    np.add.at(switches, (crossed, columns), 1)
    drawn[rows[0] : rows[-1] + 1][switches.cumsum(axis=1)[:, :-1] % 2 == 1] = value


@lru_cache(maxsize=4)
def _table(code: Code) -> "np.ndarray":
    """The class of each value."""
    import numpy as np

    table = np.full(1 << 24 if code.colored else 256, IGNORED if code.others_ignored else NO_CLASS, dtype=np.uint8)
    for value, index in code.classes:
        table[value] = index
    return table
