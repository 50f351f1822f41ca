"""Renews the versions that are pinned: constraints.txt, and the actions in the workflows of the template and its projects.

Usage: uv run bump.py

The lower bounds of dependencies are no pins: each is raised by hand when the tests at the lowest versions show that it must be.
"""

import argparse
import itertools
import json
import re
import subprocess
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).parent
CONSTRAINTS = TEMPLATE / "constraints.txt"
WORKFLOWS = [*TEMPLATE.glob(".github/workflows/*.yml"), *TEMPLATE.glob("{{*}}/.github/workflows/*.yml")]
ACTION = re.compile(r"uses: (?P<name>[\w-]+/[\w-]+)@[0-9a-f]{40} # v[\d.]+")
TAG = re.compile(r"(?P<commit>[0-9a-f]{40})\trefs/tags/v(?P<version>\d+\.\d+\.\d+)(?:\^\{\})?$", re.MULTILINE)


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def bump_constraints() -> None:
    """Pins all that the template's tools and the projects of each task and logger install, on all systems and Pythons."""
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        sources, groups = [], [f"{TEMPLATE / 'pyproject.toml'}:dev"]
        for logger, task in zip(questions["logger"], itertools.cycle(questions["task"]), strict=False):
            answers = {"project_slug": f"{task}-{logger}", "task": task, "logger": logger}
            project = Path(cookiecutter(str(TEMPLATE), no_input=True, output_dir=folder, accept_hooks=False, extra_context=answers))
            sources.append(str(project / "pyproject.toml"))
            groups.append(f"{project / 'pyproject.toml'}:dev")
        options = ["--universal", "--python-version=3.11", "--upgrade", "--quiet"]
        silent = ["--no-header", "--no-annotate", "--no-emit-index-url", f"--output-file={CONSTRAINTS}"]
        output_of("uv", "pip", "compile", *options, *silent, *sources, *(f"--group={group}" for group in groups))


def newest(action: str) -> tuple[str, str]:
    """The commit and the version of the highest tag; an annotated tag is followed by its commit."""
    tags = TAG.finditer(output_of("git", "ls-remote", "--tags", f"https://github.com/{action}"))
    commit_of = {tag["version"]: tag["commit"] for tag in tags}
    version = max(commit_of, key=lambda version: [int(number) for number in version.split(".")])
    return commit_of[version], version


def bump_actions() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in WORKFLOWS}
    found = {name: newest(name) for name in sorted({used["name"] for text in texts.values() for used in ACTION.finditer(text)})}
    for path, text in texts.items():
        new = ACTION.sub(lambda used: "uses: {}@{} # v{}".format(used["name"], *found[used["name"]]), text)
        path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    bump_constraints()
    bump_actions()
