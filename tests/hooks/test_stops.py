"""Generation that is stopped: the promised last line, nothing left running, nothing lost.

Stand-ins are used where a step has to go on until it is stopped.
"""

import os
from pathlib import Path

import pytest

from support.faults import POSIX, SLUG, STOPPED, STOPPED_BEFORE, Index, Started, assert_stays, wait_until
from support.helpers import command_line, files_below
from support.machine import Machine

pytestmark = POSIX


WAYS = ["Ctrl-C", "end of the job", "closed terminal", "end of cookiecutter", "death of cookiecutter"]


@pytest.mark.parametrize("way", WAYS)
def test_stop_while_uv_waits_for_the_network(way: str, index: Index, output: Path) -> None:
    index.is_held = True
    with Started(command_line(output), index.environment()) as process:
        assert index.asked.wait(30)
        process.stop(way)
        printed = process.read_to_the_end()
    assert process.returncode != 0
    assert STOPPED_BEFORE in printed
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
    assert (STOPPED if stage == "validate" else STOPPED_BEFORE) in printed
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
