"""Makes the environment of the new project, runs its `validate` command, and says what to type next.

Writes nothing into the project but the environment and what `validate` itself writes. cookiecutter renders this file before it
runs it, with its own interpreter, which has no torch.
"""

import contextlib
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")

PROJECT = Path.cwd()
SLUG = ANSWERS["project_slug"]
LOG = PROJECT / "outputs" / "validate" / "validate.log"
WINDOWS = os.name == "nt"
SCRIPTS = Path(".venv") / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
SUPPORTED = (3, 11) <= sys.version_info[:2] <= (3, 13)
SECONDS_TO_END = 10
SECONDS_BETWEEN_LOOKS = 0.1
# Settings that lead to another project or environment, or that need a lock file, which a new project has not.
NOT_OURS = set(
    """
    VIRTUAL_ENV PYTHONHOME UV_PROJECT UV_PROJECT_ENVIRONMENT UV_WORKING_DIR UV_FROZEN UV_LOCKED UV_NO_INSTALL_PROJECT
    UV_NO_INSTALL_LOCAL PIP_PREFIX PIP_PYTHON PIP_ROOT PIP_TARGET PIP_USER
    """.split()
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
CALLER = os.getppid()
requests_to_stop: "list[int]" = []


class Failure(Exception):
    """A step that did not work; the message says which."""


class Stopped(Exception):
    """Ctrl-C, a request to end, or the end of cookiecutter."""


def say(*lines: str) -> None:
    try:
        print(*lines, sep="\n", flush=True)
    except OSError:  # nobody reads any more, or a log has filled its disk: no reason to lose the project
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(command: "list[str]") -> int:
    """Runs a command of the project in the terminal; nothing it started outlives a request to stop.

    Raises:
        Stopped: If there was such a request.
    """
    process = subprocess.Popen(command, cwd=PROJECT, env=ENVIRONMENT, start_new_session=not WINDOWS)
    while process.poll() is None and not stopped():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_BETWEEN_LOOKS)
    if stopped():
        end(process)
        raise Stopped
    return process.returncode


def stopped() -> bool:
    return bool(requests_to_stop) or os.getppid() != CALLER


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process and all it has started."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)
        return
    with contextlib.suppress(OSError):  # all have ended
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_END)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def ask(command: "list[str]") -> "str | None":
    """What a command answers, or None if it does not work."""
    try:
        asked = subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT, check=False, capture_output=True)
    except OSError:
        return None
    return os.fsdecode(asked.stdout).strip() if asked.returncode == 0 else None


def find_uv() -> "list[str] | None":
    """The command that runs uv: on the PATH, the one that runs cookiecutter (it sets UV), or installed beside cookiecutter.

    What is on the PATH need not work: pyenv puts a file there for each program of any of its Pythons.
    """
    found = [[path] for path in (shutil.which("uv"), os.environ.get("UV")) if path]
    for command in [*found, [sys.executable, "-m", "uv"]]:
        if ask([*command, "--version"]):
            return command
    return None


def steps_without_uv() -> "list[list[str]]":
    install = [str(PYTHON), "-m", "pip", "install"]
    wheels = [[*install, "torch", "torchvision", "--index-url", CPU_WHEELS]] if ANSWERS["torch_build"] == "cpu" else []
    return [
        [sys.executable, "-m", "venv", ".venv"],
        [*install, "--upgrade", "--quiet", "pip>=25.1"],  # which knows groups
        *wheels,
        [*install, "--editable", ".", "--group", "dev"],
    ]


def make_environment(uv: "list[str] | None") -> None:
    """Installs the project and its dependencies into `.venv`.

    Raises:
        Failure: If that does not work.
    """
    if not uv and not SUPPORTED:
        raise Failure(
            f"uv was not found, and cookiecutter runs on Python {sys.version_info[0]}.{sys.version_info[1]}, "
            "but the project needs 3.11 to 3.13, since Hydra 1.3 does not start on 3.14"
        )
    workspace = ask([*uv, "workspace", "dir"]) if uv else None
    if workspace and not PROJECT.samefile(workspace):
        raise Failure(
            f"it lies in the uv workspace {workspace}, whose environment and lock file validation would change; "
            "exclude it there if it is to have its own"
        )
    is_new = not Path(".venv").exists()
    try:
        for step in [[*uv, "sync"]] if uv else steps_without_uv():
            make(step)
    finally:
        if is_new and not PYTHON.exists():
            shutil.rmtree(".venv", ignore_errors=True)  # uv would never take it, and repeating would not help


