"""The plugin that shows the results of tests as tables."""

import sys
from pathlib import Path

import pytest

from support.helpers import TEMPLATE, environment, run

TESTS = """
def test_passes(record_property):
    row = {"color": "a | b"}
    record_property("colors", row)
    row["length"] = 5

def test_fails(record_property):
    record_property("colors", {"color": "red"})
    assert False
"""


@pytest.mark.parametrize("processes", [0, 2])
def test_rows_of_all_processes_come_into_one_table_also_of_tests_that_fail(processes: int, tmp_path: Path) -> None:
    (tmp_path / "test_colors.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    found = environment(PYTHONPATH=str(TEMPLATE / "tests"))
    command = [sys.executable, "-m", "pytest", "-p", "support.tables", "-n", str(processes), "--tables", "tables.md"]
    result = run(command, cwd=tmp_path, env=found)
    assert result.returncode == 1
    lines = (tmp_path / "tables.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "### colors: 2, 0 minutes"
    assert lines[2] == "| color | length | seconds | result |"
    assert set(lines[4:6]) == {"| a \\| b | 5 | 0 | passed |", "| red |  | 0 | failed |"}
    assert lines[0] in result.stdout
    assert len(lines) == 7
