"""What Markdown pages tell people to type: command lines and changes of the code."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from support.generated import Generated
from support.helpers import PROJECT, TASKS, TEMPLATE, run

README = TEMPLATE / "README.md"
PAGES = {path.stem: path for path in sorted((TEMPLATE / "docs").glob("*.md"))}
OF_PROJECTS = PROJECT / "README.md"
MARK = re.compile(r"<!-- needs (docker|a network|a person) -->")  # stands above what no test of pages can run
# Sections of the page `change`, by the task in whose project they are tried.
CHANGES = {task: [f"{kind} for {task}" for kind in ("Loss", "Metric", "Head", "Format")] for task in TASKS}
# What makes each training small. The last value of a key is the one that counts.
SHORT = (
    "trainer.max_epochs=1 trainer.limit_train_batches=2 trainer.limit_val_batches=2 trainer.limit_test_batches=2 trainer.devices=1"
)


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    needs: str | None


def blocks(page: Path, section: str = "") -> list[Block]:
    """The blocks of code of a page, or of one of its sections."""
    found, inside, before = [], not section, None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if section and before and before.type == "heading_open":
            inside = token.content == section
        if token.type == "fence" and inside:
            marked = MARK.fullmatch(before.content.strip()) if before and before.type == "html_block" else None
            found.append(Block(token.info, token.content, marked[1] if marked else None))
        before = token
    return found


def commands(page: Path, section: str = "") -> str:
    """The lines that a test runs."""
    return "".join(block.text for block in blocks(page, section) if block.language == "sh" and not block.needs)


def changes(page: Path, section: str = "") -> str:
    return "".join(block.text for block in blocks(page, section) if block.language == "diff")


def follow(project: Generated, lines: str, images: str = "data/demo", new: str = "data/demo") -> str:
    """Types the command lines of a page in the folder of a project, with `images` for the reader's photos and `new` for others.

    Trainings are made small, and need no network.
    """
    lines = re.sub(r"(uv run train\b[^#\n]*)", rf"\1 model.pretrained=false {SHORT} ", lines).replace("~/photos", images)
    lines = lines.replace("~/new-photos", new).replace("outputs/<run>", '"$(ls -d outputs/20*/* | tail -1)"')
    path = os.pathsep.join([str(Path(sys.executable).parent), project.environment["PATH"]])
    # Nothing is to be installed again, and a copy of a project has its own source.
    own = {"PATH": path, "UV_NO_SYNC": "1", "PYTHONPATH": str(project.folder / "src")}
    result = run(["sh", "-eux", "-c", lines], cwd=project.folder, env=project.environment | own, timeout=3600)
    assert result.returncode == 0, result.stdout[-6000:]
    return result.stdout
