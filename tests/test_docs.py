"""The pages of the docs and of the README: whole, linked, and true of the projects that are generated today."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from support.helpers import TASKS, TEMPLATE, constant, render, run
from support.pages import CHANGES, OF_PROJECTS, PAGES, README, blocks, changes

MARKDOWN = [*sorted(TEMPLATE.glob("*.md")), *PAGES.values(), TEMPLATE / "benchmarks" / "README.md"]


class Links(HTMLParser):
    """The places of a page, and what it refers to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.places, self.targets = {""}, set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places |= {value for value in (given.get("id"), given.get("name")) if value}
        self.targets |= {value for value in (given.get("href"), given.get("src")) if value}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "--doctree-dir", str(folder.with_name("cache"))]
    result = run([sys.executable, "-m", "sphinx", *options, str(TEMPLATE / "docs"), str(folder)], timeout=600)
    assert result.returncode == 0, result.stdout
    return folder


def test_each_link_inside_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {page: Links(page) for page in site.rglob("*.html") if "_static" not in page.parts}
    broken = []
    for page, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if not parts.scheme and not parts.netloc:
                file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                if not file.exists() or (file in pages and parts.fragment not in pages[file].places):
                    broken.append((page.name, target))
    assert not broken


def test_each_command_and_format_is_described(site: Path) -> None:
    described = (site / "commands.html").read_text(encoding="utf-8")
    for command in constant(TEMPLATE / "hooks" / "pre_gen_project.py", "OWN") - {"src", "test", "tests"}:
        assert f"uv run {command}" in re.sub(r"<[^>]+>", "", described)
    described = (site / "formats.html").read_text(encoding="utf-8")
    for file in TEMPLATE.glob("templates/*/src/data/formats/[!_]*.py"):
        assert f"data.format={file.stem}" in described


def test_the_page_of_machines_is_that_of_a_project(site: Path) -> None:
    described = re.sub(r"<[^>]+>", "", (site / "machines.html").read_text(encoding="utf-8"))
    assert "sbatch launch/slurm.sh" in described
    assert "my_vision_project.commands.train" in described
    assert "cookiecutter.package_name" not in described


def test_the_first_page_has_the_command_of_the_readme_and_no_empty_copyright(site: Path) -> None:
    [command, *_], [said] = blocks(README), blocks(PAGES["index"], "Lightning vision projects")[:1]
    assert said.text == command.text
    assert "Copyright" not in (site / "index.html").read_text(encoding="utf-8")


def test_each_picture_of_the_gallery_leads_somewhere() -> None:
    text = PAGES["gallery"].read_text(encoding="utf-8")
    assert text.count("<img ") == len(re.findall(r'<a href="[^"]+"><img [^>]+></a>', text)) > 0


def test_numbers_of_the_readme_are_those_of_the_gallery_and_of_the_weekly_tests() -> None:
    rows = re.findall(r"^\| (\w+) \| `(\S+)` (\S+) \| (\d+) \| (\S+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [task for task, *_ in rows] == TASKS
    asked = constant(TEMPLATE / "tests" / "projects" / "test_combinations.py", "LEARNED")
    for task, metric, result, seconds, least in rows:
        report = (TEMPLATE / "docs" / "_static" / task / "report.html").read_text(encoding="utf-8")
        said = " ".join(re.sub(r"<[^>]+>", " ", report).split())
        [number, *_] = re.findall(rf"{metric} (\d\.\d+)", said)
        assert float(result) == pytest.approx(float(number), abs=5e-4)
        assert f"training {seconds} s, " in said
        assert float(least) == asked[task] < float(result)


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.name)
def test_each_file_that_a_page_names_is_there(page: Path) -> None:
    tokens = [inner for token in MarkdownIt().parse(page.read_text(encoding="utf-8")) for inner in token.children or []]
    targets = {str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens}
    inside = [urlsplit(target).path for target in targets if not urlsplit(target).scheme]
    assert [target for target in inside if not (page.parent / unquote(target)).exists()] == []


@pytest.mark.parametrize("page", [README, OF_PROJECTS, *PAGES.values()], ids=lambda page: page.parent.name + "/" + page.name)
def test_command_lines_are_recognized_as_such(page: Path) -> None:
    assert {block.language.partition(" ")[0] for block in blocks(page)} <= {"sh", "diff", "{toctree}", "{include}", ""}


def test_ci_runs_the_command_of_the_readme() -> None:
    *_, tests = (block for block in blocks(README) if block.language == "sh")
    expected = tests.text.strip().replace("pip install", "pip install --quiet")
    assert expected in (TEMPLATE / ".ci" / "run").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("task", CHANGES)
def test_the_changes_of_the_docs_fit_a_new_project_of_another_name(task: str, tmp_path: Path) -> None:
    project = render(tmp_path, task=task, logger="csv", package_name="photos")
    line = blocks(PAGES["change"])[0].text
    for section in CHANGES[task]:
        (project / "change.diff").write_text(changes(PAGES["change"], section), encoding="utf-8")
        result = run(["sh", "-c", line], cwd=project)
        assert result.returncode == 0, f"{section}: {result.stdout}"
    for check in ("check", "format --check"):
        result = run([sys.executable, "-m", "ruff", *check.split(), "--no-cache", "."], cwd=project)
        assert result.returncode == 0, result.stdout
