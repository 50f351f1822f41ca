"""Generation where something is missing, full, in the way or stopped: the promised last line, nothing left running, nothing lost.

The command line, uv, pip, disks and signals are real. Stand-ins are used where a step has to go on until it is stopped.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from support.helpers import command_line, environment, files_below, render, run, template_files
from support.machine import Machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the signals, mounts and stand-ins are those of POSIX")

SLUG = "my-vision-project"
STOPPED = "The project is complete, but validation was stopped before its end."
OFFLINE = "the network was disabled"  # how uv explains that a package is not in its cache
IN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


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


def last_line(printed: str) -> str:
    return printed.strip().splitlines()[-1]


def assert_stays(project: Path, printed: str) -> None:
    """The files are complete, and the last line repeats what has failed."""
    assert_complete(project)
    assert_says_what_to_repeat(project, printed)


def assert_complete(project: Path) -> None:
    assert template_files("my_vision_project") <= files_below(project).keys()


def assert_says_what_to_repeat(project: Path, printed: str) -> None:
    assert last_line(printed).startswith(f"Repeat it: cd {shlex.quote(str(project))} && "), printed
    assert "Traceback" not in printed


# Networks


@pytest.mark.parametrize("options", [[], ["--keep-project-on-failure"]], ids=["removed", "kept"])
def test_without_network_a_required_validation_fails(options: list[str], output: Path, offline: dict[str, str]) -> None:
    result = run([*command_line(output, validate="require"), *options], env=offline)
    assert result.returncode == 1
    assert OFFLINE in result.stdout
    assert [path.name for path in output.iterdir()] == ([SLUG] if options else [])


@pytest.mark.parametrize(
    "answer",
    [
        "500 Internal Server Error",
        "404 Not Found",
        "200 OK\r\nContent-Type: text/html\r\n\r\nLog in to the wireless network",
        "200",
    ],
    ids=["500", "404", "other page", "nonsense"],
)
def test_broken_index(answer: str, index: Index, output: Path) -> None:
    index.answer = answer
    result = run(command_line(output), env=index.environment())
    assert result.returncode == 0
    assert index.asked.is_set()
    assert_stays(output / SLUG, result.stdout)


def test_index_that_refuses_connections(output: Path) -> None:
    with Index() as index:
        settings = index.environment()
    result = run(command_line(output), env=settings)
    assert result.returncode == 0
    assert "Connection refused" in result.stdout
    assert_stays(output / SLUG, result.stdout)


def test_index_that_does_not_answer(index: Index, output: Path) -> None:
    index.is_held = True
    result = run(command_line(output), env=index.environment(UV_HTTP_TIMEOUT="1"))
    assert result.returncode == 0
    assert_stays(output / SLUG, result.stdout)


def test_without_uv_and_network_the_network_is_the_reason(index: Index, output: Path, machine: Machine) -> None:
    """Not an option that the pip that comes with Python does not know, nor settings for other environments."""
    machine.install_modules()
    target = machine.folder / "target"
    settings = index.environment(PATH="", PYTHONPATH=str(machine.modules), PIP_USER="1", PIP_TARGET=str(target))
    result = run(command_line(output), env=settings)
    assert result.returncode == 0
    assert index.asked.is_set()
    assert "Could not find a version that satisfies the requirement pip" in result.stdout
    assert "no such option" not in result.stdout
    assert not target.exists()
    assert_stays(output / SLUG, result.stdout)


def test_without_uv_and_pip(output: Path, machine: Machine) -> None:
    machine.install_modules("venv")
    machine.behavior = {"venv": 1}  # as on a Debian without python3-venv
    result = run(command_line(output), env=machine.environment())
    assert result.returncode == 0
    assert "-m venv .venv ended with status 1" in result.stdout
    assert_stays(output / SLUG, result.stdout)


# Disks


def can_mount() -> bool:
    return bool(shutil.which("unshare")) and run([*IN_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]).returncode == 0


@pytest.fixture
def full_disk(tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Generates on a disk with room for so many files; returns what was printed, and a copy of what is on the disk then."""
    if not can_mount():
        pytest.skip("no small disk can be mounted here")

    def generate(room: int, settings: dict[str, str]) -> tuple[str, Path]:
        disk, copy = tmp_path / "disk", tmp_path / "copy"
        disk.mkdir()
        script = 'mount -t tmpfs -o nr_inodes=$0 none "$1" && echo mine > "$1/mine" && "${@:3}"; echo Status: $?; cp -r "$1" "$2"'
        command = [*IN_NAMESPACE, "bash", "-c", script, str(room + 2), str(disk), str(copy), *command_line(disk)]
        return run(command, env=settings).stdout, copy

    return generate


