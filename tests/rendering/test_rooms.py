"""The rooms of a generated project: what stands above imports what stands below, and never the other way round.

Read from the source of the projects of all tasks, also of what is imported within functions.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from support.helpers import PACKAGE, TASKS, render

ROOMS = ["config", "data", "model", "results", "training", "commands"]  # from the lowest to the highest
# Quick to import, so that mistakes are answered before torch is there.
SETTINGS = {"hydra", "omegaconf", "pydantic", "pydantic_core", "yaml"}
# What serves an ONNX file, and all that it takes beside `config`: the dependency group `service`, and a package for HEIC.
SERVICE = ("commands.serve", "model.onnx_predictor", "results.service")
OF_SERVICE = {"PIL", "fastapi", "numpy", "pi_heif", "prometheus_client", "starlette"}
# What the check before generation imports, with an interpreter that has no more than cookiecutter.
BEFORE_GENERATION = ["example", "files", "formats", "labels", "readers", "splits"]


@dataclass(frozen=True)
class Import:
    """What a module imports: `room.module` of the project, or the name of another package."""

    by: str
    name: str
    is_own: bool
    when_loaded: bool


@dataclass(frozen=True)
class Code:
    """The source of a project."""

    package: Path

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Each module but the empty markers, by its name in the package, such as `data.formats` or `data.images`."""
        paths = [path for path in sorted(self.package.rglob("*.py")) if path.name != "__init__.py" or path.stat().st_size]
        names = [path.relative_to(self.package).with_suffix("").as_posix().replace("/", ".") for path in paths]
        return {name.removesuffix("__init__").removesuffix("."): path for name, path in zip(names, paths, strict=True)}

    @cached_property
    def imports(self) -> list[Import]:
        return [found for module in self.modules for found in self.imports_of(module)]

    def imports_of(self, module: str) -> Iterator[Import]:
        path = self.modules[module]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parents = [PACKAGE, *path.relative_to(self.package).parts[:-1]]
        loaded = set(executed(tree))
        for node in ast.walk(tree):
            match node:
                case ast.Import():
                    names = [alias.name for alias in node.names]
                case ast.ImportFrom():
                    start = parents[: len(parents) - node.level + 1] if node.level else []
                    base = ".".join([*start, *([node.module] if node.module else [])])
                    names = [f"{base}.{alias.name}" for alias in node.names]
                case _:
                    continue
            for name in names:
                is_own = name.split(".")[0] == PACKAGE
                yield Import(module, self.module_of(name) if is_own else name.split(".")[0], is_own, node in loaded)

    def module_of(self, name: str) -> str:
        """The module that an imported name is, or lies in."""
        inner = name.removeprefix(f"{PACKAGE}.")
        return inner if inner in self.modules else inner.rpartition(".")[0]

    def loaded_by(self, modules: tuple[str, ...]) -> set[str]:
        """These modules, and all of the project that is imported as soon as they are."""
        loaded = {module for module in self.modules if within(module, modules)}
        more = {found.name for found in self.imports if found.is_own and found.when_loaded and found.by in loaded}
        return loaded if more <= loaded else self.loaded_by((*loaded, *more))

    def other_packages(self, *modules: str) -> set[str]:
        """What is imported as soon as one of the modules is; a name of a folder stands for all in it."""
        return {found.name for found in self.imports if found.when_loaded and not found.is_own and within(found.by, modules)}


def within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def executed(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs as soon as a module is imported: all but the bodies of functions and what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from executed(node)


@pytest.fixture(scope="module", params=TASKS)
def code(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Code:
    project = render(tmp_path_factory.mktemp(request.param), task=request.param)
    return Code(project / "src" / PACKAGE)


def test_all_modules_lie_in_the_known_rooms(code: Code) -> None:
    assert {module.split(".")[0] for module in code.modules} == set(ROOMS)


def test_each_own_name_that_is_imported_exists(code: Code) -> None:
    """So that the other tests here look at what is really meant."""
    unknown = {(found.by, found.name) for found in code.imports if found.is_own and found.name not in code.modules}
    assert not unknown


def test_imports_lead_downwards(code: Code) -> None:
    rooms = [(found.by, found.name) for found in code.imports if found.is_own]
    assert rooms
    assert not [f"{by} imports {name}" for by, name in rooms if ROOMS.index(by.split(".")[0]) < ROOMS.index(name.split(".")[0])]


def test_imports_make_no_circles(code: Code) -> None:
    graph = {module: {found.name for found in code.imports if found.is_own and found.by == module} for module in code.modules}
    TopologicalSorter(graph).prepare()


def test_nothing_imports_a_command(code: Code) -> None:
    assert not [found for found in code.imports if found.is_own and within(found.name, ("commands",))]


def test_settings_are_checked_with_little_but_the_standard_library(code: Code) -> None:
    assert code.other_packages("config") <= sys.stdlib_module_names | SETTINGS


def test_an_onnx_file_is_served_without_torch(code: Code) -> None:
    assert all(module in code.modules for module in SERVICE)
    assert code.other_packages(*code.loaded_by(SERVICE)) <= sys.stdlib_module_names | SETTINGS | OF_SERVICE


def test_what_the_check_before_generation_reads_needs_nothing_that_is_installed(code: Code) -> None:
    modules = tuple(f"data.{name}" for name in BEFORE_GENERATION)
    assert all(any(within(module, (name,)) for module in code.modules) for name in modules)
    assert code.other_packages(*code.loaded_by(modules)) <= sys.stdlib_module_names
