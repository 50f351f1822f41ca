"""Bad answers are refused before anything is rendered, in a sentence that names the answer; good ones are not."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.helpers import (
    CHOICES,
    TASKS,
    TEXTS,
    command_line,
    context_of,
    copy_template,
    environment,
    files_below,
    run,
    said_of_formats,
    touch,
    write_hook,
)

FORMATS = {
    "classification": {
        "class folders": ["cat/1.jpg", "dog/2.PNG"],
        "class folders below splits": ["train/cat/1.jpg", "train/dog/2.jpg", "val/cat/3.jpg", "val/dog/4.jpg"],
        "class folders without test, valid instead of val": ["train/cat/1.jpg", "train/dog/2.jpg", "valid/cat/3.jpg"],
    },
    "detection": {
        "VOC": ["Annotations/1.xml", "JPEGImages/1.jpg"],
        "VOC with lists": ["Annotations/1.xml", "JPEGImages/1.jpg", "ImageSets/Main/train.txt"],
        "VOC in lower case": ["annotations/1.xml", "images/1.png"],
        "VOC beside the images": ["train/1.xml", "train/1.jpg", "valid/2.xml", "valid/2.jpg"],
        "COCO": ["annotations.json", "images/1.jpg"],
        "COCO with a file for each split": ["annotations/instances_train.json", "annotations/instances_val.json", "images/1.jpg"],
        "COCO with a folder for each split": ["train/annotations.json", "train/1.jpg", "valid/annotations.json", "valid/2.jpg"],
        "YOLO": ["images/train/1.jpg", "labels/train/1.txt", "images/val/2.jpg", "labels/val/2.txt"],
    },
    "segmentation": {
        "images and masks": ["images/1.jpg", "masks/1.png"],
        "images and masks with names": ["images/1.jpg", "masks/1.png", "classes.txt"],
        "images and masks below splits": ["train/images/1.jpg", "train/masks/1.png", "val/images/2.jpg", "val/masks/2.png"],
        "splits below images and masks": ["images/train/1.jpg", "masks/train/1.png", "images/val/2.jpg", "masks/val/2.png"],
        "masks beside images": ["1.jpg", "1_mask.png"],
        "CamVid": ["train/1.png", "trainannot/1.png", "val/2.png", "valannot/2.png"],
        "VOC": ["JPEGImages/1.jpg", "SegmentationClass/1.png", "ImageSets/Segmentation/train.txt"],
        "LabelMe": ["1.jpg", "1.json"],
        "COCO": ["annotations.json", "images/1.jpg"],
        "Supervisely": ["meta.json", "ds0/img/1.jpg", "ds0/ann/1.jpg.json"],
    },
}
KNOWN = [pytest.param(task, files, id=f"{task}: {name}") for task, formats in FORMATS.items() for name, files in formats.items()]
CONTROL_CHARACTERS = ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\ufeff"]


def ask(tmp_path: Path, prefix: Sequence[str] = (), /, **answers: str) -> subprocess.CompletedProcess[str]:
    """Runs the hook as cookiecutter does, called from `tmp_path`, in the still empty folder of the project."""
    project = tmp_path / "output" / "project"
    project.mkdir(parents=True)
    hook = write_hook("pre_gen_project", tmp_path / "hook.py", context_of(tmp_path, **answers))
    result = run([*prefix, sys.executable, str(hook)], cwd=project, env=environment(HOME=str(tmp_path), USERPROFILE=str(tmp_path)))
    assert not list(project.iterdir()), "the check wrote into the project"
    return result


def assert_refused(result: subprocess.CompletedProcess[str], answer: str, *words: str) -> None:
    """One sentence, no traceback."""
    message = result.stdout.strip()
    assert result.returncode == 1, message
    assert message.startswith(f"Refused: {answer} ") or message.startswith(f"Refused: {answer}: "), message
    assert message.endswith("."), message
    assert len(message.splitlines()) == 1, message
    for word in words:
        assert word in message


def test_one_image_of_one_class_is_counted_so(tmp_path: Path) -> None:
    images = touch(tmp_path / "photos", "images/1.jpg", "labels/1.txt")
    (images / "labels" / "1.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    assert f"Data:  YOLO, 1 image in 1 class in {images}\n" in ask(tmp_path, task="detection", data_dir=str(images)).stdout


def test_default_answers_are_accepted(tmp_path: Path) -> None:
    result = ask(tmp_path)
    assert result.returncode == 0, result.stdout


def test_python_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hooks also parse there; the linter checks that."""
    old = "import sys; sys.version_info = (3, 9, 21, 'final', 0); del sys.stdlib_module_names"
    (tmp_path / "sitecustomize.py").write_text(old)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert_refused(ask(tmp_path), "cookiecutter", "Python 3.9", "needs 3.10 or newer")


