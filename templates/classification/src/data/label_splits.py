"""The splits of labeled images whose table does not tell them."""

from pathlib import Path

from . import split_lists
from .example import Annotation
from .files import visible_folders
from .label_rows import find_columns
from .label_tables import rows_of, texts
from .lookup import Images

Splits = dict[str, list[Annotation]]


def find_splits(annotations: list[Annotation], images: Images, others: list[Path], root: Path) -> tuple[Splits, list[str]]:
    """Annotations by the splits in a table beside theirs, or in lists, or in the names of folders; and what is to be said of it."""
    if split_of := _in_tables([*others, *texts(root)], images):
        splits: Splits = {}
        for annotation in annotations:
            splits.setdefault(split_of.get(annotation.image, "none"), []).append(annotation)
        rest = splits.pop("none", [])
        return splits, [f"images without a split: {len(rest)}, as {rest[0].image}; they are left out"] if rest else []
    listed, said = split_lists.read_lists([root, *visible_folders(root)], root, [annotation.image for annotation in annotations])
    if listed:
        of_image = {annotation.image: annotation for annotation in annotations}
        return {split: [of_image[image] for image in its] for split, its in listed.items()}, said
    return images.by_split(annotations)


def _in_tables(others: list[Path], images: Images) -> dict[Path, str]:
    """The splits in tables that tell nothing else of images."""
    found: dict[Path, str] = {}
    for file in others:
        lines = rows_of(file)
        columns = find_columns(lines)
        if columns and columns.split is not None:
            for line in lines[1:]:
                if len(line) == len(lines[0]) and (split := columns.splits.get(line[columns.split].strip().lower())):
                    found |= {path: split} if (path := images.named(line[columns.image], file, split)) else {}
    return found
