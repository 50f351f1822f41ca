"""Text of any kind as an answer is refused in one sentence, or shown unchanged in files that still parse; it is never executed."""

import ast
import contextlib
import json
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.generate import generate_file
from cookiecutter.utils import create_env_with_context
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from jinja2 import FileSystemLoader
from markdown_it import MarkdownIt

from support.helpers import PROJECT, TASKS, TEMPLATE, TEXTS, command_line, context_of, files_below, render, run, sources

FREE_TEXTS = ["project_name", "description", "author_name"]
HOOKS = ["pre_gen_project", "post_gen_project"]
MARKED = {
    "project_name": "marked",
    "description": "marked",
    "author_name": "marked",
    "author_email": "a@b.org",
    "data_dir": "/marked",
}
FINE = {"project_slug": "fine", "package_name": "fine", "validate": "skip", "logger": "csv"}

# What would leave a trace in the current folder, if anything evaluated it.
ATTACKS = [
    "{{ cycler.__init__.__globals__.os.system('touch EXECUTED') }}",
    "{% set x = cycler.__init__.__globals__.os.system('touch EXECUTED') %}",
    '"""); open("EXECUTED", "w"); json.loads(r"""{}',
    "'''); open('EXECUTED', 'w'); (r'''",
    '"\\"; open("EXECUTED", "w") #',
    "$(touch EXECUTED)",
    "`touch EXECUTED`",
    "'; touch EXECUTED; #",
    '" && touch EXECUTED && "',
    "!!python/object/apply:os.system ['touch EXECUTED']",
    "${oc.env:HOME}",
    "%(touch EXECUTED)s",
]
FRAGMENTS = [
    *ATTACKS,
    *['"', "'", '"""', "'''", "`", "```", "~~~", "\\", "\\\\", "\\n", "\\u0041", "\\x00", "\n", "\r\n"],
    *["\t", "\x00", "\x1b[31m"],
    *["🦊", "👩‍👩‍👧", "李小龙", "שלום", "\u202e", "\u200f", "e\u0301", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A", "\ufeff"],
    *["\u2028", "\x85", "\ud800", "\U0010ffff", "ﬀ"],
    *["{{ 7*7 }}", "{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "${HOME}", "$HOME", "%s", "%PATH%"],
    *["%(name)s", "{0}", "{name}"],
    *["#", " #", "# ", "## ", "---", "- ", "* ", "> ", "1. ", ": ", "key: value", "[table]", "= 1"],
    *["&anchor", "*alias", "!tag", "|", "@"],
    *["<!--", "-->", "<script>alert(1)</script>", "</p>", "<details>", "&amp;", "[link](http://x)"],
    *["[x]: http://y", "![", "<http://z>"],
    *["-", "--", "--help", "-rf", " ", "   ", "\u00a0", "\u3000", ".", "..", "../", "~", "~/", "/", "con"],
    *["NUL", "aux.txt", "COM1", "LPT9"],
    *["torch", "numpy", "os", "class", "null", "true", "yes", "NaN", "0x1", "1e3", "2026-01-01", "a" * 100],
]  # fmt: skip
TEXT = st.one_of(
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=8).map("".join),
    st.text(max_size=60),
    st.text(st.characters(min_codepoint=0x10000), max_size=8),
    st.sampled_from(FRAGMENTS).map(lambda fragment: (fragment * 10_000)[:10_000]),
)
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


def cases(number: int) -> Callable[[Any], Any]:
    """The same cases in each run; `--hypothesis-profile=default` tries others."""
    shared = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # the fixtures are folders that each case empties
    return settings(max_examples=number, deadline=None, suppress_health_check=shared)


def code_of(hook: str) -> tuple[str, list[Any]]:
    """The syntax tree of a rendered hook without the JSON it was given, and that JSON, read as the hook reads it."""
    tree, given_json = ast.parse(hook), []
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="loads"), args=[ast.Constant(value=str(text)) as literal])):
                given_json.append(json.loads(text))
                literal.value = ""
    return ast.dump(tree), given_json


