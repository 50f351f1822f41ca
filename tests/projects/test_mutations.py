"""Generated projects are broken on purpose, as people break them: their own tests or `validate` must notice.

The mutants of a task share its environment and run one after another. No project is installed there, so nothing but the files
of the mutant can be imported. If the untouched project fails, so does every test of its task, since it proves nothing then.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.helpers import PACKAGE, TASKS, environment, of_each_task, render, run
from support.mutants import MUTANTS, Mutant

PYTHON = Path(".venv", "Scripts", "python.exe") if os.name == "nt" else Path(".venv", "bin", "python")
# Most mutants fall to the tests of their own file, most others to one of these; what runs whole commands comes after them.
QUICK = ["data", "model", "results", "config"]


@dataclass(frozen=True)
class Environment:
    """The environment of a task, which has all that its projects need but no project."""

    python: Path

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Python on the project in `folder`."""
        offline = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TERM": "dumb", "COLUMNS": "120"}
        changed = environment(**offline, PYTHONPATH=str(folder / "src"))
        return run([str(self.python), *arguments], cwd=folder, env=changed, timeout=900)

    def fault(self, folder: Path, changed: Path | None = None) -> str | None:
        """What notices that the project is broken: one of its tests, those of the `changed` file first, or a step of `validate`."""
        others = sorted({path.parent.name for path in (folder / "tests").glob("*/test_*.py")} - set(QUICK))
        rooms = [f"tests/{name}" for name in [*QUICK, *others]]
        own = [str(path) for path in (folder / "tests").rglob(f"test_{changed.stem}.py")] if changed else []
        tests = self.run(folder, "-m", "pytest", "-x", "-q", *own, *rooms)
        if tests.returncode:
            failed = re.search(r"^(?:FAILED|ERROR) (tests/\S+)", tests.stdout, re.MULTILINE)
            assert tests.returncode == 1, f"the tests did not run:\n{tests.stdout[-3000:]}"
            assert failed, f"no test failed:\n{tests.stdout[-3000:]}"
            return failed[1].removeprefix("tests/")
        validated = self.run(folder, "-m", f"{PACKAGE}.commands.validate")
        if validated.returncode:
            failed = re.search(r"^failed  (.+?)  \(", validated.stdout, re.MULTILINE)
            assert failed, f"no step of validation failed:\n{validated.stdout[-3000:]}"
            return f"validate: {failed[1]}"
        return None


def mutants_of(task: str) -> list[Mutant]:
    return [mutant for mutant in MUTANTS if mutant.task == task]


def mutated(project: Path, mutant: Mutant) -> tuple[Path, str]:
    """The file that a mutant changes, and its new text."""
    path = project / mutant.file.replace("src/", f"src/{PACKAGE}/", 1)
    text = path.read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"{mutant.file} has {text.count(mutant.old)} times: {mutant.old}"
    changed = text.replace(mutant.old, mutant.new)
    if path.suffix == ".py":
        compile(changed, path, "exec")
    return path, changed


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mutant" in metafunc.fixturenames:
        of: Any = metafunc.cls
        mutants = mutants_of(of.task)
        metafunc.parametrize("mutant", mutants, ids=[mutant.name.replace(" ", "-") for mutant in mutants])


@pytest.fixture(scope="class")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the untouched project passes."""
    of: Any = request.cls
    project = render(tmp_path_factory.mktemp("untouched"), task=of.task)
    made = run([sys.executable, "-m", "uv", "sync", "--no-install-project"], cwd=project, timeout=900)
    assert made.returncode == 0, made.stdout
    environment = Environment(project / PYTHON)
    imported = environment.run(project.parent, "-c", f"import {PACKAGE}")
    assert "ModuleNotFoundError" in imported.stdout, "a project is installed, and would be run instead of the mutants"
    fault = environment.fault(project)
    assert fault is None, f"the untouched project is noticed by {fault}"
    return environment


@pytest.mark.exhaustive
class OfTask:
    task: str

    def test_mutant_is_noticed(
        self, mutant: Mutant, installed: Environment, tmp_path: Path, record_property: Callable[[str, object], None]
    ) -> None:
        project = render(tmp_path, task=mutant.task)
        path, text = mutated(project, mutant)
        path.write_text(text, encoding="utf-8")
        fault = installed.fault(project, path)
        caught_by = fault or f"nothing: {mutant.survives}"
        record_property("mutations", {"mutation": mutant.name, "task": mutant.task, "caught by": caught_by})
        if mutant.survives:
            assert fault is None, f"{fault} notices it now: it is no known survivor any more"
        else:
            assert fault, f"neither the project's tests nor validate notice: {mutant.name}"


TestClassification, TestDetection, TestSegmentation = of_each_task(OfTask)


@pytest.mark.parametrize("task", TASKS)
def test_each_mutant_changes_one_place_and_has_its_own_name(task: str, tmp_path: Path) -> None:
    project = render(tmp_path, task=task)
    for mutant in mutants_of(task):
        path, text = mutated(project, mutant)
        assert text != path.read_text(encoding="utf-8"), mutant.name
    assert len({mutant.name for mutant in mutants_of(task)}) == len(mutants_of(task)) > 0