@pytest.mark.parametrize("room", [0, 2, 3, 4, 16])
def test_disk_that_is_full_when_the_environment_is_made(
    room: int, full_disk: Callable[..., tuple[str, Path]], offline: dict[str, str], tmp_path: Path
) -> None:
    files = list(render(tmp_path / "for its size").rglob("*"))
    printed, disk = full_disk(1 + len(files) + room, offline)
    *lines, status = printed.strip().splitlines()
    assert status == "Status: 0"
    assert "No space left on device" in printed
    assert_says_what_to_repeat(tmp_path / "disk" / SLUG, "\n".join(lines))
    assert_complete(disk / SLUG)
    repeated = run(["uv", "run", "validate"], cwd=disk / SLUG, env=offline).stdout
    assert OFFLINE in repeated, "what is left of the environment is in the way"


def test_disk_that_is_full_before_all_is_written(full_disk: Callable[..., tuple[str, Path]], offline: dict[str, str]) -> None:
    printed, disk = full_disk(20, offline)
    assert "No space left on device" in printed
    assert last_line(printed) == "Status: 1"
    assert (disk / "mine").read_text() == "mine\n"


def test_folder_that_must_not_be_written_to(output: Path, as_nobody: list[str]) -> None:
    output.chmod(0o555)
    result = run([*as_nobody, *command_line(output, validate="skip")])
    output.chmod(0o755)
    assert result.returncode != 0
    assert f"Unable to create directory at {output / SLUG}" in last_line(result.stdout)
    assert not list(output.iterdir())


# Output


@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "2>&1 | true", "> /dev/full 2>&1"])
def test_output_that_nobody_reads_is_no_reason_to_lose_the_project(redirection: str, output: Path, offline: dict[str, str]) -> None:
    script = f'set -o pipefail; trap "" PIPE; "$@" {redirection}'
    result = run(["bash", "-c", script, "bash", *command_line(output)], env=offline)
    assert result.returncode == 0, result.stdout
    assert_complete(output / SLUG)


def test_log_has_no_control_characters(output: Path, offline: dict[str, str]) -> None:
    result = run(command_line(output), env=offline | {"TERM": "xterm-256color"})
    assert_stays(output / SLUG, result.stdout)
    assert [character for character in result.stdout if character < " " and character != "\n"] == []


# Surroundings


@pytest.mark.parametrize("name", ['it\'s "my" $HOME `x` & ; #', "Fotos 写真", "-dash", " blanks ", "two\nlines"])
def test_path_of_any_kind_can_be_repeated_as_it_is_printed(name: str, tmp_path: Path, offline: dict[str, str]) -> None:
    output = tmp_path / name
    result = run(command_line(output), env=offline)
    assert result.returncode == 0
    _, repeat = result.stdout.split("\nRepeat it: ")
    assert shlex.split(repeat)[:3] == ["cd", str(output / SLUG), "&&"]
    repeated = run(["sh", "-c", repeat], env=offline)
    assert OFFLINE in repeated.stdout, repeated.stdout


def test_locale_without_unicode(output: Path, offline: dict[str, str]) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = run(command_line(output / "é"), env=offline | ascii_only)
    assert result.returncode == 0
    assert last_line(result.stdout).startswith("Repeat it: cd ")
    assert "Traceback" not in result.stdout
    assert_complete(output / "é" / SLUG)


def test_no_home(output: Path, offline: dict[str, str]) -> None:
    offline.pop("HOME", None)
    result = run(command_line(output), env=offline)
    assert result.returncode == 0
    assert_stays(output / SLUG, result.stdout)


