"""Projects follow the template with cruft: those that it made, and those of plain cookiecutter.

Nothing of the user's is lost in an update, and nothing runs while a project is compared with the template.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.helpers import GIT_NAMES, PROJECT, command_line, commit, copy_template, files_below, git, run, touch
from support.machine import Machine

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the stand-ins for programs are POSIX scripts"),
    pytest.mark.skipif(not shutil.which("git"), reason="cruft needs git"),
]

MAKERS = ["cookiecutter", "cruft"]


class Repositories:
    """A template in a repository, and projects made from it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.template = copy_template(machine.folder / "template")
        commit(self.template, "v1")
        self.images = touch(machine.folder / "images", "cat/1.jpg", "dog/2.jpg")
        self.answers = {"data_dir": str(self.images), "logger": "csv", "author_name": "李 O'Neill"}
        self.project = machine.folder / "out" / "my-vision-project"
        machine.install_uv()

    def cruft(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self.run([sys.executable, "-m", "cruft", *arguments], cwd or self.project)

    def run(self, command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        environment = self.machine.environment() | GIT_NAMES
        environment["PATH"] = os.pathsep.join([environment["PATH"], os.environ["PATH"]])  # cruft calls git
        return run(command, cwd=cwd, env=environment)

    def make(self, maker: str, output: Path | None = None) -> Path:
        """Makes a project with `cookiecutter` or `cruft create`, and commits it."""
        output = output or self.project.parent
        output.mkdir()
        if maker == "cruft":
            answers = ["--extra-context", json.dumps(self.answers)]
            made = self.cruft("create", str(self.template), "--output-dir", str(output), "--no-input", *answers, cwd=output)
        else:
            made = self.run(command_line(output, self.template, **self.answers), output)
        assert made.returncode == 0, made.stdout
        commit(output / self.project.name)
        return output / self.project.name

    def change_template(self, file: str, old: str, new: str, tag: str) -> None:
        path = self.template / PROJECT.name / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        commit(self.template, tag)


@pytest.fixture
def repositories(machine: Machine) -> Repositories:
    return Repositories(machine)


@pytest.fixture(params=MAKERS)
def project(request: pytest.FixtureRequest, repositories: Repositories) -> Path:
    return repositories.make(request.param)


def test_create_validates(repositories: Repositories) -> None:
    repositories.make("cruft")
    assert repositories.machine.commands() == ["uv sync", "python -m my_vision_project.commands.validate"]


def test_both_make_the_same_project(repositories: Repositories) -> None:
    by_cookiecutter, by_cruft = (repositories.make(maker, repositories.machine.folder / maker) for maker in MAKERS)
    plain, crufted = ({n: f for n, f in files_below(made).items() if n[:5] != ".git/"} for made in (by_cookiecutter, by_cruft))
    kept, written = json.loads(plain.pop(".cruft.json")), json.loads(crufted.pop(".cruft.json"))
    assert plain == crufted
    del written["context"]["cookiecutter"]["__called_from"]  # of the moment
    assert kept == written


def test_template_below_the_top_of_its_repository_is_found_again(repositories: Repositories) -> None:
    shutil.rmtree(repositories.template / ".git")
    top = repositories.machine.folder / "several templates"
    shutil.move(repositories.template, top / "vision")
    commit(top)
    output = touch(repositories.machine.folder / "out", "empty").resolve()
    command = [*command_line(output, top, **repositories.answers), "--directory", "vision"]
    assert repositories.run(command, output).returncode == 0
    commit(repositories.project)
    kept = json.loads((repositories.project / ".cruft.json").read_text(encoding="utf-8"))
    assert (kept["template"], kept["directory"]) == (str(top), "vision")
    assert repositories.cruft("check").returncode == 0


def test_template_that_git_does_not_know_has_no_commit(repositories: Repositories) -> None:
    shutil.rmtree(repositories.template / ".git")
    git(repositories.machine.folder, "init", "--quiet")  # such as a home folder in a repository
    git(repositories.machine.folder, "commit", "--quiet", "--allow-empty", "--message=Change")
    made = repositories.make("cookiecutter")
    assert json.loads((made / ".cruft.json").read_text(encoding="utf-8"))["commit"] is None


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://example.com/who/vision.git", "https://example.com/who/vision.git"),
        ("https://me:secret@example.com/@team/vision", "https://example.com/@team/vision"),
        ("https://secret@example.com:8443/vision", "https://example.com:8443/vision"),
        ("ssh://git@example.com/who/vision", "ssh://git@example.com/who/vision"),
        ("git@example.com:who/vision.git", "git@example.com:who/vision.git"),
    ],
)
def test_project_made_from_a_clone_follows_the_address_of_the_clone(origin: str, expected: str, repositories: Repositories) -> None:
    git(repositories.template, "remote", "add", "origin", origin)
    git(repositories.template, "update-ref", "refs/remotes/origin/main", "HEAD")
    text = (repositories.make("cookiecutter") / ".cruft.json").read_text(encoding="utf-8")
    kept = json.loads(text)
    assert (kept["template"], kept["context"]["cookiecutter"]["_template"]) == (expected, expected)
    assert kept["commit"] == git(repositories.template, "rev-parse", "HEAD")
    assert "secret" not in text


