"""Fixtures for all tests."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support.helpers import run
from support.machine import Machine

pytest_plugins = ["support.tables"]

settings.register_profile("same cases in each run", derandomize=True, database=None)
settings.load_profile("same cases in each run")


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps cookiecutter away from the settings, replays and templates in the home folder."""
    folder = tmp_path_factory.mktemp("cookiecutter")
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: '{folder.as_posix()}/replay'\ncookiecutters_dir: '{folder.as_posix()}/templates'\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(config))
        patch.delenv("UV", raising=False)  # set where uv runs the tests
        patch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)  # the one of these tests, which projects must not share
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # files written by the way must show
        yield


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Ends requests to stop being ignored, as they are where a shell starts the tests in the background: programs inherit that."""
    for name, handler in {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}.items():
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An empty folder for new projects."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def as_nobody() -> list[str]:
    """What stands before a command for which the permissions of files count, as they do not for root."""
    if os.name == "nt":
        pytest.skip("the permissions are those of POSIX")
    prefix = ["unshare", "--user"] if os.getuid() == 0 else []
    if prefix and run([*prefix, "true"]).returncode:
        pytest.skip("root may do everything here")
    return prefix


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)
