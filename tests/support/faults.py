"""What can go wrong around a generation, and what its last line promises then.

The command line, uv, pip, disks and signals are real.
"""

import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from support.helpers import environment, files_below, sources

POSIX = pytest.mark.skipif(os.name == "nt", reason="the signals, mounts and stand-ins are those of POSIX")

SLUG = "my-vision-project"
STOPPED = "The project is complete, but validation was stopped before its end."
STOPPED_BEFORE = STOPPED.replace("validation", "making the environment")
OFFLINE = "the network was disabled"  # how uv explains that a package is not in its cache


class Index(ThreadingTCPServer):
    """A package index that gives each question the same answer, and holds it back if asked to."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answer = "500 Internal Server Error"
        self.is_held = False
        self.asked, self.released = threading.Event(), threading.Event()

    def environment(self, **changes: str) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.server_address[1]}/simple"
        uv = {"UV_DEFAULT_INDEX": url, "UV_HTTP_RETRIES": "0", "UV_NO_CONFIG": "1", "UV_NO_CACHE": "1"}
        pip = {
            "PIP_INDEX_URL": url,
            "PIP_RETRIES": "0",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": "",
            "PIP_NO_CACHE_DIR": "1",
        }
        return environment(NO_PROXY="127.0.0.1", **uv, **pip) | changes


class Answer(StreamRequestHandler):
    def handle(self) -> None:
        index = self.server
        assert isinstance(index, Index)
        while self.rfile.readline().strip():
            pass
        index.asked.set()
        if index.is_held:
            index.released.wait(60)
        with suppress(OSError):  # who asked may have been stopped
            self.wfile.write(f"HTTP/1.1 {index.answer}".encode())


def last_line(printed: str) -> str:
    return printed.strip().splitlines()[-1]


def assert_stays(project: Path, printed: str) -> None:
    """The files are complete, and the last line repeats what has failed."""
    assert_complete(project)
    assert_says_what_to_repeat(project, printed)


def assert_complete(project: Path) -> None:
    assert sources().keys() <= files_below(project).keys()


def assert_says_what_to_repeat(project: Path, printed: str) -> None:
    assert last_line(printed).startswith(f"Repeat it: cd {shlex.quote(str(project))} && "), printed
    assert "Traceback" not in printed


class Started(subprocess.Popen[str]):
    """A command in a session of its own, as in a terminal."""

    def __init__(self, command: list[str], settings: dict[str, str]) -> None:
        self.mark = shlex.join(command)
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        super().__init__(command, env=settings | {"STARTED_BY": self.mark}, **options)

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it has ended, unless the test has failed
            os.killpg(self.pid, signal.SIGKILL)
        super().__exit__(None, None, None)

    def stop(self, way: str) -> None:
        """The terminal and the shell ask all that the command has started; others ask cookiecutter alone."""
        all_of_it = {"Ctrl-C": signal.SIGINT, "end of the job": signal.SIGTERM, "closed terminal": signal.SIGHUP}
        if way in all_of_it:
            os.killpg(self.pid, all_of_it[way])
        else:
            self.send_signal({"end of cookiecutter": signal.SIGTERM, "death of cookiecutter": signal.SIGKILL}[way])

    def read_to_the_end(self) -> str:
        """What is printed until the end of all that can print there. Nothing else may go on, either."""
        printed, _ = self.communicate(timeout=60)
        wait_until(lambda: not self.left())
        return printed.replace("\nAborted!\n", "")  # as cookiecutter answers Ctrl-C

    def left(self) -> list[Path]:
        """The processes that the command has started and that still run, where the system shows their environments."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                if f"STARTED_BY={self.mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(folder)
        return found


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