@pytest.mark.parametrize(
    "slug",
    [
        "My-Project",
        "-x",
        ".x",
        "x-",
        "a--b",
        "a_b",
        "a b",
        "a.b",
        "1a",
        "ü",
        "é",
        "",
        "..",
        "../x",
        "x/y",
        "x\\y",
        "/x",
        "x;y",
        "x" * 65,
    ],
)
def test_slug_that_is_no_plain_name_is_refused(slug: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, project_slug=slug, package_name="fine"), "project_slug", "lower-case ASCII")


@pytest.mark.parametrize("slug", ["con", "prn", "aux", "nul", "com1", "lpt9"])
def test_slug_that_windows_reserves_is_refused(slug: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, project_slug=slug, package_name="fine"), "project_slug", "reserved on Windows")


@pytest.mark.parametrize("slug", ["torch", "lightning", "hydra-core", "faster-coco-eval", "pillow"])
def test_slug_of_a_package_that_the_project_needs_is_refused(slug: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, project_slug=slug, package_name="fine"), "project_slug", f"choose another, such as {slug}-project")


@pytest.mark.parametrize("package", ["1a", "A", "ä", "a-b", "a.b", "a b", "../a", "_a", "", "a" * 65, "\uff54orch"])
def test_package_that_is_no_plain_identifier_is_refused(package: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, package_name=package), "package_name", "identifier")


@pytest.mark.parametrize("package", ["class", "lambda", "match"])
def test_package_that_is_a_keyword_is_refused(package: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, package_name=package), "package_name", "keyword")


@pytest.mark.parametrize(
    "package",
    ["torch", "torchvision", "lightning", "timm", "hydra", "numpy", "test", "tests", "json", "email", "src", "train", "con"],
)
def test_package_that_shadows_a_module_is_refused(package: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, package_name=package), "package_name", "shadow")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody",
        "@x.org",
        "a@",
        "a@b",
        "a b@x.org",
        "a@x..org",
        "a@-x.org",
        "a@x.org, b@x.org",
        "A <a@x.org>",
        'a"@x.org',
        "a@b@x.org",
    ],
)
def test_no_email_address_is_refused(email: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, author_email=email), "author_email", "e-mail")


@pytest.mark.parametrize("email", ["you@example.com", "first.last+tag@sub.example.co.uk", "o'brien@x-y.org", "ä@example.org"])
def test_email_address_is_accepted(email: str, tmp_path: Path) -> None:
    assert ask(tmp_path, author_email=email).returncode == 0


@pytest.mark.parametrize("answer", TEXTS)
@pytest.mark.parametrize("character", CONTROL_CHARACTERS, ids=lambda character: f"U+{ord(character):04X}")
def test_control_character_is_refused(answer: str, character: str, tmp_path: Path) -> None:
    # The other names are given, so that nothing is derived from the bad one.
    names = {"project_slug": "fine", "package_name": "fine", answer: f"fi{character}ne"}
    assert_refused(ask(tmp_path, **names), answer, "control character", f"U+{ord(character):04X}")


@pytest.mark.parametrize("text", ["O'Brien", '"""', "'''", "\\", "\\n", "🦊", "李", "# : - {}", "${oc.env:HOME}", "e\u0301"])
def test_all_printable_text_is_accepted(text: str, tmp_path: Path) -> None:
    names = {"project_slug": "fine", "package_name": "fine"}
    assert ask(tmp_path, project_name=text, description=text, author_name=text, **names).returncode == 0


@pytest.mark.parametrize("answer", ["project_name", "description", "author_name", "author_email", "data_dir"])
@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% set x = 1 %}", "a {# note #}"])
def test_template_syntax_is_refused(text: str, answer: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, **{"project_slug": "fine", "package_name": "fine", answer: text}), answer, "as a template")


@pytest.mark.parametrize("answer", ["project_name", "author_name"])
def test_empty_name_is_refused(answer: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, **{"project_slug": "fine", answer: " "}), answer, "empty")


@pytest.mark.parametrize("answer", CHOICES)
def test_answer_that_is_no_choice_is_refused(answer: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, **{answer: "nope"}), answer, *CHOICES[answer])


def test_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, data_dir="photos"), "data_dir", "not an existing folder", str(tmp_path / "photos"))


def test_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "photos.zip")
    assert_refused(ask(tmp_path, data_dir="photos.zip"), "data_dir", "not an existing folder")


