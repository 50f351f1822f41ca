"""Projects that were generated through the real command line with the real hook, which installs the stack and trains."""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from support.helpers import PROJECT, TEMPLATE, command_line, copy_template, environment, run

# Generation and the project's tests fetch no weights; several processes share the cores better with one thread each.
OFFLINE = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# All that running a project may write there.
CACHES_AND_RESULTS = {"outputs", "data", "splits", ".venv", ".pytest_cache", ".ruff_cache", "uv.lock"}


@functools.cache
def has_cpu_wheels() -> bool:
    """Whether the index of CPU wheels can be reached."""
    try:
        socket.create_connection(("download.pytorch.org", 443), timeout=10).close()
    except OSError:
        return False
    return True


def settings() -> dict[str, str]:
    """What the commands of a project find in their environment."""
    return OFFLINE if has_cpu_wheels() else {**OFFLINE, "UV_NO_SOURCES": "1"}  # then all comes from the registry


@dataclass(frozen=True)
class Started:
    """A command that runs."""

    process: "subprocess.Popen[str]"
    log: Path

    def wait_until(self, happened: Callable[[], bool], seconds: int = 1200) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log.read_text()[-6000:]}"
            assert time.monotonic() < end, f"nothing happened: {self.log.read_text()[-6000:]}"
            time.sleep(0.1)


@dataclass(frozen=True)
class Generated:
    """A project that was generated through the command line, with its hook."""

    folder: Path
    printed: str
    files: set[str]  # just after generation, but for caches and results

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder / ".venv" / SCRIPTS), os.environ["PATH"]])
        return environment(**settings(), WANDB_MODE="offline", PATH=path)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the project's environment in its folder."""
        return run(list(command), cwd=self.folder, env=self.environment, timeout=1800)

    def check(self, *command: str) -> str:
        """Runs a command that must succeed, and returns what it printed."""
        result = self.run(*command)
        assert result.returncode == 0, f"{command}: {result.stdout[-6000:]}"
        return result.stdout

    def copy(self, folder: Path) -> "Generated":
        """A copy as it was just after generation, with the same environment."""
        for name in self.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / name, folder / name)
        (folder / ".venv").symlink_to(self.folder / ".venv", target_is_directory=True)
        return replace(self, folder=folder)

    @contextlib.contextmanager
    def started(self, *command: str, name: str = "started") -> Iterator[Started]:
        """Runs a command beside the test, and kills it with all that it started at the end."""
        log = self.folder.parent / f"{name}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=os.name != "nt",
            )
        try:
            yield Started(process, log)
        finally:
            if os.name == "nt":
                process.kill()
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def constrained(file: Path, folder: Path) -> Path:
    """A copy of the template whose projects take the versions in a file of constraints."""
    template = copy_template(folder)
    pyproject = template / PROJECT.name / "pyproject.toml"
    before, table, after = pyproject.read_text(encoding="utf-8").partition("[tool.uv]\n")
    assert table
    pins = json.dumps(file.read_text(encoding="utf-8").splitlines())
    pyproject.write_text(f"{before}{table}constraint-dependencies = {pins}\n{after}", encoding="utf-8")
    return template


def generate(output: Path, template: Path | None = None, /, **answers: str) -> Generated:
    """Generates a project, with the newest releases, or as UV_RESOLUTION or a file in CONSTRAINTS say."""
    constraints = os.environ.get("CONSTRAINTS")
    if not template:
        template = constrained(Path(constraints), output.with_name("constrained")) if constraints else TEMPLATE
    command = command_line(output, template, **answers)
    result = run(command, env=environment(**settings(), TERM="dumb", COLUMNS="120"), timeout=1800)
    assert result.returncode == 0, result.stdout[-6000:]
    [folder] = [path for path in output.iterdir() if path.is_dir()]
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return Generated(folder, result.stdout, {path.as_posix() for path in files if path.parts[0] not in CACHES_AND_RESULTS})


def assert_validated(printed: str) -> None:
    """The table has each step with device, seconds and result, and the last lines say how to go on."""
    lines = [re.split(r"[│|]", line) for line in printed.splitlines()]  # drawn with ASCII in some terminals
    rows = [line[1:-1] for line in lines if len(line) == 6 and line[4].strip() == "passed"]
    steps = [row[0].strip() for row in rows]
    for step, words in zip(
        steps, ["fast_dev_run", "train", "doctor", "evaluate", "export", "predict", "report", "serve", "tune"], strict=True
    ):
        assert words in step
    for row in rows:
        assert float(row[2]) > 0
    assert "failed" not in printed
    last_lines = printed.strip().splitlines()[-8:]
    assert any("Next:" in line for line in last_lines)
    assert any(re.search(r"\btrain\b", line) for line in last_lines)
