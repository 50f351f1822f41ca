"""Boxes in pixels of the image files, whatever size the annotations were made for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..config.errors import UserError
from .example import PARTS, Annotation, Box, Object

ORIENTATION = 0x0112  # in EXIF; from 5 on, width and height change places


@dataclass(frozen=True)
class FileSize:
    """Width and height of an image as it is stored, and how it is turned to be seen."""

    width: int
    height: int
    orientation: int = 1

    @property
    def turned(self) -> bool:
        return self.orientation > 4

    @property
    def upright(self) -> tuple[int, int]:
        return (self.height, self.width) if self.turned else (self.width, self.height)


def read_size(path: Path) -> FileSize | None:
    """The size in the header of a file; None if it cannot be read, which is said where the image itself is read."""
    from .opening import open_image

    try:
        with open_image(path) as opened:
            # Asked for EXIF, Pillow decodes the whole of a PNG that has none in its header.
            known = opened.format != "PNG" or "exif" in opened.info
            return FileSize(*opened.size, opened.getexif().get(ORIENTATION, 1) if known else 1)
    except Exception:
        return None


def fit_to_files(annotations: list[Annotation], kept_in: Path | None = None) -> tuple[list[Annotation], list[str]]:
    """Gives boxes in pixels of the files, as they are seen upright, and the sizes of the files.

    Args:
        annotations: As they were made.
        kept_in: Folder that keeps sizes of files that were read before.

    Raises:
        UserError: If annotations were made for an image of another shape.
    """
    sizes = read_sizes(annotations, kept_in)
    fitted, scaled, turned = [], [], []
    for annotation, size in zip(annotations, sizes, strict=True):
        if size is None:
            fitted.append(annotation)
            continue
        made_for = annotation.size or size.upright
        if _same_shape(made_for, size.upright) or annotation.size == PARTS:
            new = _scale(annotation, made_for, size.upright)
            if new != replace(annotation, size=new.size) and annotation.size != PARTS:
                scaled.append(annotation.image)
        elif size.turned and _same_shape(made_for, (size.width, size.height)):
            new = _turn(_scale(annotation, made_for, (size.width, size.height)), size)
            turned.append(annotation.image)
        else:
            raise UserError(
                f"{annotation.image} has {size.upright[0]} by {size.upright[1]} pixels, but its annotation is for "
                f"{made_for[0]:g} by {made_for[1]:g}, which is another shape: use the image that was annotated"
            )
        fitted.append(new)
    notes = []
    if scaled:
        notes.append(f"images of another size than in their annotation: {len(scaled)}, as {scaled[0]}; their boxes are scaled")
    if turned:
        notes.append(f"images turned by EXIF after they were annotated: {len(turned)}, as {turned[0]}; their boxes are turned, too")
    return fitted, notes


def read_sizes(annotations: list[Annotation], kept_in: Path | None) -> list[FileSize | None]:
    """The sizes of the files; where it is remembered, the upright one, if nothing else matters."""
    known: dict[Path, tuple[int, int]] = {}
    if kept_in and kept_in.is_dir():
        from .looks import remembered_sizes  # needs NumPy, which merely naming a format must not

        known = remembered_sizes([annotation.image for annotation in annotations], kept_in)

    def size_of(annotation: Annotation) -> FileSize | None:
        if annotation.image in known:
            height, width = known[annotation.image]
            made_for = annotation.size
            if made_for in (None, PARTS) or _same_shape(made_for, (width, height)):
                return FileSize(width, height)
        return read_size(annotation.image)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(size_of, annotations))


def _same_shape(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether a size is the other times a factor, to within a pixel."""
    (width, height), (other_width, other_height) = one, other
    return abs(height * other_width / width - other_height) <= 1 or abs(other_height * width / other_width - height) <= 1


def _scale(annotation: Annotation, made_for: tuple[float, float], size: tuple[int, int]) -> Annotation:
    across, down = (there / here for there, here in zip(size, made_for, strict=True))
    if annotation.size != PARTS and all(abs(there - here) <= 1 for there, here in zip(size, made_for, strict=True)):
        across = down = 1.0  # rounded differently

    def scaled(thing: Object) -> Object:
        left, top, right, bottom = thing.box
        box = (left * across, top * down, right * across, bottom * down)
        return replace(thing, box=box, area=thing.area * across * down)

    return replace(annotation, objects=tuple(map(scaled, annotation.objects)), size=size)


def _turn(annotation: Annotation, size: FileSize) -> Annotation:
    """Turns boxes as EXIF turns their image."""

    def turned(box: Box) -> Box:
        left, top, right, bottom = box
        across = (size.height - bottom, size.height - top) if size.orientation in (6, 7) else (top, bottom)
        down = (size.width - right, size.width - left) if size.orientation in (7, 8) else (left, right)
        return across[0], down[0], across[1], down[1]

    return replace(
        annotation, objects=tuple(replace(thing, box=turned(thing.box)) for thing in annotation.objects), size=size.upright
    )
