"""The workflow of a project that proposes what is new in the template, with stand-ins for cruft, uv and GitHub's program."""

import os
import shutil
from pathlib import Path

import pytest
import yaml

from support.helpers import GIT_NAMES, commit, environment, git, render, run

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the stand-ins for programs are POSIX scripts"),
    pytest.mark.skipif(not shutil.which("git"), reason="what is new is committed"),
]
PROGRAMS = {
    "uvx": 'test "$2" = update && sh -c "$UPDATE"',  # what is not an update is a check, which finds something new
    "uv": 'echo renewed > uv.lock; exit "$LOCKED"',
    "gh": 'echo "$@" >> "$RECORD"; test "$2" != create || exit "$CREATED"',
}


class Repository:
    """A project on GitHub, where the workflow runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin, self.record = folder, folder / "origin.git", folder / "record"
        self.project = render(folder, validate="skip")
        self.steps = yaml.safe_load((self.project / ".github/workflows/template.yml").read_text())["jobs"]["update"]
        (self.project / ".cruft.json").write_text('{\n  "template": "https://example.com/vision"\n}\n')
        commit(self.project)
        git(self.project, "branch", "--move", "main")
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self.push("main", self.project)
        (folder / "programs").mkdir()
        for name, script in PROGRAMS.items():
            (folder / "programs" / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / "programs" / name).chmod(0o755)

    def push(self, branch: str, clone: Path) -> None:
        git(clone, "push", "--quiet", str(self.origin), f"HEAD:refs/heads/{branch}")

    def clone(self, branch: str) -> Path:
        number = len(list(self.folder.glob("clone*")))
        git(self.folder, "clone", "--quiet", "--branch", branch, str(self.origin), str(self.folder / f"clone{number}"))
        return self.folder / f"clone{number}"

    def run(self, update: str = "echo new > new.txt", **changes: str) -> str:
        """Runs the steps, and returns what they printed."""
        clone, said = self.clone("main"), ""
        outputs = self.folder / "outputs"
        outputs.write_text("")
        given = {"UPDATE": update, "LOCKED": "0", "CREATED": "0", "RECORD": str(self.record), "GITHUB_OUTPUT": str(outputs)}
        given["PATH"] = os.pathsep.join([str(self.folder / "programs"), os.environ["PATH"]])
        given["GIT_CONFIG_GLOBAL"] = str(self.folder / "gitconfig")
        mine = {name: value for name, value in self.steps["env"].items() if name != "GH_TOKEN"}
        for step in self.steps["steps"][2:]:
            if "if" in step and not outputs.read_text():
                continue
            result = run(["bash", "-e", "-c", step["run"]], cwd=clone, env=environment(**given | mine | changes))
            said += result.stdout
            assert result.returncode == 0, said
        return said

    def proposed(self, *arguments: str) -> str:
        """What git shows of the branch that is proposed."""
        return git(self.origin, *arguments, "template-update")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_what_is_new_is_proposed_and_proposed_anew_in_its_place(repository: Repository) -> None:
    repository.run()
    assert "pr create --fill --head template-update" in repository.record.read_text()
    repository.run("echo newer > new.txt", CREATED="1")
    assert repository.proposed("rev-list", "--count") == "2", "there is more than one commit on main"
    assert git(repository.origin, "show", "template-update:new.txt") == "newer"
    assert "pr edit template-update" in repository.record.read_text()


def test_what_somebody_committed_on_the_branch_stays(repository: Repository) -> None:
    repository.run()
    clone = repository.clone("template-update")
    (clone / "new.txt").write_text("settled\n")
    commit(clone)
    repository.push("template-update", clone)
    before = repository.proposed("rev-parse")
    assert "::warning::Somebody has committed on template-update" in repository.run("echo newer > new.txt")
    assert repository.proposed("rev-parse") == before
    repository.push("main", clone)  # once merged, the branch is free again
    repository.run("echo newer > new.txt")
    assert git(repository.origin, "show", "template-update:new.txt") == "newer"


def test_clashes_are_named_in_the_text(repository: Repository) -> None:
    clash = """
        git checkout --quiet -b other && echo theirs > README.md && git commit --quiet --all --message=theirs
        git checkout --quiet template-update && echo ours > README.md && git commit --quiet --all --message=ours
        git merge other || true
        echo rejected > src/a.py.rej
    """
    repository.run(clash, **GIT_NAMES)
    text = repository.proposed("log", "-1", "--format=%b")
    assert text.splitlines() == ["To be settled on this branch, before it is merged:", "- README.md", "- src/a.py.rej"]


@pytest.mark.parametrize(("locked", "words"), [("0", "What is new in the template."), ("1", "- uv.lock")])
def test_lock_file_is_renewed_or_named(locked: str, words: str, repository: Repository) -> None:
    (repository.project / "uv.lock").write_text("old")
    commit(repository.project)
    repository.push("main", repository.project)
    repository.run(LOCKED=locked)
    assert git(repository.origin, "show", "template-update:uv.lock") == "renewed"
    assert words in repository.proposed("log", "-1", "--format=%b")


def test_project_without_lock_file_gets_none(repository: Repository) -> None:
    repository.run()
    assert "uv.lock" not in repository.proposed("ls-tree", "--name-only").split()


def test_folder_in_place_of_an_address_is_said(repository: Repository) -> None:
    (repository.project / ".cruft.json").write_text('{\n  "template": "/home/me/template"\n}\n')
    commit(repository.project)
    repository.push("main", repository.project)
    assert "::warning::.cruft.json names a folder" in repository.run()
    with pytest.raises(AssertionError):
        repository.proposed("rev-parse", "--verify")