@pytest.mark.parametrize("lacks", ["an address", "the commit"])
def test_project_follows_the_clone_itself_where_nobody_else_could_follow_its_origin(lacks: str, repositories: Repositories) -> None:
    origin = "../another" if lacks == "an address" else "https://example.com/vision"
    git(repositories.template, "remote", "add", "origin", origin)
    git(repositories.template, "update-ref", "refs/remotes/origin/main", "HEAD")
    if lacks == "the commit":
        repositories.change_template("README.md", "## Start", "## Begin", tag="")
    kept = json.loads((repositories.make("cookiecutter") / ".cruft.json").read_text(encoding="utf-8"))
    assert kept["template"] == str(repositories.template)
    assert repositories.cruft("check").returncode == 0


def test_version_that_was_cloned_is_kept(repositories: Repositories) -> None:
    repositories.change_template("README.md", "## Start", "## Begin", "v2")
    output = touch(repositories.machine.folder / "out", "empty").resolve()
    address = repositories.template.as_uri()
    command = [*command_line(output, Path("template"), **repositories.answers), "--checkout", "v1"]
    assert repositories.run([f"git+{address}" if word == "template" else word for word in command], output).returncode == 0
    kept = json.loads((repositories.project / ".cruft.json").read_text(encoding="utf-8"))
    expected = (address, "v1", git(repositories.template, "rev-parse", "v1").strip())
    assert (kept["template"], kept["checkout"], kept["commit"]) == expected
    commit(repositories.project)
    assert repositories.cruft("check", "--checkout", "v1").returncode == 0
    assert repositories.cruft("check", "--checkout", "v2").returncode == 1


def test_check_diff_and_update_run_nothing_and_bring_the_change(repositories: Repositories, project: Path) -> None:
    calls = repositories.machine.calls()
    shutil.rmtree(repositories.images)  # the images may be elsewhere by then
    assert repositories.cruft("check").returncode == 0
    assert repositories.cruft("diff").stdout == ""
    repositories.change_template("README.md", "## Start", "## Begin", "v2")

    assert repositories.cruft("check").returncode == 1, "the project is behind the template"
    assert repositories.cruft("diff").returncode == 0
    update = repositories.cruft("update", "--skip-apply-ask")
    assert update.returncode == 0, update.stdout
    assert "## Begin" in (project / "README.md").read_text(encoding="utf-8")
    assert not list(project.rglob("*.rej")), "the update made conflicts"
    changed = git(project, "diff", "--name-only", "HEAD").split()
    assert changed == [".cruft.json", "README.md"]
    assert repositories.cruft("check").returncode == 0
    assert repositories.machine.calls() == calls


