"""Generation on a full or protected disk, and with an output that nobody reads."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.faults import OFFLINE, POSIX, SLUG, assert_complete, assert_says_what_to_repeat, assert_stays, last_line
from support.helpers import command_line, render, run

pytestmark = POSIX


IN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


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