def test_nothing_but_uv_and_python_on_the_path(tmp_path: Path, output: Path, offline: dict[str, str]) -> None:
    """No git, above all."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").symlink_to(shutil.which("uv") or "")
    (programs / "python3").symlink_to(sys.executable)
    result = run(command_line(output), env=offline | {"PATH": str(programs)})
    assert result.returncode == 0
    assert OFFLINE in result.stdout
    assert_stays(output / SLUG, result.stdout)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another uv project of the user, with an environment."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "1"\nrequires-python = ">=3.11"\n')
    assert run(["uv", "sync", "--offline", "--no-config"], cwd=folder).returncode == 0
    (folder / ".venv" / "installed by hand").touch()
    return folder


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_PROJECT", "{other}"),
        ("UV_WORKING_DIR", "{other}"),
        ("UV_PROJECT_ENVIRONMENT", "{other}/.venv"),
        ("VIRTUAL_ENV", "{other}/.venv"),
        ("CONDA_PREFIX", "{other}/.venv"),
        ("PYTHONHOME", sys.base_prefix),
        ("UV_FROZEN", "1"),
        ("UV_LOCKED", "1"),
    ],
)
def test_settings_for_another_environment_are_not_for_the_new_one(
    name: str, value: str, other: Path, output: Path, offline: dict[str, str]
) -> None:
    before = files_below(other)
    result = run(command_line(output), env=offline | {name: value.format(other=other)})
    assert result.returncode == 0
    assert OFFLINE in result.stdout, result.stdout
    assert_stays(output / SLUG, result.stdout)
    assert (output / SLUG / ".venv").is_dir()
    assert files_below(other) == before


def test_project_in_a_uv_workspace_does_not_change_it(other: Path, offline: dict[str, str]) -> None:
    """uv would remove from the shared environment what the new project does not need."""
    with (other / "pyproject.toml").open("a") as file:
        file.write('\n[tool.uv.workspace]\nmembers = ["*"]\n')
    before = files_below(other)
    result = run(command_line(other), env=offline)
    assert result.returncode == 0
    assert f"the uv workspace {other}, whose environment" in result.stdout
    assert_stays(other / SLUG, result.stdout)
    assert {name: content for name, content in files_below(other).items() if not name.startswith(SLUG)} == before


def test_project_beside_the_members_of_a_uv_workspace_has_its_own_environment(other: Path, offline: dict[str, str]) -> None:
    with (other / "pyproject.toml").open("a") as file:
        file.write(f'\n[tool.uv.workspace]\nmembers = ["*"]\nexclude = ["{SLUG}"]\n')
    result = run(command_line(other), env=offline)
    assert OFFLINE in result.stdout
    assert (other / SLUG / ".venv").is_dir()


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_enclosing_repository_only_gets_the_folder(output: Path, offline: dict[str, str]) -> None:
    assert run(["git", "init", "--quiet"], cwd=output).returncode == 0
    before = files_below(output)
    assert_stays(output / SLUG, run(command_line(output), env=offline).stdout)
    assert run(["git", "status", "--porcelain"], cwd=output).stdout == f"?? {SLUG}/\n"
    assert {name: content for name, content in files_below(output).items() if not name.startswith(SLUG)} == before


# Existing folders


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


def test_existing_folder_is_refused(existing: Path, offline: dict[str, str]) -> None:
    before = files_below(existing.parent)
    result = run(command_line(existing.parent), env=offline)
    assert result.returncode == 1
    assert "directory already exists" in last_line(result.stdout)
    assert files_below(existing.parent) == before


@pytest.mark.parametrize("validate", ["auto", "require"])
@pytest.mark.parametrize("options", [["-f"], ["-f", "-s"]], ids=" ".join)
def test_writing_into_an_existing_folder_only_replaces_files_of_the_template(
    options: list[str], validate: str, existing: Path, offline: dict[str, str]
) -> None:
    """Also when validation fails and was required: cookiecutter removes only folders that it has made."""
    before = files_below(existing)
    result = run([*command_line(existing.parent, validate=validate), *options], env=offline)
    assert result.returncode == (1 if validate == "require" else 0)
    assert "making the environment failed" in result.stdout
    assert "Full log" not in result.stdout, "it is that of an earlier validation"
    changed = {name for name, content in files_below(existing).items() if before.get(name) != content}
    assert changed - {".cookiecutter.json", ".cruft.json"} == ({"README.md"} if options == ["-f"] else set())
    assert before.keys() <= files_below(existing).keys()


# Requests to stop

WAYS = ["Ctrl-C", "end of the job", "closed terminal", "end of cookiecutter", "death of cookiecutter"]


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


@pytest.mark.parametrize("way", WAYS)
def test_stop_while_uv_waits_for_the_network(way: str, index: Index, output: Path) -> None:
    index.is_held = True
    with Started(command_line(output), index.environment()) as process:
        assert index.asked.wait(30)
        process.stop(way)
        printed = process.read_to_the_end()
    assert process.returncode != 0
    assert STOPPED in printed
    assert_stays(output / SLUG, printed)


@pytest.mark.parametrize(
    ("stage", "way"),
    [("venv", "Ctrl-C"), ("venv", "death of cookiecutter"), ("pip", "Ctrl-C"), ("pip", "end of cookiecutter")]
    + [("validate", way) for way in WAYS],
)
def test_stop_of_a_step(stage: str, way: str, machine: Machine, output: Path) -> None:
    program = "venv" if stage == "venv" else "python"
    machine.behavior = {program: "sleep"}
    machine.install_uv() if stage == "validate" else machine.install_modules("venv")
    with Started(command_line(output, validate="require"), machine.environment()) as process:
        machine.wait_for(program)
        process.stop(way)
        printed = process.read_to_the_end()
    assert process.returncode != 0
    assert STOPPED in printed
    assert_stays(output / SLUG, printed)


@pytest.mark.parametrize("way", ["Ctrl-C", "end of the job", "closed terminal"])
def test_stop_while_files_are_written_keeps_those_of_the_user(way: str, existing: Path, machine: Machine) -> None:
    before = files_below(existing)
    (existing / "README.md").unlink()
    os.mkfifo(existing / "README.md")  # where cookiecutter waits, since nobody reads
    (existing / "LICENSE").unlink()  # written just before
    with Started([*command_line(existing.parent), "-f"], machine.environment()) as process:
        wait_until((existing / "LICENSE").exists)
        process.stop(way)
        printed = process.read_to_the_end()
    assert process.returncode != 0, printed
    assert machine.calls() == []
    assert {name: content for name, content in before.items() if content == b"mine"}.items() <= files_below(existing).items()


def test_generation_survives_the_terminal_under_nohup(index: Index, output: Path) -> None:
    index.is_held = True
    with Started(["nohup", *command_line(output)], index.environment()) as process:
        assert index.asked.wait(30)
        process.stop("closed terminal")
        index.released.set()
        printed = process.read_to_the_end()
    assert process.returncode == 0
    assert "making the environment failed" in printed
    assert_stays(output / SLUG, printed)


# All of it, with the real stack


@pytest.fixture(scope="class")
def strange_settings() -> dict[str, str]:
    settings = environment(
        UV_FROZEN="1", VIRTUAL_ENV="/somewhere/else", TERM="xterm-256color", HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1"
    )
    for name in ("HOME", "LC_ALL"):  # with LC_ALL=C, Python 3.11 does not start where the path of a project is not ASCII
        settings.pop(name, None)
    return settings


@pytest.fixture(scope="class")
def generated(strange_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What was printed, and the project: in a repository that ignores everything, below a folder with a difficult name."""
    repository = tmp_path_factory.mktemp("repository")
    if shutil.which("git"):
        assert run(["git", "init", "--quiet"], cwd=repository).returncode == 0
    (repository / ".gitignore").write_text("*\n")
    output = repository / 'it\'s "my" $HOME 写真'
    result = run(command_line(output, validate="require", logger="csv"), env=strange_settings, timeout=900)
    assert result.returncode == 0, result.stdout[-6000:]
    return result.stdout, output / SLUG


