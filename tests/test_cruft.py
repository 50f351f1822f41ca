"""Projects made with cruft are validated once, and nothing runs when they are compared with the template or updated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import copy_template, run, touch
from machine import Machine

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the stand-ins for programs are POSIX scripts"),
    pytest.mark.skipif(not shutil.which("git"), reason="cruft needs git"),
]

NAMED = {f"GIT_{role}_{part}": "tests@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


class Cruft:
    """A template in a repository, and a project made from it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.template = copy_template(machine.folder / "template")
        self.commit(self.template)
        self.images = touch(machine.folder / "images", "cat/1.jpg", "dog/2.jpg")
        self.project = machine.folder / "out" / "my-vision-project"
        machine.install_uv()
        answers = json.dumps({"data_dir": str(self.images), "logger": "csv"})
        where = ["--output-dir", str(self.project.parent), "--extra-context", answers, "--no-input"]
        self.project.parent.mkdir()
        self.created = self.cruft("create", str(self.template), *where, cwd=machine.folder)

    def commit(self, folder: Path) -> None:
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=Change"]):
            result = run(["git", "-C", str(folder), *command], env={**os.environ, **NAMED})
            assert result.returncode == 0, result.stdout

    def cruft(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.machine.environment() | NAMED
        environment["PATH"] = os.pathsep.join([environment["PATH"], os.environ["PATH"]])  # cruft calls git
        return run([sys.executable, "-m", "cruft", *arguments], cwd=cwd or self.project, env=environment)


@pytest.fixture
def cruft(machine: Machine) -> Cruft:
    return Cruft(machine)


def test_create_validates(cruft: Cruft) -> None:
    assert cruft.created.returncode == 0, cruft.created.stdout
    assert cruft.machine.commands() == ["uv sync", "python -m my_vision_project.validate"]


def test_check_diff_and_update_run_nothing_and_bring_the_change(cruft: Cruft) -> None:
    cruft.commit(cruft.project)
    calls = cruft.machine.calls()
    shutil.rmtree(cruft.images)  # the images may be elsewhere by then
    readme = cruft.template / "{{cookiecutter.project_slug}}" / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").rstrip() + "\n\nA new sentence.\n", encoding="utf-8")
    cruft.commit(cruft.template)

    assert cruft.cruft("check").returncode == 1, "the project is behind the template"
    assert cruft.cruft("diff").returncode == 0
    update = cruft.cruft("update", "--skip-apply-ask")
    assert update.returncode == 0, update.stdout
    assert (cruft.project / "README.md").read_text(encoding="utf-8").endswith("A new sentence.\n")
    assert not list(cruft.project.rglob("*.rej")), "the update made conflicts"
    assert cruft.cruft("check").returncode == 0
    assert cruft.machine.calls() == calls


def test_nothing_else_changes_in_an_update(cruft: Cruft) -> None:
    cruft.commit(cruft.project)
    touch(cruft.template / "benchmarks", "new.py")  # beside the generated project
    cruft.commit(cruft.template)
    assert cruft.cruft("update", "--skip-apply-ask").returncode == 0
    changed = run(["git", "-C", str(cruft.project), "status", "--porcelain"]).stdout.split()
    assert changed in ([], ["M", ".cruft.json"])


def test_relative_folder_of_images_is_refused(cruft: Cruft) -> None:
    where = ["--output-dir", str(cruft.machine.folder / "other"), "--no-input"]
    result = cruft.cruft(
        "create", str(cruft.template), *where, "--extra-context", '{"data_dir": "images"}', cwd=cruft.machine.folder
    )
    assert result.returncode != 0
    assert "Refused: data_dir" in result.stdout
