"""A pytest plugin: tests hand over rows of results, and all that were run are shown as Markdown tables at the end.

A test calls `record_property("<name of the table>", row)` with a dictionary from column to value, which it may go on to fill.
`--tables FILE` also appends the tables to a file, such as the summary page of a CI job.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tables", type=Path, metavar="FILE", help="append the tables of results to this Markdown file")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # a process of xdist, whose rows come together in the first one
    found: dict[str, list[Row]] = defaultdict(list)
    for report in (*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])):
        for name, row in report.user_properties if report.when == "call" else []:
            found[name].append({**row, "seconds": f"{report.duration:.0f}", "result": report.outcome})
    text = "\n".join(table(name, rows) for name, rows in sorted(found.items()))
    if not text:
        return
    terminalreporter.section("tables")
    terminalreporter.write_line(text)
    if file := config.getoption("tables"):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text + "\n")


def table(name: str, rows: list[Row]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row if column not in ("seconds", "result")))
    columns += ["seconds", "result"]
    lines = [columns, ["---"] * len(columns), *([str(row.get(column, "")) for column in columns] for row in rows)]
    shown = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    seconds = sum(float(row["seconds"]) for row in rows)
    return f"### {name}: {len(rows)}, {seconds / 60:.0f} minutes\n\n" + "\n".join(shown) + "\n"
