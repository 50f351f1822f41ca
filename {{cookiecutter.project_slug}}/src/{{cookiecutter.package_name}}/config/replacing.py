"""Files that take the place of others, whatever happens meanwhile."""

import os
from pathlib import Path


def take_place(partial: Path, file: Path) -> None:
    """Calls a complete file `file`, in place of the one of before: at any moment, and after a power cut, one of them is there."""
    with partial.open("r+b") as opened:  # Windows flushes only what may be written to
        os.fsync(opened.fileno())
    partial.replace(file)
    if os.name != "nt":  # Windows opens no folders
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
