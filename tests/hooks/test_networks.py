"""Generation without a network, or with an index that does not do its work."""

from pathlib import Path

import pytest

from support.faults import OFFLINE, POSIX, SLUG, Index, assert_stays
from support.helpers import command_line, run
from support.machine import Machine

pytestmark = POSIX


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
