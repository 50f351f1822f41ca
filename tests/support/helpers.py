"""Renders the template, and runs its hooks as cookiecutter runs them."""

import ast
import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from jinja2 import Environment, FileSystemLoader

TEMPLATE = Path(__file__).parents[2]
PROJECT = TEMPLATE / "{{cookiecutter.project_slug}}"
QUESTIONS: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES: dict[str, list[str]] = {name: value for name, value in QUESTIONS.items() if isinstance(value, list)}
TEXTS = [name for name, value in QUESTIONS.items() if isinstance(value, str) and not name.startswith("_")]
TASKS = CHOICES["task"]
PACKAGE = "my_vision_project"  # after the default answers
GIT_NAMES = {f"GIT_{role}_{part}": "tests@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
NOT_OF_THE_TEMPLATE = {".git", ".venv", ".pytest_cache", ".ruff_cache", "__pycache__", "outputs", "uv.lock"}


def of_each_task(tests: type[Any]) -> list[type[Any]]:
    """A class of these tests for each task, in the order of `TASKS`, so that each has fixtures of its own."""
    return [type(f"Test{task.title()}", (tests,), {"task": task}) for task in TASKS]


def render(output_dir: Path, /, **answers: str) -> Path:
    """Renders a project in this process, without hooks, since the files do not depend on them."""
    return Path(cookiecutter(str(TEMPLATE), no_input=True, output_dir=str(output_dir), accept_hooks=False, extra_context=answers))


def command_line(output_dir: Path, template: Path = TEMPLATE, /, **answers: str) -> list[str]:
    """What a person types to generate a project without questions."""
    given = [f"{name}={answer}" for name, answer in answers.items()]
    return [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "-o", str(output_dir), *given]


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; `stdout` of the result has both of its streams."""
    merged: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "timeout": 120}
    return subprocess.run(command, **(merged | options), text=True, encoding="utf-8", errors="replace", check=False)


def context_of(called_from: Path, /, **answers: str) -> dict[str, Any]:
    """What cookiecutter hands to a hook after these answers, also those that it would refuse itself."""
    given = {name: answer for name, answer in answers.items() if name in TEXTS}
    context = generate_context(str(TEMPLATE / "cookiecutter.json"), extra_context=given)
    with contextlib.chdir(called_from):
        context["cookiecutter"] = prompt_for_config(context, no_input=True)
    context["cookiecutter"].update(answers, _template=str(TEMPLATE), _repo_dir=str(TEMPLATE), _checkout=None)
    return context


def write_hook(name: str, file: Path, context: dict[str, Any]) -> Path:
    """Renders a hook into a file."""
    text = (TEMPLATE / "hooks" / f"{name}.py").read_text(encoding="utf-8")
    file.write_text(create_env_with_context(context).from_string(text).render(**context), encoding="utf-8")
    return file


def copy_template(folder: Path) -> Path:
    return shutil.copytree(TEMPLATE, folder, ignore=shutil.ignore_patterns(*NOT_OF_THE_TEMPLATE))


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder."""
    result = run(["git", "-C", str(folder), *arguments], env=environment(**GIT_NAMES))
    assert result.returncode == 0, result.stdout
    return result.stdout.strip()


def commit(folder: Path, tag: str | None = None) -> None:
    """Commits all files of a folder, which becomes a repository."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Change")
    if tag:
        git(folder, "tag", tag)


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of each file by its relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def touch(folder: Path, *names: str) -> Path:
    """Makes empty files, since the check before generation only looks at names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def sources(**answers: str) -> dict[str, Path]:
    """The file of the template behind each file of a project, by the name that it gets after these answers."""
    given = {"package_name": PACKAGE, **{name: choices[0] for name, choices in CHOICES.items()}, **answers}
    found = {}
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = Environment().from_string(path.relative_to(PROJECT).as_posix()).render(cookiecutter=given)
            if not name.endswith("/"):  # as it does where the name of a file is empty after these answers
                assert name not in found, f"{found[name]} and {path} are one file of {answers}"
                found[name] = path
    return found


def facts(task: str) -> dict[str, Any]:
    """What the template says about a task."""
    module = Environment(loader=FileSystemLoader(TEMPLATE / "templates")).get_template(f"{task}/task.jinja").module
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def constant(file: Path, name: str) -> Any:
    """What a Python file says for a name, without importing what the file imports."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            [target] = node.targets if isinstance(node, ast.Assign) else [node.target]
            if ast.unparse(target) == name:
                return eval(ast.unparse(node.value))
    raise AssertionError(f"{file} has no {name}")


def said_of_formats(task: str, name: str) -> list[str]:
    """What each format of a task says for NAME, as people call it, or for EXPECTED, which is looked for."""
    folder = TEMPLATE / "templates" / task / "src" / "data" / "formats"
    return [constant(file, name) for file in sorted(folder.glob("[!_]*.py"))]


def environment(**changes: str) -> dict[str, str]:
    """The environment of this process with changes."""
    return {**os.environ, **changes}
