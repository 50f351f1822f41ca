"""Each command line of the docs is typed, but for those that are marked with what a test has not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.generated import Generated, generate
from support.helpers import copy_template
from support.pages import CHANGES, OF_PROJECTS, PAGES, README, blocks, changes, commands, follow

pytestmark = pytest.mark.exhaustive

# test_generation.py takes the first steps, with photos of each task.
TYPED_ELSEWHERE = {"first-steps", "change", "generate"}


@pytest.fixture(scope="class")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    of: Any = request.cls
    made = generate(tmp_path_factory.mktemp(of.task) / "output", task=of.task, logger="csv", validate="skip")
    made.check("uv", "sync")
    return made


class OfTask:
    task: str

    def test_changes_work(self, project: Generated, tmp_path: Path) -> None:
        checks = blocks(PAGES["change"])[1].text
        for section in CHANGES[self.task]:
            patch = tmp_path / "change.diff"
            patch.write_text(changes(PAGES["change"], section), encoding="utf-8")
            follow(project.copy(tmp_path / section), f"git apply '{patch}'\n{checks}{commands(PAGES['change'], section)}")


class TestClassification(OfTask):
    task = "classification"

    @pytest.mark.parametrize("page", sorted(PAGES.keys() - TYPED_ELSEWHERE))
    def test_commands_work(self, page: str, project: Generated, tmp_path: Path) -> None:
        if lines := commands(PAGES[page]):
            follow(project.copy(tmp_path / "project"), "uv run train experiment=sample\n" + lines)

    def test_commands_of_its_readme_work(self, project: Generated, tmp_path: Path) -> None:
        copy = project.copy(tmp_path / "project")
        follow(copy, commands(copy.folder / OF_PROJECTS.name))

    def test_commands_in_the_folder_of_the_template_work(self, project: Generated) -> None:
        clone = replace(project, folder=copy_template(project.folder.with_name("clone")))
        follow(clone, commands(README) + commands(PAGES["generate"]))
        again = clone.folder.with_name("again") / project.folder.name
        assert {path.name for path in again.iterdir()} >= {path.partition("/")[0] for path in project.files}


class TestDetection(OfTask):
    task = "detection"


class TestSegmentation(OfTask):
    task = "segmentation"