class Generator:
    """Does what cookiecutter does with answers that somebody has typed, in this process and only for files that show them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "fine"
        self.plain_context = context_of(folder, **FINE)
        self.environment = create_env_with_context(self.plain_context)
        self.environment.loader = FileSystemLoader([".", "../templates"])
        self.hooks = {
            name: self.environment.from_string((TEMPLATE / "hooks" / f"{name}.py").read_text(encoding="utf-8")) for name in HOOKS
        }
        self.plain_code = {name: code_of(self.hook(name, self.plain_context))[0] for name in HOOKS}
        plain, marked = files_below(render(folder / "plain", **FINE)), files_below(render(folder / "marked", **FINE, **MARKED))
        named = sources(package_name=FINE["package_name"])
        self.sources = {name: path.relative_to(PROJECT).as_posix() for name, path in named.items() if marked[name] != plain[name]}
        for name in self.sources:
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)

    def context(self, answers: dict[str, str]) -> dict[str, Any]:
        return {**self.plain_context, "cookiecutter": {**self.plain_context["cookiecutter"], **answers}}

    def hook(self, name: str, context: dict[str, Any]) -> str:
        return self.hooks[name].render(**context)

    def refusal(self, answers: dict[str, str]) -> str | None:
        """What the check before generation says, after a proof that the answers are no code of either hook."""
        context = self.context(answers)
        for name, plain in self.plain_code.items():
            code, [arrived, *_] = code_of(self.hook(name, context))
            assert code == plain
            assert arrived == context["cookiecutter"]
        try:
            exec(compile(self.hook("pre_gen_project", context), "pre_gen_project.py", "exec"), {"__name__": "__main__"})
        except SystemExit as refused:
            return str(refused.code).strip()
        return None

    def files(self, answers: dict[str, str]) -> dict[str, str]:
        """The files that show an answer."""
        context = self.context(answers)
        with contextlib.chdir(PROJECT):
            for source in self.sources.values():
                generate_file(str(self.project), source, context, self.environment)
        return {name: (self.project / name).read_bytes().decode() for name in self.sources}

    def assert_harmless(self, answers: dict[str, str]) -> None:
        """Refused in one sentence, or shown unchanged."""
        refusal = self.refusal(answers)
        if refusal is None:
            plain = self.files({name: answer for name, answer in answers.items() if name not in FREE_TEXTS})
            assert_intact({**self.plain_context["cookiecutter"], **answers}, self.files(answers), plain["README.md"])
        else:
            name = refusal.removeprefix("Refused: ").split(" ")[0].strip(":")
            assert name in answers, refusal
            assert refusal.endswith("."), refusal
            assert len(refusal.splitlines()) == 1, refusal
        executed = [*self.folder.rglob("EXECUTED"), *Path.cwd().glob("EXECUTED"), *PROJECT.glob("EXECUTED")]
        assert not executed


def structure(markdown: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The first heading as it is written, and all that follows the quoted description, as pairs of kind and text."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    [heading] = [token for token in tokens[:3] if token.type == "inline"]
    ends = [number for number, token in enumerate(tokens) if token.type == "blockquote_close" and token.level == 0]
    rest = tokens[ends[0] + 1 if ends else 3 :]
    return [heading.content], [(token.type, token.content) for token in rest]


def assert_intact(answers: dict[str, str], files: dict[str, str], plain_readme: str) -> None:
    """Each file parses, and says what was answered."""
    texts = {name: answers[name] for name in (*TEXTS, "task", "logger")}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert (project["name"], project["description"]) == (texts["project_slug"], texts["description"])
    assert project["authors"] == [{"name": texts["author_name"], "email": texts["author_email"]}]

    kept = json.loads(files[".cookiecutter.json"])["cookiecutter"]
    for_update = json.loads(files[".cruft.json"])["context"]["cookiecutter"]
    for name, text in texts.items():
        assert kept[name] == for_update[name] == text
    assert f"Copyright (c) {texts['author_name']}".rstrip() in files["LICENSE"].splitlines()[2]

    assert yaml.safe_load(files["configs/data/default.yaml"])["root"] == (texts["data_dir"] or None)

    readme = files["README.md"]
    assert readme.splitlines()[0] == f"# {texts['project_name'].strip()}"
    if description := texts["description"].strip():
        assert f"> {description}" in readme.split("\n")[2]
    assert structure(readme)[1] == structure(plain_readme)[1], "the text changes what follows it"


def is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    return Generator(tmp_path_factory.mktemp("hostile"))


def test_answers_are_shown_where_they_are_expected(generator: Generator) -> None:
    names = {".cookiecutter.json", ".cruft.json", "LICENSE", "README.md", "pyproject.toml", "configs/data/default.yaml"}
    assert set(generator.sources) == names


@pytest.mark.parametrize("answer", FREE_TEXTS)
@cases(600)
@given(text=TEXT)
def test_text_is_refused_or_arrives(answer: str, text: str, generator: Generator) -> None:
    generator.assert_harmless({answer: text})


@cases(400)
@given(name=TEXT, description=TEXT, author=TEXT)
def test_texts_together_are_refused_or_arrive(name: str, description: str, author: str, generator: Generator) -> None:
    generator.assert_harmless({"project_name": name, "description": description, "author_name": author})


@pytest.mark.parametrize("answer", ["project_slug", "package_name", "author_email"])
@cases(300)
@given(text=st.one_of(TEXT, st.from_regex(r"[a-z][a-z0-9_.@-]{0,50}", fullmatch=True), st.sampled_from([*sys.stdlib_module_names])))
def test_name_is_refused_or_arrives(answer: str, text: str, generator: Generator) -> None:
    generator.assert_harmless({answer: text})


@cases(300)
@given(name=TEXT.map(str.strip))  # blanks around a typed path are left out
def test_folder_of_images_is_refused_or_arrives(name: str, generator: Generator) -> None:
    folder = generator.folder / "images" / name.lstrip("/")
    assume(".." not in folder.parts)
    try:
        for image in ("cat/1.jpg", "dog/1.jpg"):
            (folder / image).parent.mkdir(parents=True, exist_ok=True)
            (folder / image).touch()
    except (OSError, ValueError):
        assume(False)  # no name of a folder here
    generator.assert_harmless({"data_dir": str(folder)})


@cases(30)
@given(text=TEXT.filter(lambda text: "\x00" not in text and len(text) < 1000))
@example(text=ATTACKS[0])
@example(text="{{ 7*7 }}")
@example(text="{{")
def test_text_on_the_command_line_is_refused_or_arrives(text: str, tmp_path: Path) -> None:
    """There, cookiecutter evaluates answers as templates before any hook is asked; none is accepted with what came of it."""
    assume(is_unicode(text))
    output = empty(tmp_path / "output")
    result = run(command_line(output, **FINE, description=text), cwd=tmp_path)
    if result.returncode:
        assert not list(output.iterdir())
    else:
        kept = json.loads((output / "fine" / ".cookiecutter.json").read_text(encoding="utf-8"))
        assert kept["cookiecutter"]["description"] == text


@cases(10)
@given(texts=st.fixed_dictionaries(dict.fromkeys(FREE_TEXTS, PRINTABLE)), task=st.sampled_from(TASKS))
def test_no_other_file_depends_on_texts(texts: dict[str, str], task: str, generator: Generator) -> None:
    assume(generator.refusal(texts) is None)
    folder = empty(generator.folder / "whole")
    plain = files_below(render(folder / "plain", **FINE, task=task))
    made = files_below(render(folder / "made", **FINE, **texts, task=task))
    assert {name for name in plain if plain[name] != made[name]} <= set(generator.sources)


@pytest.mark.parametrize("name", ["x" * 10_000, "鸟" * 3_000, "🦊", "-", "word " * 2_000])
def test_long_and_unpronounceable_names_still_give_a_folder(name: str, tmp_path: Path) -> None:
    result = run(command_line(tmp_path, project_name=name, validate="skip"))
    assert result.returncode == 0, result.stdout
    [project] = tmp_path.iterdir()
    kept = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert kept["cookiecutter"]["project_name"] == name
