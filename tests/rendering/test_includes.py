"""The files of tasks and loggers in templates/ are those of the projects, each at its own path, where the shared tree includes it.

`src/` stands for the package there.
"""

import re
from pathlib import Path

import pytest

from support.helpers import CHOICES, PACKAGE, PROJECT, TASKS, TEMPLATE, sources

TEMPLATES = TEMPLATE / "templates"
INCLUDE = re.compile(r"\{%-? include (.+?) -?%\}")
STUB = re.compile(r'\{% include (cookiecutter\.task|"loggers/" ~ cookiecutter\.logger) ~ "/(.+)" %\}')


def own_path(name: str) -> str:
    """The path below templates/<task>/ of a project's file."""
    return name.replace(f"src/{PACKAGE}/", "src/", 1)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")  # a picture includes nothing


def stubs(**answers: str) -> dict[str, str]:
    """What the stubs of a project include, by their names."""
    found = {name: STUB.fullmatch(text_of(path)) for name, path in sources(**answers).items()}
    return {name: match[0] for name, match in found.items() if match}


def files_of(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in paths}


@pytest.mark.parametrize("task", TASKS)
def test_a_file_that_includes_one_of_the_task_is_a_stub_for_the_same_path(task: str) -> None:
    for name, path in sources(task=task).items():
        includes = INCLUDE.findall(text_of(path))
        if includes and name not in ("README.md", "LICENSE") and path.suffix != ".jinja":  # a page includes its own parts
            match = STUB.fullmatch(text_of(path))
            assert match, f"{name} is more than one line, or ends it"
            assert match[2] == own_path(name)


@pytest.mark.parametrize("task", TASKS)
def test_each_file_of_a_task_is_included_where_it_belongs(task: str) -> None:
    included = {own_path(name) for name, include in stubs(task=task).items() if "cookiecutter.task" in include}
    sections = re.findall(r'cookiecutter\.task ~ "/(README/.+?)"', text_of(PROJECT / "README.md"))
    assert files_of(TEMPLATES / task) == included | set(sections) | {"task.jinja"}


@pytest.mark.parametrize("logger", CHOICES["logger"])
def test_each_file_of_a_logger_is_included_where_it_belongs(logger: str) -> None:
    included = {own_path(name) for name, include in stubs(logger=logger).items() if "cookiecutter.logger" in include}
    assert files_of(TEMPLATES / "loggers" / logger) == included


def test_each_choice_has_its_files() -> None:
    assert {path.name for path in (TEMPLATES / "loggers").iterdir()} == set(CHOICES["logger"])
    assert {path.stem for path in (TEMPLATES / "licenses").iterdir()} == set(CHOICES["license"])
    assert {path.parent.name for path in TEMPLATES.glob("*/task.jinja")} == set(TASKS)


def test_what_is_the_same_for_two_tasks_stands_once() -> None:
    """In the shared tree, with a conditional name if a third task does not have it."""
    first: dict[str, str] = {}
    for task in TASKS:
        for name in sorted(files_of(TEMPLATES / task)):
            twin = first.setdefault(text_of(TEMPLATES / task / name), f"{task}/{name}")
            assert twin == f"{task}/{name}"


@pytest.mark.parametrize("task", TASKS)
def test_conditional_names_depend_on_the_task_alone(task: str) -> None:
    for logger in CHOICES["logger"]:
        assert sources(task=task, logger=logger) == sources(task=task)
