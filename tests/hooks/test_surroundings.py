"""Generation among paths, settings and folders of the user, which it must not change."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from support.faults import OFFLINE, POSIX, SLUG, assert_complete, assert_stays, last_line
from support.helpers import command_line, files_below, run

pytestmark = POSIX


@pytest.mark.parametrize("name", ['it\'s "my" $HOME `x` & ; #', "Fotos 写真", "-dash", " blanks ", "two\nlines"])
def test_path_of_any_kind_can_be_repeated_as_it_is_printed(name: str, tmp_path: Path, offline: dict[str, str]) -> None:
    output = tmp_path / name
    result = run(command_line(output), env=offline)
    assert result.returncode == 0
    _, repeat = result.stdout.split("\nRepeat it: ")
    assert shlex.split(repeat)[:3] == ["cd", str(output / SLUG), "&&"]
    repeated = run(["sh", "-c", repeat], env=offline)
    assert OFFLINE in repeated.stdout, repeated.stdout


def test_locale_without_unicode(output: Path, offline: dict[str, str]) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = run(command_line(output / "é"), env=offline | ascii_only)
    assert result.returncode == 0
    assert last_line(result.stdout).startswith("Repeat it: cd ")
    assert "Traceback" not in result.stdout
    assert_complete(output / "é" / SLUG)


def test_no_home(output: Path, offline: dict[str, str]) -> None:
    offline.pop("HOME", None)
    result = run(command_line(output), env=offline)
    assert result.returncode == 0
    assert_stays(output / SLUG, result.stdout)


def test_nothing_but_uv_and_python_on_the_path(tmp_path: Path, output: Path, offline: dict[str, str]) -> None:
    """No git, above all."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").symlink_to(shutil.which("uv") or "")
    (programs / "python3").symlink_to(sys.executable)
    result = run(command_line(output), env=offline | {"PATH": str(programs)})
    assert result.returncode == 0
    assert OFFLINE in result.stdout
    assert_stays(output / SLUG, result.stdout)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another uv project of the user, with an environment."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "1"\nrequires-python = ">=3.11"\n')
    assert run(["uv", "sync", "--offline", "--no-config"], cwd=folder).returncode == 0
    (folder / ".venv" / "installed by hand").touch()
    return folder


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_PROJECT", "{other}"),
        ("UV_WORKING_DIR", "{other}"),
        ("UV_PROJECT_ENVIRONMENT", "{other}/.venv"),
        ("VIRTUAL_ENV", "{other}/.venv"),
        ("CONDA_PREFIX", "{other}/.venv"),
        ("PYTHONHOME", sys.base_prefix),
        ("UV_FROZEN", "1"),
        ("UV_LOCKED", "1"),
    ],
)
def test_settings_for_another_environment_are_not_for_the_new_one(
    name: str, value: str, other: Path, output: Path, offline: dict[str, str]
) -> None:
    before = files_below(other)
    result = run(command_line(output), env=offline | {name: value.format(other=other)})
    assert result.returncode == 0
    assert OFFLINE in result.stdout, result.stdout
    assert_stays(output / SLUG, result.stdout)
    assert (output / SLUG / ".venv").is_dir()
    assert files_below(other) == before


def test_project_in_a_uv_workspace_does_not_change_it(other: Path, offline: dict[str, str]) -> None:
    """uv would remove from the shared environment what the new project does not need."""
    with (other / "pyproject.toml").open("a") as file:
        file.write('\n[tool.uv.workspace]\nmembers = ["*"]\n')
    before = files_below(other)
    result = run(command_line(other), env=offline)
    assert result.returncode == 0
    assert f"the uv workspace {other}, whose environment" in result.stdout
    assert_stays(other / SLUG, result.stdout)
    assert {name: content for name, content in files_below(other).items() if not name.startswith(SLUG)} == before


def test_project_beside_the_members_of_a_uv_workspace_has_its_own_environment(other: Path, offline: dict[str, str]) -> None:
    with (other / "pyproject.toml").open("a") as file:
        file.write(f'\n[tool.uv.workspace]\nmembers = ["*"]\nexclude = ["{SLUG}"]\n')
    result = run(command_line(other), env=offline)
    assert OFFLINE in result.stdout
    assert (other / SLUG / ".venv").is_dir()


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_enclosing_repository_only_gets_the_folder(output: Path, offline: dict[str, str]) -> None:
    assert run(["git", "init", "--quiet"], cwd=output).returncode == 0
    before = files_below(output)
    assert_stays(output / SLUG, run(command_line(output), env=offline).stdout)
    assert run(["git", "status", "--porcelain"], cwd=output).stdout == f"?? {SLUG}/\n"
    assert {name: content for name, content in files_below(output).items() if not name.startswith(SLUG)} == before


def test_existing_folder_is_refused(existing: Path, offline: dict[str, str]) -> None:
    before = files_below(existing.parent)
    result = run(command_line(existing.parent), env=offline)
    assert result.returncode == 1
    assert "directory already exists" in last_line(result.stdout)
    assert files_below(existing.parent) == before


@pytest.mark.parametrize("validate", ["auto", "require"])
@pytest.mark.parametrize("options", [["-f"], ["-f", "-s"]], ids=" ".join)
def test_writing_into_an_existing_folder_only_replaces_files_of_the_template(
    options: list[str], validate: str, existing: Path, offline: dict[str, str]
) -> None:
    """Also when validation fails and was required: cookiecutter removes only folders that it has made."""
    before = files_below(existing)
    result = run([*command_line(existing.parent, validate=validate), *options], env=offline)
    assert result.returncode == (1 if validate == "require" else 0)
    assert "making the environment failed" in result.stdout
    assert "Full log" not in result.stdout, "it is that of an earlier validation"
    changed = {name for name, content in files_below(existing).items() if before.get(name) != content}
    assert changed - {".cookiecutter.json", ".cruft.json"} == ({"README.md"} if options == ["-f"] else set())
    assert before.keys() <= files_below(existing).keys()
