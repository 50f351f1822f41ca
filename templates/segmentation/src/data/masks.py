"""Reading mask files. NumPy and Pillow are imported when one is read: naming a format must not need them."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..config.errors import UserError

if TYPE_CHECKING:
    import numpy as np

IGNORED = 255
LOSSY_SUFFIXES = {".jpg", ".jpeg", ".webp"}


def read_mask(file: Path) -> "np.ndarray":
    """The numbers in a mask as they are in the file; of a palette image the indices.

    Returns:
        `(H, W)`, uint8.

    Raises:
        UserError: If the file cannot be read, is lossy, has colors, or values beyond 255.
    """
    import numpy as np
    from PIL import Image

    from ..config.schema import MAX_PIXELS

    if file.suffix.lower() in LOSSY_SUFFIXES:
        raise UserError(f"{file} is a mask in a lossy format, which blurs its values: save the masks as PNG")
    try:
        with Image.open(file) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"{opened.width}x{opened.height} pixels are more than {MAX_PIXELS}")
            mask = np.asarray(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{file} is not a readable mask ({error}): replace or remove it") from None
    if mask.ndim == 3:
        colors = mask[..., :3]
        if mask.shape[2] >= 3 and not (colors == colors[..., :1]).all():
            raise UserError(f"{file} is a mask of colors: expected class indices, or 0 and 255")
        mask = mask[..., 0]  # gray saved as color, or gray with transparency
    if mask.dtype != np.uint8:
        if mask.min() < 0 or mask.max() > IGNORED:
            raise UserError(f"{file} has values from {mask.min()} to {mask.max()}: expected class indices below 255")
        mask = mask.astype(np.uint8)
    return mask


def read_classes(file: Path, binary: bool, classes: int) -> "np.ndarray":
    """The class of each pixel.

    Args:
        file: The mask file.
        binary: Whether 255 stands for class 1.
        classes: How many there are.

    Returns:
        `(H, W)`, uint8; 255 is ignored.

    Raises:
        UserError: As `read_mask`, or if a value is no class.
    """
    mask = read_mask(file)
    wrong = mask[(mask != IGNORED) & (mask >= (1 if binary else classes))]
    if wrong.size:
        expected = "only 0 and 255, as in the other masks" if binary else f"0 to {classes - 1}, or 255 for pixels to ignore"
        raise UserError(f"{file} has the value {wrong[0]}: expected {expected}")
    return mask // IGNORED if binary else mask
