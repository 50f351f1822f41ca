"""The template's own code is clean; that of the projects is checked once it is rendered."""

import sys
from pathlib import Path

import pytest

from support.helpers import TEMPLATE, render, run


@pytest.mark.parametrize("check", ["ruff check --no-cache", "ruff format --no-cache --check", "pyright"])
def test_own_code_is_clean(check: str) -> None:
    command = [sys.executable, "-m", *check.split()]
    if check == "pyright":
        command += ["--pythonpath", sys.executable]
    result = run(command, cwd=TEMPLATE)
    assert result.returncode == 0, result.stdout


def test_hooks_guard_what_windows_lacks() -> None:
    result = run([sys.executable, "-m", "pyright", "--pythonplatform=Windows", "hooks", "bump.py", "benchmarks"], cwd=TEMPLATE)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("check", ["actionlint", "zizmor --offline --no-progress"])
def test_workflows_are_clean(check: str, tmp_path: Path) -> None:
    linter, *options = check.split()
    folders = [TEMPLATE, render(tmp_path)]
    files = [str(path) for folder in folders for path in (folder / ".github" / "workflows").iterdir()]
    result = run([str(Path(sys.executable).with_name(linter)), *options, *files])
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("files", "schema"), [("ISSUE_TEMPLATE/*.yml", "github-issue-forms"), ("dependabot.yml", "dependabot")])
def test_what_github_reads_follows_its_schema(files: str, schema: str) -> None:
    found = [str(path) for path in (TEMPLATE / ".github").glob(files)]
    result = run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *found])
    assert result.returncode == 0, result.stdout
