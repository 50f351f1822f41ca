"""Which images cannot be read, and why, as it is remembered until they or their decoders change."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import PIL
import torchvision
from PIL import Image

Stamps = Mapping[Path, tuple[int, int]]  # size and time of the last change of files


def load_broken(file: Path | None, max_pixels: int, stamps: Stamps) -> dict[Path, str]:
    """Those of some images of which a file beside `file` says that they cannot be read."""
    kept = _kept(file, max_pixels) if file else {}
    of_path = {path: kept[str(path)] for path in stamps if str(path) in kept}
    return {path: reason for path, (*stamp, reason) in of_path.items() if tuple(stamp) == stamps[path]}


def save_broken(broken: dict[Path, str], file: Path, max_pixels: int, stamps: Stamps) -> None:
    """Remembers why images cannot be read, beside what is remembered of others."""
    images = _kept(file, max_pixels) | {str(path): [*stamps[path], reason] for path, reason in broken.items()}
    with contextlib.suppress(OSError):  # it only saves time
        partial = _beside(file).with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps({"read_by": _read_by(max_pixels), "images": images}), "utf-8")
        partial.replace(_beside(file))


def _kept(file: Path, max_pixels: int) -> dict[str, list[Any]]:
    """Size, time of change and reason by path; none if they were read by others, or the file is not as written here."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(_beside(file).read_text("utf-8"))
        if kept["read_by"] == _read_by(max_pixels):
            return {path: [size, changed, reason] for path, (size, changed, reason) in kept["images"].items()}
    return {}


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.stem}-broken.json")


def _read_by(max_pixels: int) -> list[str]:
    """All that an image depends on, to be read."""
    heic = "with HEIC" if ".heic" in Image.registered_extensions() else "without HEIC"
    return [f"Pillow {PIL.__version__}", f"torchvision {torchvision.__version__}", heic, f"max_pixels={max_pixels}"]