def test_update_goes_to_the_version_that_is_named(repositories: Repositories, project: Path) -> None:
    repositories.change_template("README.md", "## Start", "## Begin", "v2")
    repositories.change_template("README.md", "## Begin", "## Commence", "v3")
    assert repositories.cruft("update", "--skip-apply-ask", "--checkout", "v2").returncode == 0
    assert "## Begin" in (project / "README.md").read_text(encoding="utf-8")


def test_nothing_else_changes_in_an_update(repositories: Repositories, project: Path) -> None:
    touch(repositories.template / "benchmarks", "new.py")  # beside the generated project
    commit(repositories.template)
    assert repositories.cruft("update", "--skip-apply-ask").returncode == 0
    assert git(project, "status", "--porcelain").split() in ([], ["M", ".cruft.json"])


def test_own_changes_survive_an_update_of_other_places(repositories: Repositories, project: Path) -> None:
    own = project / "src" / "my_vision_project" / "model" / "network.py"
    own.write_text(own.read_text(encoding="utf-8") + "\n# our own layer\n", encoding="utf-8")
    (project / "notes.md").write_text("our notes\n", encoding="utf-8")
    config = project / "configs" / "train.yaml"
    config.write_text("# our own words\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    (project / "Dockerfile").unlink()
    commit(project)
    before = files_below(project / "src")
    last_line = (PROJECT / "configs" / "train.yaml").read_text(encoding="utf-8").splitlines()[-1]
    repositories.change_template("configs/train.yaml", last_line, f"{last_line}  # the template's", "v2")

    update = repositories.cruft("update", "--skip-apply-ask")
    assert update.returncode == 0, update.stdout
    assert files_below(project / "src") == before
    assert (project / "notes.md").read_text(encoding="utf-8") == "our notes\n"
    assert not (project / "Dockerfile").exists(), "a file that was removed comes back"
    merged = config.read_text(encoding="utf-8").splitlines()
    assert merged[0] == "# our own words"
    assert merged[-1] == f"{last_line}  # the template's"


def test_changes_of_the_same_place_are_marked_as_a_conflict(repositories: Repositories, project: Path) -> None:
    readme = project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("## Start", "## How we start"), encoding="utf-8")
    commit(project)
    repositories.change_template("README.md", "## Start", "## Begin", "v2")
    repositories.cruft("update", "--skip-apply-ask")
    lines = readme.read_text(encoding="utf-8").splitlines()
    ours, theirs = lines.index("## How we start"), lines.index("## Begin")
    assert lines[ours - 1].startswith("<<<<<<<")
    assert any(line.startswith("=======") for line in lines[ours:theirs])
    assert any(line.startswith(">>>>>>>") for line in lines[theirs:])


def test_new_question_is_answered_by_its_default_in_an_update(repositories: Repositories, project: Path) -> None:
    questions = repositories.template / "cookiecutter.json"
    questions.write_text(questions.read_text(encoding="utf-8").replace('"data_dir": ""', '"motto": "See.", "data_dir": ""', 1))
    repositories.change_template("README.md", "## Start", "{{ cookiecutter.motto }}", "v2")
    update = repositories.cruft("update", "--skip-apply-ask")
    assert update.returncode == 0, update.stdout
    assert "See." in (project / "README.md").read_text(encoding="utf-8").splitlines()
    assert json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))["cookiecutter"]["motto"] == "See."


def test_relative_folder_of_images_is_refused(repositories: Repositories) -> None:
    where = ["--output-dir", str(repositories.machine.folder / "other"), "--no-input"]
    result = repositories.cruft(
        "create",
        str(repositories.template),
        *where,
        "--extra-context",
        '{"data_dir": "images"}',
        cwd=repositories.machine.folder,
    )
    assert result.returncode != 0
    assert "Refused: data_dir" in result.stdout
