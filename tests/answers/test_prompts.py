"""What a person sees and types at the questions, on a pseudo-terminal."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.helpers import CHOICES, QUESTIONS, copy_template, environment, files_below, touch

pexpect = pytest.importorskip("pexpect", reason="there are no pseudo-terminals on Windows")

PROMPTS = QUESTIONS["__prompts__"]
NAMES = list(PROMPTS)


class Person:
    """Somebody who answers the questions in the order in which they are asked."""

    def __init__(self, template: Path, output: Path, *options: str) -> None:
        command = ["-m", "cookiecutter", str(template), "--output-dir", str(output), *options]
        plain = environment(TERM="dumb", NO_COLOR="1", COLUMNS="300")
        self.process = pexpect.spawn(sys.executable, command, env=plain, cwd=str(output), encoding="utf-8", timeout=60)
        self.process.delaybeforesend = None
        self.process.setwinsize(50, 300)

    def sees(self, text: str) -> None:
        self.process.expect_exact(text)

    def types(self, text: str) -> None:
        self.process.sendline(text)

    def answers(self, **answers: str) -> None:
        """Answers every question; Enter takes the default."""
        for name in NAMES:
            self.sees(question(name))
            if name in CHOICES:
                number = CHOICES[name].index(answers[name]) + 1 if name in answers else ""
                self.sees("Choose from")
                self.sees("(1): ")
                self.types(str(number))
            else:
                self.sees("): ")
                self.types(answers.get(name, ""))

    def stops(self) -> None:
        self.process.sendintr()

    def is_told(self) -> tuple[int, str]:
        """The status and the last words of the program."""
        self.process.expect(pexpect.EOF)
        self.process.close()
        status = self.process.exitstatus if self.process.exitstatus is not None else -self.process.signalstatus
        return status, self.process.before.replace("\r\n", "\n")


def question(name: str) -> str:
    prompt = PROMPTS[name]
    return f"[{NAMES.index(name) + 1}/{len(NAMES)}] {prompt['__prompt__'] if isinstance(prompt, dict) else prompt}"


def kept(project: Path) -> dict[str, str]:
    return json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))["cookiecutter"]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return copy_template(tmp_path / "template")


@pytest.fixture
def person(template: Path, output: Path) -> Iterator[Person]:
    person = Person(template, output)
    yield person
    person.process.close(force=True)


def test_enter_takes_every_default(person: Person, output: Path) -> None:
    person.answers(validate="skip")
    status, told = person.is_told()
    assert status == 0, told
    project = output / "my-vision-project"
    assert f"cd {project}" in told
    first = {name: choices[0] for name, choices in CHOICES.items()} | {"validate": "skip"}
    assert {name: answer for name, answer in kept(project).items() if name in CHOICES} == first
    assert kept(project)["package_name"] == "my_vision_project"


def test_typed_answers_arrive(person: Person, output: Path) -> None:
    images = touch(output.parent / "my photos", "Annotations/1.xml", "JPEGImages/1.jpg")
    typed = {
        "project_name": "Käfer & Co",
        "package_name": "beetles",
        "description": 'It\'s "quoted" \\ 🦊 鸟 ${HOME} #1',
        "author_name": "李 O'Neill",
        "author_email": "li@example.org",
        "task": "detection",
        "data_dir": str(images),
        "logger": "mlflow",
        "license": "Apache-2.0",
        "torch_build": "cpu",
        "validate": "skip",
    }
    person.answers(**typed)
    status, told = person.is_told()
    assert status == 0, told
    assert kept(output / "kafer-co") == typed | {"project_slug": "kafer-co"}


def test_what_is_made_of_which_images_is_said_before_it_is_written(person: Person, output: Path) -> None:
    images = touch(output.parent / "photos", "cat/1.jpg", "cat/2.jpg", "dog/3.jpg")
    person.answers(data_dir=str(images), validate="skip")
    status, told = person.is_told()
    assert status == 0, told
    summary, _ = told.split("is written.")
    assert "Making my-vision-project, classification, tensorboard, MIT\n" in summary
    assert f"Data:  class folders, 3 images in 2 classes in {images}\n" in summary


def test_a_mistake_in_labels_is_said_early_and_refused_later(person: Person, output: Path) -> None:
    images = touch(output.parent / "photos", "Annotations/1.xml", "JPEGImages/1.jpg")
    person.answers(task="detection", data_dir=str(images), validate="skip")
    status, told = person.is_told()
    assert status == 0, told
    assert f"Data:  Pascal VOC, but {images / 'Annotations' / '1.xml'} is no Pascal VOC annotation" in told


def test_each_choice_is_explained(person: Person) -> None:
    for name in NAMES:
        person.sees(question(name))
        if name in CHOICES:
            for number, choice in enumerate(CHOICES[name], start=1):
                person.sees(f"{number} - {PROMPTS[name][choice]}")
        person.types("")
        if name == "torch_build":
            break


def test_wrong_choice_is_asked_again(person: Person, output: Path) -> None:
    for name in NAMES[: NAMES.index("task")]:
        person.sees(question(name))
        person.types("")
    person.sees(question("task"))
    for wrong in ("4", "detection", "0"):
        person.sees("(1): ")
        person.types(wrong)
        person.sees("select one of the available options")
    person.types("3")
    for name in NAMES[NAMES.index("task") + 1 :]:
        person.sees(question(name))
        person.types("3" if name == "validate" else "")
    status, told = person.is_told()
    assert status == 0, told
    assert kept(output / "my-vision-project")["task"] == "segmentation"


def test_refused_answer_is_named_and_nothing_is_written(person: Person, output: Path) -> None:
    person.answers(data_dir="no/such/folder")
    status, told = person.is_told()
    assert status != 0
    assert "Refused: data_dir 'no/such/folder' is not an existing folder" in told
    assert not list(output.iterdir())


def test_refused_answer_is_corrected_in_what_cookiecutter_keeps(person: Person, template: Path, output: Path) -> None:
    """As the page `generate` says."""
    person.answers(author_name="Somebody", data_dir="no/such/folder", validate="skip")
    person.is_told()
    answers = Path(os.environ["COOKIECUTTER_CONFIG"]).parent / "replay" / f"{template.name}.json"
    content = json.loads(answers.read_text(encoding="utf-8"))
    content["cookiecutter"]["data_dir"] = ""
    answers.write_text(json.dumps(content), encoding="utf-8")
    status, told = Person(template, output, "--replay").is_told()
    assert status == 0, told
    assert kept(output / "my-vision-project")["author_name"] == "Somebody"


@pytest.mark.parametrize("where", ["project_name", "task", "validate"])
def test_ctrl_c_at_a_question_writes_nothing(where: str, person: Person, output: Path) -> None:
    for name in NAMES[: NAMES.index(where)]:
        person.sees(question(name))
        person.types("")
    person.sees(question(where))
    person.sees("): ")
    person.stops()
    status, _ = person.is_told()
    assert status != 0
    assert not list(output.iterdir())


@pytest.mark.parametrize("replay", ["--replay", "--replay-file"])
def test_replay_asks_only_what_is_new(replay: str, person: Person, template: Path, output: Path) -> None:
    person.answers(description="It's ours", logger="csv", validate="skip")
    assert person.is_told()[0] == 0
    before = files_below(output / "my-vision-project")

    changed = template / "cookiecutter.json"
    questions = json.loads(changed.read_text(encoding="utf-8"))
    questions = {"motto": "See.", **questions, "__prompts__": {"motto": "Motto", **PROMPTS}}
    changed.write_text(json.dumps(questions), encoding="utf-8")
    again = output.parent / "again"
    again.mkdir()
    file = [str(output / "my-vision-project" / ".cookiecutter.json")] if replay == "--replay-file" else []
    person = Person(template, again, replay, *file)
    person.sees("[1/1] Motto (See.): ")
    person.types("Look twice.")
    status, told = person.is_told()
    assert status == 0, told
    assert "[2/" not in told
    after = files_below(again / "my-vision-project")
    assert kept(again / "my-vision-project") == json.loads(before[".cookiecutter.json"])["cookiecutter"] | {"motto": "Look twice."}
    differing = {name for name in after if after[name] != before.get(name)}
    assert differing <= {".cookiecutter.json", ".cruft.json"}
