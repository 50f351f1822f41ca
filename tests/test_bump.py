"""The command that renews pinned versions, in a copy of the template."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.helpers import PROJECT, TEMPLATE, copy_template, environment, git, run

USES = re.compile(r"uses: ([^@\s]+)@(\S+)(?: # (\S+))?")


def workflows(template: Path) -> list[Path]:
    return [*template.glob(".github/workflows/*.yml"), *(template / PROJECT.name).glob(".github/workflows/*.yml")]


def uses(template: Path) -> list[tuple[str, str, str]]:
    return [found for path in workflows(template) for found in USES.findall(path.read_text(encoding="utf-8"))]


def test_actions_are_pinned_by_commit_and_named_by_version() -> None:
    found = uses(TEMPLATE)
    assert found
    for action, commit, version in found:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action
    assert len({(action, commit) for action, commit, _ in found}) == len({action for action, _, _ in found}), "one version of each"


def test_constraints_name_no_index_and_pin_each_package() -> None:
    lines = (TEMPLATE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line) for line in lines)
    names = {line.split("==")[0] for line in lines}
    assert {"torch", "lightning", "timm", "wandb", "mlflow", "tensorboard", "faster-coco-eval", "cookiecutter", "ruff"} <= names


@pytest.mark.skipif(not shutil.which("git"), reason="bump.py asks git for tags")
def test_actions_get_the_commit_of_their_highest_version(tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    expected = set()
    for action in {action for action, _, _ in uses(template)}:
        repository = tmp_path / "github" / action
        repository.mkdir(parents=True)
        git(repository, "init", "--quiet")
        for tag in (["v9.2.0"], ["v100.10.0", "--annotate", "--message=x"], ["v100.9.0"], ["v101"], ["v200.0.0-rc.1"]):
            git(repository, "commit", "--quiet", "--allow-empty", "--message=x")
            git(repository, "tag", *tag)
        expected.add((action, git(repository, "rev-parse", "v100.10.0^{commit}"), "v100.10.0"))

    instead = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{(tmp_path / 'github').as_uri()}/.insteadOf"}
    bump = [sys.executable, "-c", "import bump; bump.bump_actions()"]
    before = {path: path.read_text(encoding="utf-8") for path in workflows(template)}
    options = {"cwd": template, "env": environment(**instead, GIT_CONFIG_VALUE_0="https://github.com/")}
    result = run(bump, **options)
    assert result.returncode == 0, result.stdout
    assert set(uses(template)) == expected
    for path, text in before.items():
        assert USES.sub("", path.read_text(encoding="utf-8")) == USES.sub("", text), "nothing else changes"


@pytest.mark.generation
def test_constraints_are_renewed_from_the_registry(tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    (template / "constraints.txt").unlink()
    environ = {name: value for name, value in os.environ.items() if name != "UV_RESOLUTION"}
    command = [sys.executable, "-c", "import bump; bump.bump_constraints()"]
    subprocess.run(command, cwd=template, env=environ, check=True, timeout=300)
    names, old = (
        {line.split("==")[0] for line in (folder / "constraints.txt").read_text(encoding="utf-8").splitlines()}
        for folder in (template, TEMPLATE)
    )
    assert {"torch", "lightning", "cookiecutter"} <= names & old
