"""The template's own code is clean; that of the projects is checked once it is rendered."""

import sys

import pytest
from helpers import TEMPLATE, run


@pytest.mark.parametrize("check", ["ruff check --no-cache", "ruff format --no-cache --check", "pyright"])
def test_own_code_is_clean(check: str) -> None:
    command = [sys.executable, "-m", *check.split()]
    if check == "pyright":
        command += ["--pythonpath", sys.executable]
    result = run(command, cwd=TEMPLATE)
    assert result.returncode == 0, result.stdout
