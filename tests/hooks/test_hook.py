"""What the hook runs after the files are written, and how it ends when that fails.

The programs it calls are stand-ins that write down how they were called.
"""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.helpers import run
from support.machine import Machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for programs are POSIX scripts")

VALIDATE = "python -m my_vision_project.commands.validate"


def last_line(result: subprocess.CompletedProcess[str] | str) -> str:
    return (result if isinstance(result, str) else result.stdout).strip().splitlines()[-1]


def test_uv_makes_the_environment_and_the_project_validates_itself(machine: Machine) -> None:
    machine.install_uv()
    result = machine.run_hook()
    assert result.returncode == 0, result.stdout
    assert machine.commands() == ["uv sync", VALIDATE]
    assert [call["virtual_env"] for call in machine.calls()] == [None, None], "it is not the project's"


def test_uv_that_runs_cookiecutter_is_used_when_none_is_on_the_path(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install_modules()
    machine.stand_in(machine.folder / "uv")
    monkeypatch.setenv("UV", str(machine.folder / "uv"))
    result = machine.run_hook()
    assert machine.commands() == ["uv sync", VALIDATE]
    assert f"{machine.folder / 'uv'} run train" in result.stdout


def test_uv_beside_cookiecutter_is_used_when_none_is_on_the_path(machine: Machine) -> None:
    machine.install_modules("uv")
    result = machine.run_hook()
    assert result.returncode == 0, result.stdout
    assert machine.commands() == ["uv sync", VALIDATE]
    assert "-m uv run train" in result.stdout


def test_uv_on_the_path_that_does_not_work_is_not_used(machine: Machine) -> None:
    """Such as the file that pyenv puts there for an uv of another Python."""
    machine.install_modules("venv")
    (machine.programs / "uv").write_text("#!/bin/sh\nexit 127\n")
    (machine.programs / "uv").chmod(0o755)
    result = machine.run_hook()
    assert result.returncode == 0, result.stdout
    assert machine.commands()[0] == "venv .venv"


def test_venv_and_pip_are_used_without_uv(machine: Machine) -> None:
    machine.install_modules("venv")
    result = machine.run_hook()
    assert result.returncode == 0, result.stdout
    commands = machine.commands()
    assert commands[0] == "venv .venv"
    assert all(command.startswith("python -m pip install ") for command in commands[1:-1])
    assert "--editable ." in commands[-2]
    assert not any("--index-url" in command for command in commands)
    assert commands[-1] == VALIDATE
    assert ".venv/bin/train" in result.stdout


def test_pip_takes_cpu_wheels_from_their_index(machine: Machine) -> None:
    machine.install_modules("venv")
    assert machine.run_hook(torch_build="cpu").returncode == 0
    [from_index] = [command for command in machine.commands() if "--index-url" in command]
    assert {"torch", "torchvision"} <= set(from_index.split())


def test_unfit_python_without_uv_is_explained(machine: Machine) -> None:
    machine.install_modules("venv")
    (machine.modules / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 14, 0, 'final', 0)")
    result = machine.run_hook()
    assert result.returncode == 0
    assert machine.commands() == []
    assert "3.14" in result.stdout
    assert "install uv" in result.stdout


def test_skip_runs_nothing(machine: Machine) -> None:
    machine.install_uv()
    result = machine.run_hook(validate="skip")
    assert result.returncode == 0
    assert machine.calls() == []
    assert not list(machine.project.iterdir())
    assert "uv run validate" in result.stdout


@pytest.mark.parametrize(
    ("images", "first"),
    [("", ["train experiment=sample", "train data.root=<folder>"]), ("/photos", ["doctor", "train", "train experiment=sample"])],
)
def test_success_ends_with_the_next_commands(images: str, first: list[str], machine: Machine) -> None:
    machine.install_uv()
    lines = machine.run_hook(data_dir=images).stdout.strip().splitlines()
    shown = lines[next(number for number, line in enumerate(lines) if "Next:" in line) :]
    assert shlex.split(shown[2]) == ["cd", str(machine.project)]
    assert all(line.startswith("  uv run ") for line in shown[3:])
    assert [line.split("#")[0].strip().removeprefix("uv run ") for line in shown[3:]][: len(first)] == first
    assert images in shown[3]


@pytest.mark.parametrize(("validate", "status"), [("auto", 0), ("require", 1)])
@pytest.mark.parametrize(("broken", "message"), [("uv", "uv sync ended with status 3"), ("python", "validation failed")])
def test_failure_is_named_with_the_command_that_repeats_it(
    broken: str, message: str, validate: str, status: int, machine: Machine
) -> None:
    machine.install_uv()
    machine.behavior = {broken: 3}
    result = machine.run_hook(validate=validate)
    assert result.returncode == status
    assert message in result.stdout.strip().split("\n\n")[-1]
    assert last_line(result) == f"Repeat it: cd {shlex.quote(str(machine.project))} && uv run validate"


def test_command_that_repeats_works_as_it_is_printed(machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {"uv": 1}
    repeat = last_line(machine.run_hook()).removeprefix("Repeat it: ")
    machine.behavior = {}
    assert run(["/bin/sh", "-c", repeat], env=machine.environment()).returncode == 0
    assert machine.commands() == ["uv sync", "uv run validate"]


def test_log_is_named(machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {"python": 1}
    assert f"Full log:  {machine.project / 'outputs' / 'validate' / 'validate.log'}\n" in machine.run_hook().stdout


def test_log_survives_beside_the_project_that_is_removed(machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {"python": 1}
    result = machine.run_hook(validate="require")
    kept = machine.project.with_name("my-vision-project-validate.log")
    assert kept.read_text() == "the whole log"
    assert f"Full log:  {kept}\n" in result.stdout


@pytest.mark.parametrize("broken", ["uv", "python"])
@pytest.mark.parametrize(("request_to_stop", "validate"), [("SIGINT", "auto"), ("SIGTERM", "auto"), ("SIGINT", "require")])
def test_stop_ends_all_that_was_started(broken: str, request_to_stop: str, validate: str, machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {broken: "sleep"}
    output, status = stop_hook(machine, getattr(signal, request_to_stop), broken, validate=validate)
    assert status == (1 if validate == "require" else 0)
    assert "stopped before its end" in output
    assert last_line(output).startswith("Repeat it: ")


def test_stop_ends_what_does_not_want_to_also_for_the_impatient(machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {"uv": "stubborn"}
    hook = Path(machine.hook()[1])
    hook.write_text(hook.read_text().replace("SECONDS_TO_END = 10", "SECONDS_TO_END = 1"))
    with start_hook(machine, [sys.executable, str(hook)]) as process:
        machine.wait_for("uv")
        process.send_signal(signal.SIGINT)
        machine.wait_for("deaf ear")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert (process.returncode, last_line(output)[:10]) == (0, "Repeat it:")


def test_stop_just_as_a_step_ends(machine: Machine) -> None:
    machine.install_uv()
    machine.behavior = {"uv": "stops its caller"}
    result = machine.run_hook()
    assert result.returncode == 0
    assert machine.commands() == ["uv sync"]
    assert "stopped before its end" in result.stdout


def stop_hook(machine: Machine, number: signal.Signals, running: str, **answers: str) -> tuple[str, int]:
    """Starts the hook and stops it while `running` runs. Its output closes only when all who write there have ended."""
    with start_hook(machine, machine.hook(**answers)) as process:
        machine.wait_for(running)
        process.send_signal(number)
        output, _ = process.communicate(timeout=20)
    return output, process.returncode


def start_hook(machine: Machine, command: list[str]) -> "subprocess.Popen[str]":
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": machine.project}
    return subprocess.Popen(command, env=machine.environment(), **options)


def test_nothing_runs_under_cruft_update(machine: Machine) -> None:
    machine.install_uv()
    called_from = machine.folder / "existing-project"
    called_from.mkdir()
    (called_from / ".cruft.json").write_text("{}")
    result = machine.run_hook(called_from, _commit="abc")
    assert (result.returncode, result.stdout, machine.calls()) == (0, "", [])


def test_cruft_create_runs_everything(machine: Machine) -> None:
    machine.install_uv()
    assert machine.run_hook(_commit="abc").returncode == 0
    assert machine.commands() == ["uv sync", VALIDATE]