@pytest.mark.generation
class TestSurroundings:
    """One project is generated where much is in the way, and once more over what the user has added to it."""

    def test_validation_passes(self, generated: tuple[str, Path]) -> None:
        printed, project = generated
        assert f"{SLUG} is ready" in printed
        assert f"cd {shlex.quote(str(project))}\n" in printed
        assert (project / ".venv").is_dir()

    def test_log_has_no_control_characters(self, generated: tuple[str, Path]) -> None:
        printed, _ = generated
        assert [character for character in printed if character < " " and character != "\n"] == []

    @pytest.mark.parametrize("way", ["Ctrl-C", "end of cookiecutter"])
    def test_stop_while_validating_ends_all_and_keeps_all(
        self, way: str, generated: tuple[str, Path], strange_settings: dict[str, str]
    ) -> None:
        _, project = generated
        log = project / "outputs" / "validate" / "validate.log"
        log.unlink(missing_ok=True)
        mine = [project / name for name in ("data/mine/1.jpg", "outputs/mine.ckpt", "splits/mine.csv", "notes.md")]
        for file in mine:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("mine")
        packages = {path.name for path in project.glob(".venv/lib/*/site-packages/*")}
        with Started([*command_line(project.parent, validate="require", logger="csv"), "-f"], strange_settings) as process:
            wait_until(lambda: log.exists() and "$ train" in log.read_text())
            process.stop(way)
            printed = process.read_to_the_end()
        assert STOPPED in printed
        assert_stays(project, printed)
        assert [file.read_text() for file in mine] == ["mine"] * 4
        assert {path.name for path in project.glob(".venv/lib/*/site-packages/*")} == packages
