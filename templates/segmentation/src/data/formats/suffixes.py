"""Images and masks in one folder.

    root/               root/                     root/
      1.jpg               train/1.jpg               1.jpg
      1_mask.png          train/1_mask.png          1.png
      classes.csv         val/… test/… (optional)

A mask has the name of its image and a word, as in `1_mask.png`, `1_label.png` or `1-seg.png`. Where all PNG files lie beside JPEG
files of the same names, they are the masks. Classes are named as in `class_files.py`.
"""

from pathlib import Path

from ..class_files import read_class_file, without_kinds_of_images
from ..example import Example
from ..files import Source, find_images, split_folders
from ..pairs import by_name, masks_among, pair, said_of_united

NAME: str = "images with masks beside them"
EXPECTED: str = "images with masks beside them, as 1.jpg and 1_mask.png"


def matches(root: Path) -> bool:
    return any(masks_among(find_images(folder)) for folder in _folders(root).values())


def read(root: Path) -> Source[Example]:
    """Reads which image has which mask, and the class names if they are given; looks into no mask.

    Raises:
        UserError: If an image has two masks that are no parts of one, or a file of class names has a mistake.
    """
    folders = _folders(root)
    named = without_kinds_of_images(read_class_file([root, *folders.values()]), find_images(root))
    notes, splits = list(named.notes), {}
    for split, folder in folders.items():
        paths = find_images(folder)
        masks = masks_among(paths)
        images = by_name([path for path in paths if path not in masks], folder)
        found = pair(images, by_name(sorted(masks), folder), notes)
        splits[split] = [Example(image, mask, named.code) for image, mask in found]
    notes += said_of_united(example.mask for examples in splits.values() for example in examples)
    name = NAME if "all" in splits else f"{NAME} in {', '.join(splits)}"
    return Source(name, named.names, {split: examples for split, examples in splits.items() if examples}, notes)


def _folders(root: Path) -> dict[str, Path]:
    """The folder of each split, or of `all`."""
    return split_folders(root) or {"all": root}
