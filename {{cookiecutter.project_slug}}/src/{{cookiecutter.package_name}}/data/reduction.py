"""How much smaller than its file a JPEG may be decoded, so that no pixel is lost that the model could see.

A JPEG has frequencies in place of pixels, in blocks of 8 by 8. Without the high ones, its decoder gives half, a fourth or an eighth
of width and height, in less time. Training, evaluation, predictions and the service all read images in this way.
"""

from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

FORMATS = ("JPEG", "MPO")  # Pillow's names; phones write the second

Side = TypeVar("Side", int, np.ndarray)


class Detail(NamedTuple):
    """What is seen of an image, and how large.

    Attributes:
        image_size: Height and width of the input, which what is seen fits into.
        part: Least part of the area of an image that is seen, in about the shape of the input, but no longer than the image.
        room: Height and width, in pixels of the file, of the most of an image that is seen at once; None: all of it.
    """

    image_size: tuple[int, int]
    part: float = 1.0
    room: tuple[int, int] | None = None

    def reduction(self, height: Side, width: Side) -> Side:
        """The factor by which both sides of an image may be smaller: 1, 2, 4 or 8.

        Both sides must be multiples of it: a pixel then stands for whole pixels of the file, and whatever is scaled to fit into the
        input becomes exactly as large as the file itself would.

        Args:
            height: Of the image, upright; or of many.
            width: Of the image, upright; or of many.
        """
        if np.ndim(height) == 0 and height < 2 * self.image_size[0] and width < 2 * self.image_size[1]:
            return cast("Side", 1)  # as below, but in no time, which counts where images are small
        tall, wide = (height, width) if self.room is None else map(np.minimum, (height, width), self.room)
        down, across = tall / self.image_size[0], wide / self.image_size[1]  # pixels for one of the input, where it is filled
        # Of a part in the shape of the input, both are alike; of one that is as long as the image, its longer side counts.
        most = np.maximum(np.sqrt(self.part * down * across), self.part * np.maximum(down, across))
        factor: Any = 1  # of one image a plain number, which files can have
        for larger in (2, 4, 8):
            fits = (height % larger == 0) & (width % larger == 0) & (larger <= most)
            factor = factor + fits * (larger - factor)
        return cast("Side", factor if np.ndim(factor) else int(factor))
