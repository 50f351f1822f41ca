"""A machine whose programs only write down how they were called."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from support.helpers import context_of, environment, run, write_hook

# Does what BEHAVIOR says for its name: a status to end with; "sleep" or "stubborn" to go on until it is stopped; or
# "stops its caller", and ends.
STAND_IN = """#!{python} -I
import json, os, shutil, signal, subprocess, sys, time
from pathlib import Path

def record(program):
    call = dict(program=program, arguments=sys.argv[1:], virtual_env=os.environ.get("VIRTUAL_ENV"), pid=os.getpid())
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps(call) + chr(10))

name = Path(sys.argv[0]).stem
if sys.argv[1:] in (["--version"], ["workspace", "dir"]):  # questions, which change nothing
    print(os.getcwd())
    sys.exit()
if name in ("uv", "venv"):
    Path(".venv/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(os.environ["PYTHON_STAND_IN"], ".venv/bin/python")
behavior = json.loads(os.environ["BEHAVIOR"]).get(name, 0)
if name == "python" and "-m" in sys.argv and sys.argv[2].endswith("validate"):
    Path("outputs/validate").mkdir(parents=True, exist_ok=True)
    Path("outputs/validate/validate.log").write_text("the whole log")
goes_on = behavior in ("sleep", "stubborn")
if behavior == "stubborn":
    signal.signal(signal.SIGTERM, lambda *_: record("deaf ear"))
if goes_on:
    subprocess.Popen(["/bin/sleep", "60"])  # holds the output open until it is ended as well
record(name)
if behavior == "stops its caller":
    os.kill(os.getppid(), signal.SIGTERM)
    behavior = 0
time.sleep(60 if goes_on else 0)
sys.exit(0 if goes_on else behavior)
"""


class Machine:
    """A machine on which a project was just rendered, with stand-ins for uv, venv and the project's Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "my output" / "my-vision-project"
        self.project.mkdir(parents=True)
        self.programs, self.modules = folder / "programs", folder / "modules"
        self.programs.mkdir()
        self.modules.mkdir()
        self.stand_in(folder / "python")
        self.behavior: dict[str, int | str] = {}

    def stand_in(self, file: Path) -> None:
        file.write_text(STAND_IN.format(python=sys.executable))
        file.chmod(0o755)

    def install_uv(self) -> None:
        self.stand_in(self.programs / "uv")

    def install_modules(self, *names: str) -> None:
        """Puts stand-ins before the modules of the Python that runs the hook."""
        for name in names:
            self.stand_in(self.modules / f"{name}.py")
        if "uv" not in names:
            (self.modules / "uv.py").write_text("raise SystemExit(1)")

    def environment(self) -> dict[str, str]:
        return environment(
            PATH=str(self.programs),
            PYTHONPATH=str(self.modules),
            RECORD=str(self.folder / "record"),
            PYTHON_STAND_IN=str(self.folder / "python"),
            BEHAVIOR=json.dumps(self.behavior),
            VIRTUAL_ENV="/somewhere/else",
        )

    def hook(self, called_from: Path | None = None, /, **answers: str) -> list[str]:
        """The command that runs the hook."""
        context = context_of(called_from or self.folder, **answers)
        return [sys.executable, str(write_hook("post_gen_project", self.folder / "hook.py", context))]

    def run_hook(self, called_from: Path | None = None, /, **answers: str) -> subprocess.CompletedProcess[str]:
        return run(self.hook(called_from, **answers), cwd=self.project, env=self.environment())

    def calls(self) -> list[dict[str, Any]]:
        record = self.folder / "record"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    def commands(self) -> list[str]:
        return [" ".join([call["program"], *call["arguments"]]) for call in self.calls()]

    def wait_for(self, program: str) -> None:
        end = time.monotonic() + 20
        while not any(call["program"] == program for call in self.calls()):
            assert time.monotonic() < end, f"{program} was not started: {self.calls()}"
            time.sleep(0.05)
