"""Projects of each earlier milestone of this repository come to the newest template with `cruft update`, whatever moved since.

The milestones are commits, so the tests need the history: a shallow clone has none, and a copy of the files neither. Each push
tries every third milestone, each time with the next task; the exhaustive tier tries the others.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.helpers import GIT_NAMES, PACKAGE, TASKS, TEMPLATE, commit, files_below, git, render, run
from support.machine import Machine

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the stand-ins for programs are POSIX scripts"),
    pytest.mark.skipif(not shutil.which("git"), reason="cruft needs git"),
]

# What the repository had when a part of it was finished, the oldest first.
MILESTONES = {
    "three tasks": "9d64630",
    "containers and every combination": "a1aef9a",
    "rooms": "8bfa43c",
    "formats, and several labels": "d29845d",
    "doctor, export, serve and report": "359f441",
    "searches, and several machines": "f08a3b6",
    "rectangular inputs, tiles and eight bits": "b728da2",
    "streaming, and runs that go on": "9c88a26",
    "docs to copy from, and releases": "89f31ab",
}
KEPT_ELSEWHERE = {".cruft.json", ".cookiecutter.json"}  # say where the template was, which differs here


def has_history() -> bool:
    known = [run(["git", "-C", str(TEMPLATE), "cat-file", "-e", f"{milestone}^{{commit}}"]) for milestone in MILESTONES.values()]
    return not any(result.returncode for result in known)


class OldProject:
    """A project that an old version of the template made, and the newest version of the template."""

    def __init__(self, machine: Machine, milestone: str, task: str) -> None:
        self.environment = machine.environment() | GIT_NAMES
        self.environment["PATH"] = os.pathsep.join([self.environment["PATH"], os.environ["PATH"]])  # cruft calls git
        machine.install_uv()
        self.template = machine.folder / "template"
        git(machine.folder, "clone", "--quiet", "--no-local", str(TEMPLATE), str(self.template))
        git(self.template, "checkout", "--quiet", "-B", "main", milestone)
        self.answers = {"task": task, "logger": "csv", "validate": "skip", "author_name": "李 O'Neill"}
        output = machine.folder / "out"
        output.mkdir()
        self.folder = output / "my-vision-project"
        given = ["--extra-context", json.dumps(self.answers), "--output-dir", str(output), "--no-input"]
        made = self.cruft("create", str(self.template), *given, cwd=output)
        assert made.returncode == 0, made.stdout
        commit(self.folder)

        for path in self.template.iterdir():  # the newest version is the tree as it is, committed or not
            if path.is_dir() and path.name != ".git":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
        listed = git(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        for name in filter(None, listed):
            if (TEMPLATE / name).exists():
                (self.template / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TEMPLATE / name, self.template / name)
        git(self.template, "add", "--all")
        git(self.template, "commit", "--quiet", "--allow-empty", "--message=Newest")

    def cruft(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run([sys.executable, "-m", "cruft", *arguments], cwd=cwd or self.folder, env=self.environment)

    def update(self) -> str:
        updated = self.cruft("update", "--skip-apply-ask")
        assert updated.returncode == 0, updated.stdout
        return updated.stdout


EACH_PUSH = {(milestone, TASKS[number % len(TASKS)]) for number, milestone in enumerate([*MILESTONES][::3])}
CASES = [
    pytest.param(case, marks=() if case in EACH_PUSH else pytest.mark.exhaustive, id="-".join(case))
    for case in itertools.product(MILESTONES, TASKS)
]


@pytest.fixture
def row(case: tuple[str, str], record_property: Callable[[str, object], None]) -> dict[str, str]:
    """A line in the table of updates."""
    milestone, task = case
    row = {"milestone": milestone, "task": task}
    record_property("updates from earlier milestones", row)
    return row


@pytest.fixture
def project(case: tuple[str, str], row: dict[str, str], machine: Machine) -> OldProject:
    if not has_history():
        pytest.skip("this copy has no history")
    milestone, task = case
    return OldProject(machine, MILESTONES[milestone], task)


def of_the_template(folder: Path) -> dict[str, bytes]:
    return {name: text for name, text in files_below(folder).items() if name[:5] != ".git/" and name not in KEPT_ELSEWHERE}


@pytest.mark.parametrize("case", CASES)
def test_untouched_project_becomes_that_of_the_newest_template(project: OldProject, row: dict[str, str], tmp_path: Path) -> None:
    row["own changes"] = "none"
    project.update()
    newest = of_the_template(render(tmp_path / "newest", **project.answers))
    updated = of_the_template(project.folder)
    assert sorted(updated) == sorted(newest), "files were left behind, or are missing"
    assert updated == newest
    row["merged"] = "all files"


@pytest.mark.parametrize("case", CASES)
def test_own_changes_stay_and_clashes_are_marked(project: OldProject, row: dict[str, str], tmp_path: Path) -> None:
    row["own changes"] = "a module, and a line in four files"
    source = project.folder / "src" / PACKAGE
    own = source / "ours.py"
    own.write_text("ours = 1\n", encoding="utf-8")
    flat = source / "data.py"
    reader = flat if flat.exists() else source / "data" / "datamodule.py"
    changed = [reader, *(project.folder / name for name in ("configs/train.yaml", "pyproject.toml", "README.md"))]
    for file in changed:
        file.write_text("# our own words\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    commit(project.folder)
    printed = project.update()
    assert own.read_text(encoding="utf-8") == "ours = 1\n"
    newest = of_the_template(render(tmp_path / "newest", **project.answers))
    merged, marked = [], []
    for file in changed:
        name, text = file.relative_to(project.folder).as_posix(), file.read_bytes()
        assert b"# our own words\n" in text
        if text == b"# our own words\n" + newest.get(name, b""):
            merged.append(name)
        else:
            assert b"<<<<<<<" in text or f"patch failed: {name}" in printed
            marked.append(name)
    row["merged"], row["clashes, marked"] = ", ".join(merged), ", ".join(marked)
    untouched = {name: text for name, text in newest.items() if project.folder / name not in changed}
    updated = of_the_template(project.folder)
    assert {name: updated.get(name) for name in untouched} == untouched
