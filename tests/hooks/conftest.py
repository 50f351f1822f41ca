"""Fixtures for what is in the way of a generation."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults import Index
from support.helpers import environment, render


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        thread = threading.Thread(target=index.serve_forever)
        thread.start()
        yield index
        index.released.set()
        index.shutdown()
        thread.join()


@pytest.fixture
def offline(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with uv, but neither a network nor packages in uv's cache."""
    return environment(UV_OFFLINE="1", UV_NO_CONFIG="1", UV_CACHE_DIR=str(tmp_path / "cache"))


@pytest.fixture
def existing(output: Path) -> Path:
    """A project that the user has worked in."""
    project = render(output)
    (project / "README.md").write_text("My own words.")
    for name in (
        ".venv/bin/activate",
        "data/mine/1.jpg",
        "outputs/validate/validate.log",
        "src/my_vision_project/mine.py",
        "uv.lock",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("mine")
    python = project / ".venv" / "bin" / "python"
    python.symlink_to(sys.executable)
    return project
