"""Each pair of answers occurs in one of a few projects, and each of these is used as people do.

A training that is killed and resumed in a new process, evaluation, prediction. On the demo images it must learn. Its own tests run
where the task meets a Python or a logger for the first time; no other answer touches what they see.
"""

import csv
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from allpairspy import AllPairs

from support.generated import Generated, assert_validated, generate, has_cpu_wheels
from support.helpers import CHOICES, TASKS, facts, run, said_of_formats
from support.images import FORMATS

DEMO = "demo"
# The images are the demo images, or in the task's first, second or third format.
ANSWERS = {name: CHOICES[name] for name in ("task", "logger", "license", "torch_build", "validate")}
FACTORS = {**ANSWERS, "images": range(4), "python": ["3.11", "3.12", "3.13"]}
# What `experiment=sample` reaches with a margin; a broken loss or shifted labels do not.
LEARNED = {"classification": 0.95, "detection": 0.85, "segmentation": 0.8}


def combinations() -> list[dict[str, str]]:
    rows = [dict(zip(FACTORS, row, strict=True)) for row in AllPairs(FACTORS.values())]
    return [row | {"images": formats(row["task"])[row["images"]]} for row in rows]


def formats(task: str) -> list[str]:
    return [DEMO, *FORMATS[task]]


def meets_something_new(combination: dict[str, str]) -> bool:
    rows = combinations()
    earlier = [row for row in rows[: rows.index(combination)] if row["task"] == combination["task"]]
    return any(combination[name] not in {row[name] for row in earlier} for name in ("python", "logger"))


def of_task(task: str) -> pytest.MarkDecorator:
    rows = [pytest.param(row, id="-".join(list(row.values())[1:])) for row in combinations() if row["task"] == task]
    return pytest.mark.parametrize("combination", rows)


def test_each_pair_of_answers_occurs() -> None:
    rows = [row | {"images": formats(row["task"]).index(row["images"])} for row in combinations()]
    for (one, its_choices), (other, other_choices) in itertools.combinations(FACTORS.items(), 2):
        assert {(row[one], row[other]) for row in rows} == set(itertools.product(its_choices, other_choices))


@pytest.mark.parametrize("task", TASKS)
def test_each_format_occurs(task: str) -> None:
    assert set(said_of_formats(task, "NAME")) <= FORMATS[task].keys()


def kill(project: Generated, *arguments: str) -> Path:
    """Trains, kills it as soon as there is a checkpoint, and returns the run folder."""
    last = project.folder / "outputs" / "killed" / "checkpoints" / "last.ckpt"
    with project.started("train", *arguments, "run_dir=outputs/killed") as training:
        training.wait_until(last.exists)
    return last.parents[1]


def use(project: Generated, combination: dict[str, str], images: Path | None) -> dict[str, float]:
    """Trains, is killed, trains on, evaluates and predicts. Returns the numbers of the evaluation."""
    # With own images, two epochs show that all works; there are too few of them to ask for more.
    given = ["experiment=sample", *([f"data.root={images}", "data.batch_size=4", "trainer.max_epochs=2"] if images else [])]
    run = kill(project, *given)
    assert not (run / "metrics.json").exists(), "the training had ended"
    project.check("train", "ckpt_path=last")
    with (run / "metrics.csv").open(encoding="utf-8") as file:
        steps = [int(row["step"]) for row in csv.DictReader(file) if row["train/loss"]]
    assert steps == sorted(set(steps)), "some steps were logged twice"

    project.check("evaluate", "ckpt_path=best", "run_dir=outputs/evaluated")
    numbers = json.loads((project.folder / "outputs" / "evaluated" / "metrics.json").read_text(encoding="utf-8"))
    assert numbers == pytest.approx(json.loads((run / "metrics.json").read_text(encoding="utf-8")), abs=1e-5)

    root = images or project.folder / "data" / "demo"
    photos = project.folder / "outputs" / "my photos"
    photos.mkdir()
    for path in itertools.islice((path for path in sorted(root.rglob("*.*")) if is_photo(path)), 3):
        shutil.copy(path, photos)
    project.check("predict", "ckpt_path=best", f"source={photos}", "run_dir=outputs/predicted")
    pictures = list((project.folder / "outputs" / "predicted" / "pictures").iterdir())
    assert len(pictures) == len(list(photos.iterdir()))
    return numbers


def is_photo(path: Path) -> bool:
    return path.suffix in (".jpg", ".png") and "masks" not in path.parts


@pytest.mark.exhaustive
class Combinations:
    def test_works_from_the_answers_to_predictions(
        self,
        combination: dict[str, str],
        tmp_path: Path,
        record_property: Callable[[str, object], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        found = run(["uv", "python", "find", combination["python"]])
        assert found.returncode == 0, f"a pair would go untried without Python {combination['python']}: {found.stdout}"
        monkeypatch.setenv("UV_PYTHON", combination["python"])
        row: dict[str, object] = dict(combination)
        record_property("combinations", row)
        if combination["torch_build"] == "cpu" and not has_cpu_wheels():
            row["torch_build"] = "cpu, but wheels of the registry"
        task, images = combination["task"], None
        if combination["images"] != DEMO:
            images = tmp_path / "own images"
            FORMATS[task][combination["images"]](images)
        answers = {name: combination[name] for name in ANSWERS} | {"data_dir": str(images or "")}
        project = generate(tmp_path / "output", **answers)
        if combination["validate"] == "skip":
            assert not (project.folder / ".venv").exists()
            project.check("uv", "sync")
        else:
            assert_validated(project.printed)

        assert project.check("python", "--version").startswith(f"Python {combination['python']}.")
        if meets_something_new(combination):
            project.check("python", "-m", "pytest", "-q")
        numbers = use(project, combination, images)
        number = facts(task)["test_metric"]
        row[number] = round(numbers[number], 3)
        if not images:
            assert numbers[number] >= LEARNED[task]
        shutil.rmtree(project.folder)  # a stack of gigabytes


@of_task("classification")
class TestClassification(Combinations):
    pass


@of_task("detection")
class TestDetection(Combinations):
    pass


@of_task("segmentation")
class TestSegmentation(Combinations):
    pass