@pytest.mark.parametrize("path", ["~nobody-of-this-name/photos", "x" * 300], ids=["home of nobody", "too long"])
def test_path_that_cannot_be_followed_is_refused(path: str, tmp_path: Path) -> None:
    assert_refused(ask(tmp_path, data_dir=path), "data_dir", path)


def test_folder_that_must_not_be_read_is_refused(tmp_path: Path, as_nobody: list[str]) -> None:
    photos = touch(tmp_path / "photos", "cat/1.jpg", "dog/2.jpg")
    photos.chmod(0)
    result = ask(tmp_path, as_nobody, data_dir="photos")
    photos.chmod(0o755)
    assert_refused(result, "data_dir", "Permission denied", str(photos))


@pytest.mark.parametrize("task", TASKS)
def test_folder_without_a_known_format_is_refused(task: str, tmp_path: Path) -> None:
    touch(tmp_path / "photos", "notes.txt", "more/notes.txt")
    found = "found 1 folder (more), 1 .txt"
    expected = said_of_formats(task, "EXPECTED")
    assert_refused(ask(tmp_path, task=task, data_dir="photos"), "data_dir", str(tmp_path / "photos"), *expected, found)


@pytest.mark.parametrize("task", TASKS)
def test_empty_folder_is_refused(task: str, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert_refused(ask(tmp_path, task=task, data_dir="photos"), "data_dir", *said_of_formats(task, "EXPECTED"), "found nothing")


def test_format_of_another_task_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "photos", "cat/1.jpg", "dog/2.jpg")
    expected = said_of_formats("detection", "EXPECTED")
    assert_refused(ask(tmp_path, task="detection", data_dir="photos"), "data_dir", *expected, "found 2 folders (cat, dog)")


@pytest.mark.parametrize(("task", "files"), KNOWN)
def test_known_format_is_accepted(task: str, files: list[str], tmp_path: Path) -> None:
    touch(tmp_path / "my photos", *files)
    assert ask(tmp_path, task=task, data_dir=str(tmp_path / "my photos")).returncode == 0


@pytest.mark.parametrize(
    ("file", "text"), [("train.csv", "ImageId,EncodedPixels\n1.jpg,1 2\n"), ("labels/1.txt", "0 0 0 1 0 1 1\n")]
)
def test_outlines_of_objects_are_known_by_what_is_in_their_files(file: str, text: str, tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "images/1.jpg", file)
    (photos / file).write_text(text)
    assert ask(tmp_path, task="segmentation", data_dir="photos").returncode == 0


def test_what_takes_packages_of_the_project_is_left_to_it(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "1.jpg", "1.json")
    shape = {"label": "cat", "points": [[0, 0], [1, 1]], "shape_type": "mask", "mask": "iVBORw0KGgo="}
    (photos / "1.json").write_text(json.dumps({"shapes": [shape], "imageHeight": 8, "imageWidth": 8}))
    assert ask(tmp_path, task="segmentation", data_dir="photos").returncode == 0


def test_a_table_is_known_by_its_columns(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "train/1.jpg")
    (photos / "train.csv").write_text("id,label\n1,cat\n")
    assert ask(tmp_path, data_dir="photos").returncode == 0


@pytest.mark.parametrize("path", ["photos", "./photos", "~/photos", " photos "])
def test_path_counts_from_the_call_and_from_home(path: str, tmp_path: Path) -> None:
    touch(tmp_path / "photos", "cat/1.jpg", "dog/2.jpg")
    assert ask(tmp_path, data_dir=path).returncode == 0


def test_check_writes_nothing_into_the_template(tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    before = files_below(template)
    touch(tmp_path / "photos", "cat/1.jpg", "dog/2.jpg")
    result = run(command_line(tmp_path / "output", template, validate="skip", data_dir="photos"), cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert files_below(template).keys() == before.keys()
    assert not list((tmp_path / "output").rglob("__pycache__"))


@pytest.mark.parametrize(
    "answers",
    [
        {"project_slug": "My-Project"},
        {"project_slug": "../x"},
        {"package_name": "torch"},
        {"author_email": "nobody"},
        {"description": "two\nlines"},
        {"data_dir": "nowhere", "task": "segmentation"},
        {"data_dir": "notes", "task": "detection"},
    ],
    ids=lambda answers: "-".join(answers),
)
def test_command_line_refuses_and_leaves_nothing(answers: dict[str, str], tmp_path: Path, output: Path) -> None:
    touch(tmp_path / "notes", "notes.txt")
    before = sorted(tmp_path.rglob("*"))
    result = run(command_line(output, **answers), cwd=tmp_path)
    assert result.returncode != 0
    assert f"Refused: {next(iter(answers))}" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before
