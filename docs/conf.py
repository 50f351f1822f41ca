"""Settings of Sphinx, and the pages that are made of files of the generated projects.

Usage: uv run sphinx-build --fail-on-warning --nitpicky docs site
"""

import ast
import json
import re
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx

TEMPLATE = Path(__file__).parents[1]
SHARED = TEMPLATE / "{{cookiecutter.project_slug}}"
SPECIAL = re.compile(r"(`[^`]*`)|([<*_])")  # to Markdown, but between backquotes
JINJA = Environment(loader=FileSystemLoader(TEMPLATE / "templates"))
ON_GITHUB = "<!-- on GitHub -->"  # what a page has below it is for those who read its source; the site has a reference there

project = "Lightning vision projects"
version = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["_static"]
html_show_sphinx = False
html_show_copyright = False
smartquotes = False  # -- begins an option


def docstring(file: Path) -> str:
    """The docstring of a module as Markdown: what is indented, with what leads to it, is code."""
    parts = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n\n")
    return "\n\n".join(
        code(part) if re.search("^ ", part, re.MULTILINE) else SPECIAL.sub(lambda found: found[1] or f"\\{found[2]}", part)
        for part in parts
    )


def code(text: str, language: str = "text") -> str:
    return f"```{language}\n{textwrap.dedent(text)}\n```"


def commands() -> str:
    """What `--help` of each command says, and the values of what can be set."""
    found = []
    for file in sorted(SHARED.glob("src/*/commands/[!_]*.py")):
        settings = SHARED / "configs" / f"{file.stem}.yaml"
        found += [f"## {file.stem}", docstring(file)]
        if settings.exists():
            values = JINJA.from_string(settings.read_text(encoding="utf-8")).render(cookiecutter={"logger": "tensorboard"})
            found += ["What can be set, with its value:", code(values.strip(), "yaml")]
    return "\n\n".join(found)


def formats() -> str:
    """The docstring of each format, by task, in the order in which they are tried."""
    found = []
    for task in json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))["task"]:
        folder = TEMPLATE / "templates" / task / "src" / "data" / "formats"
        found.append(f"## {task.title()}")
        order = next(
            node.value
            for node in ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple)
        )
        for name in map(ast.unparse, order.elts):
            found += [f"### `data.format={name}`", docstring(folder / f"{name}.py")]
    return "\n\n".join(found)


def machines() -> str:
    """The page of that name in a project, below its heading."""
    _, _, text = (SHARED / "docs" / "machines.md").read_text(encoding="utf-8").partition("\n")
    return JINJA.from_string(text).render(cookiecutter={"package_name": "my_vision_project"})


def changelog() -> str:
    _, _, text = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n")
    return text


REFERENCES: dict[str, Callable[[], str]] = {
    "changelog": changelog,
    "commands": commands,
    "formats": formats,
    "machines": machines,
}


def add_reference(app: Sphinx, name: str, source: list[str]) -> None:
    if name in REFERENCES:
        source[0] = source[0].partition(ON_GITHUB)[0] + REFERENCES[name]()


def setup(app: Sphinx) -> None:
    app.connect("source-read", add_reference)
