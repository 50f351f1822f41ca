"""Paths as Hydra takes them, and as people type them."""

import re
import shlex
from pathlib import Path

PLAIN = re.compile(r"[\w/.:@%+-]+", re.ASCII)  # what neither Hydra nor a shell has another meaning for


def assignment(key: str, path: Path) -> str:
    """The override that sets a key to a path."""
    return f"++{key}=" + _quoted(str(path), "'")


def typed(key: str, path: Path) -> str:
    """What sets a key to a path where it is typed in a shell."""
    return f"{key}={path}" if PLAIN.fullmatch(str(path)) else shlex.quote(f"{key}=" + _quoted(str(path), '"'))


def _quoted(text: str, mark: str) -> str:
    """Between quotation marks; for Hydra, a backslash is one that stands for itself unless such a mark follows."""
    inner = re.sub(rf"(\\*)({mark}|$)", lambda found: found[1] * 2 + (f"\\{mark}" if found[2] else ""), text)
    return f"{mark}{inner}{mark}"