def make(step: "list[str]") -> None:
    say(f"$ {shlex.join(step)}")
    try:
        status = run(step)
    except OSError as error:
        raise Failure(f"making the environment failed, since {step[0]} could not be run ({error})") from None
    if status:
        raise Failure(f"making the environment failed; {shlex.join(step)} ended with status {status}, see its message above")


def validate() -> None:
    """Runs the project's own check.

    Raises:
        Failure: If it finds a fault.
    """
    say("$ validate")
    try:
        status = run([str(PYTHON), "-m", f"{ANSWERS['package_name']}.commands.validate"])
    except OSError as error:
        raise Failure(f"validation could not be started ({error})") from None
    if status:
        raise Failure("validation failed, see above")


def commands(uv: "list[str] | None") -> "tuple[str, str]":
    """What to type before the name of a command of the project, and the line that repeats validation."""
    folder = shlex.quote(str(PROJECT))
    if uv:
        prefix = "uv run" if uv == [shutil.which("uv")] else shlex.join([*uv, "run"])
        return prefix + " ", f"cd {folder} && {prefix} validate"
    if not SUPPORTED:
        return "uv run ", f"pip install uv && cd {folder} && uv run validate"
    install = " && ".join(shlex.join(step) for step in steps_without_uv())
    return f"{SCRIPTS}{os.sep}", f"cd {folder} && {install} && {SCRIPTS / 'validate'}"


def say_next(prefix: str, validated: bool) -> None:
    given = ANSWERS["data_dir"].strip()
    demo = {"train experiment=sample": "the demo images, a few minutes on a CPU"}
    if given:
        lines = {"doctor": f"looks at your images, {given}", "train": "learns them", **demo}
    else:
        lines = {**demo, "train data.root=<folder>": "your images"}
    lines["train --help"] = "what can be set"
    if not validated:
        lines = {"validate": "installs what is needed, trains, and runs all that follows a training", **lines}
    if ANSWERS["logger"] == "tensorboard":
        lines["tensorboard --logdir outputs"] = "curves and pictures"
    width = max(map(len, lines)) + len(prefix) + 2
    state = "ready: it has trained, and all that follows a training has run" if validated else "written"
    say("", f"{SLUG} is {state}. Next:", "", f"  cd {shlex.quote(str(PROJECT))}")
    say(*(f"  {(prefix + command).ljust(width)}# {what}" for command, what in lines.items()), "")


def say_failed(message: str, repeat: str, has_log: bool) -> None:
    say("", f"The project is complete, but {message}.")
    if has_log and LOG.exists():
        say(f"Full log:  {keep_log() if ANSWERS['validate'] == 'require' else LOG}")
    say(f"Repeat it: {repeat}", "")


def keep_log() -> Path:
    """Copies the log beside the project, which cookiecutter is about to remove."""
    kept = PROJECT.with_name(f"{SLUG}-validate.log")
    try:
        shutil.copy(LOG, kept)
    except OSError:
        return LOG
    return kept


def renders_for_update() -> bool:
    """Whether cruft renders the project anew in a temporary folder, to compare it: there is nothing to run."""
    if "_commit" not in ANSWERS:
        return False
    folder, called_from = PROJECT.parent, Path(ANSWERS["__called_from"])
    temporary = folder.parent == Path(tempfile.gettempdir()).resolve() and folder.name.startswith("tmp") and folder != called_from
    return temporary or (called_from / ".cruft.json").exists()


def listen_to_requests_to_stop() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) != signal.SIG_IGN:  # nohup, for one, has it ignored
            signal.signal(number, lambda number, _: requests_to_stop.append(number))


def main() -> int:
    if renders_for_update():
        return 0
    listen_to_requests_to_stop()
    has_log = False  # an older one may lie there, if the folder existed
    repeat = f"cd {shlex.quote(str(PROJECT))} && uv run validate"
    try:
        uv = find_uv()
        prefix, repeat = commands(uv)
        if ANSWERS["validate"] == "skip":
            say_next(prefix, validated=False)
            return 0
        make_environment(uv)
        has_log = True
        validate()
        say_next(prefix, validated=True)
        return 0
    except Failure as failure:
        say_failed(str(failure), repeat, has_log)
    except OSError as error:
        say_failed(f"making it run failed ({error})", repeat, has_log)
    except Stopped:
        say_failed(f"{'validation' if has_log else 'making the environment'} was stopped before its end", repeat, has_log)
    return 1 if ANSWERS["validate"] == "require" else 0


if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="replace")  # a terminal may not know every character of a path
sys.exit(main())
