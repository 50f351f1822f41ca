"""How many projects are rendered in a second, without hooks, beside a template of a single file, which is cookiecutter's own cost.

Usage: uv run benchmarks/bakes.py [rounds]

Each round renders each of them once; the medians are shown, and what our template costs as a multiple of the single file.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).parents[1]


def single_file(folder: Path) -> Path:
    template = folder / "single"
    project = template / "{{cookiecutter.name}}"
    project.mkdir(parents=True)
    (template / "cookiecutter.json").write_text(json.dumps({"name": "project"}))
    (project / "README.md").write_text("# {{ cookiecutter.name }}\n")
    return template


def seconds(template: Path, output: Path, answers: dict[str, str]) -> float:
    start = time.perf_counter()
    cookiecutter(str(template), no_input=True, output_dir=str(output), accept_hooks=False, extra_context=answers)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    tasks = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))["task"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        templates = {"a single file": (single_file(folder), {}), **{task: (TEMPLATE, {"task": task}) for task in tasks}}
        measured: dict[str, list[float]] = {of: [] for of in templates}
        for number in range(rounds):
            for of, (template, answers) in templates.items():
                measured[of].append(seconds(template, folder / f"{of}-{number}", answers))
    medians = {of: statistics.median(values) for of, values in measured.items()}
    for of, median in medians.items():
        print(f"{of:15} {1 / median:7.1f} bakes a second   {median / medians['a single file']:5.1f} times a single file")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
