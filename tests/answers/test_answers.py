"""From answers to projects: derived names, folders of images, hooks that change nothing, and answers that are used again."""

import contextlib
import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from cookiecutter.main import cookiecutter

from support.helpers import CHOICES, QUESTIONS, TASKS, TEMPLATE, TEXTS, command_line, files_below, render, run, touch


def answers_of(project: Path) -> dict[str, str]:
    return json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))["cookiecutter"]


def data_root(project: Path) -> str | None:
    return yaml.safe_load((project / "configs/data/default.yaml").read_text(encoding="utf-8"))["root"]


def test_at_most_twelve_questions_each_in_human_words() -> None:
    questions = [*TEXTS, *CHOICES]
    prompts = QUESTIONS["__prompts__"]
    assert len(questions) <= 12
    assert prompts.keys() == set(questions)
    for name, choices in CHOICES.items():
        assert list(prompts[name]) == ["__prompt__", *choices]
        labels = [prompts[name][choice] for choice in choices]
        assert all("recommended" not in label for label in labels[1:])


def test_names_are_derived(output: Path) -> None:
    project = render(output, project_name="Käfer & Co: 2nd Try")
    answers = answers_of(project)
    assert project.name == answers["project_slug"] == "kafer-co-2nd-try"
    assert answers["package_name"] == "kafer_co_2nd_try"
    assert (project / "src" / "kafer_co_2nd_try" / "__init__.py").exists()


@pytest.mark.parametrize("task", TASKS)
def test_hooks_change_no_file(task: str, tmp_path: Path) -> None:
    with_hooks = run(command_line(tmp_path / "with", task=task, validate="skip"))
    assert with_hooks.returncode == 0, with_hooks.stdout
    without = render(tmp_path / "without", task=task, validate="skip")
    assert files_below(tmp_path / "with" / without.name) == files_below(without)


def test_skip_says_what_to_type_next(output: Path) -> None:
    result = run(command_line(output, validate="skip"))
    last_lines = result.stdout.strip().splitlines()[-6:]
    assert f"cd {output / 'my-vision-project'}" in "\n".join(last_lines)
    assert any("train" in line for line in last_lines)
    assert not list(output.rglob(".venv"))


@pytest.mark.parametrize("task", TASKS)
def test_kept_answers_give_the_same_project_again(task: str, tmp_path: Path) -> None:
    texts = {"description": 'It\'s "quoted" \\ 🦊 鸟', "author_name": "O'Neill \\ 李"}
    images = touch(tmp_path / "images", "cat/1.jpg")
    first = render(tmp_path / "first", task=task, logger="csv", license="BSD-3-Clause", data_dir=str(images), **texts)
    answers = shutil.copy(first / ".cookiecutter.json", tmp_path / "answers.json")
    again = cookiecutter(str(TEMPLATE), replay=str(answers), output_dir=str(tmp_path / "again"), accept_hooks=False)
    assert files_below(Path(again)) == files_below(first)


def test_kept_answers_hold_wherever_they_are_used_again(tmp_path: Path) -> None:
    touch(tmp_path / "photos", "cat/1.jpg", "dog/2.jpg")
    first = run(command_line(tmp_path / "first", validate="skip", data_dir="photos"), cwd=tmp_path)
    assert first.returncode == 0, first.stdout
    (tmp_path / "elsewhere").mkdir()
    replay = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "-o", "again", "--replay-file"]
    kept = tmp_path / "first" / "my-vision-project" / ".cookiecutter.json"
    again = run([*replay, str(kept)], cwd=tmp_path / "elsewhere")
    assert again.returncode == 0, again.stdout
    assert files_below(tmp_path / "elsewhere" / "again") == files_below(tmp_path / "first")


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("photos", "{cwd}/photos"),
        (" photos ", "{cwd}/photos"),
        ("~/photos", "~/photos"),
        ("/data/photos", "/data/photos"),
        ("C:\\data\\photos", "C:\\data\\photos"),
    ],
)
def test_folder_of_images_becomes_the_root_of_the_data(given: str, root: str, tmp_path: Path, output: Path) -> None:
    with contextlib.chdir(tmp_path):
        project = render(output, data_dir=given)
    assert data_root(project) == root.replace("{cwd}", str(tmp_path))


def test_without_a_folder_of_images_the_demo_images_are_used(output: Path) -> None:
    assert data_root(render(output)) is None


def test_answers_are_no_code(output: Path) -> None:
    attack = '"; import os; os._exit(3) #\'""" + str(1/0) + """'
    result = run(command_line(output, validate="skip", description=attack, author_name=attack))
    assert result.returncode == 0, result.stdout
    assert answers_of(output / "my-vision-project")["description"] == attack
