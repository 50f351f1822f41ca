"""What is said of images without labels: that their names may have these."""

import re
from collections import Counter
from pathlib import Path

from .files import find_images

NUMBERED = re.compile(r"(.*[^\W\d_])[\W_]*\d+")  # as in `cat.1` and `great_pyrenees_12`
ENOUGH = 0.9  # of the images


def clue(root: Path) -> str:
    """What is said of a folder in no known format; empty if the names of its images tell nothing."""
    images = [path for path in find_images(root) if not path.stem.isdigit()]  # as those of a test, which have no labels
    found = {path: match[1] for path in images if (match := NUMBERED.fullmatch(path.stem))}
    names = [name for name, count in Counter(found.values()).items() if count > 1]
    if len(names) < 2 or len(found) < ENOUGH * len(images):
        return ""
    path, name = next((path, name) for path, name in found.items() if name in names)
    return f"; if names of images have their labels, as {name} in {path.name}, move those of each label to a folder called like it"
