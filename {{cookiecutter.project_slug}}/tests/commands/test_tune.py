{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import io
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from omegaconf import OmegaConf
from rich.console import Console

from {{ cookiecutter.package_name }}.commands import tune
from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.commands.tune import Range, SearchSettings
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.overrides import CONFIGS, options_of
from {{ cookiecutter.package_name }}.config.schema import checked
from {{ cookiecutter.package_name }}.model.checkpoints import save_checkpoint
from {{ cookiecutter.package_name }}.training import trials

METRIC = "{{ task.monitor }}"
KEY = "model.learning_rate"
SEARCH = SearchSettings(trials=3, monitor=METRIC, pruned_after=0, space={KEY: Range(low=1e-4, high=1e-2, log=True)})


class Trainings:
    """Stands in the place of `subprocess.Popen`, and of the trainings that it starts.

    Args:
        score: Gives the metric of each epoch, by the number of the training.
        end: What happens at the end of a training, by its number; gives the status.
    """

    def __init__(self, score: Callable[[int], list[float]], end: Callable[[int, Path], int] = lambda number, run: 0) -> None:
        self.score = score
        self.end = end
        self.started: list[dict[str, str]] = []

    def __call__(self, argv: list[str], **_: Any) -> "Trainings":
        self.argv = argv[3:]
        given = dict(text.lstrip("+").replace("'", "").split("=", 1) for text in argv[3:] if "=" in text)
        self.started.append(given)
        self.run = Path(given["run_dir"] if "run_dir" in given else Path(given["ckpt_path"]))
        self.steps = self.train()
        self.returncode: int | None = None
        return self

    def train(self) -> Iterator[None]:
        self.run.mkdir(exist_ok=True)
        number, rows = len(self.started) - 1, [f"epoch,{METRIC},val/loss"]
        for epoch, value in enumerate(self.score(number)):
            rows.append(f"{epoch},{value},{value}")
            (self.run / "metrics.csv").write_text("\n".join(rows) + "\n")
            yield
        self.returncode = self.end(number, self.run)
        if not self.returncode:
            (self.run / "metrics.json").write_text("{}")

    def poll(self) -> int | None:
        next(self.steps, None)
        return self.returncode

    def terminate(self) -> None:
        self.returncode = 143

    def wait(self) -> None:
        pass

    def __enter__(self) -> "Trainings":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def search(
    patch: pytest.MonkeyPatch,
    folder: Path,
    trainings: Trainings,
    settings: SearchSettings = SEARCH,
    overrides: tuple[str, ...] = ("trainer.max_epochs=2",),
) -> tuple[Any, str]:
    """Runs a search, and gives its study and what it prints."""
    patch.setattr("subprocess.Popen", trainings)
    patch.setattr("time.sleep", lambda seconds: None)
    printed = io.StringIO()
    tune.tune(settings, folder, [*overrides], Console(file=printed, width=200))
    return optuna.load_study(study_name=folder.name, storage=f"sqlite:///{folder / 'study.db'}"), printed.getvalue()


def searching(**changes: Any) -> SearchSettings:
    """Other settings of a search."""
    return SEARCH.model_copy(update=changes)


def refused(number: int, run: Path) -> int:
    with run.with_suffix(".log").open("a") as log:
        log.write("error: unknown key model.nope\n")
    return 2


def test_each_trial_is_a_training_with_other_values_and_the_best_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings(lambda number: [0.1, [0.3, 0.7, 0.5][number], 0.2])
    study, _ = search(monkeypatch, tmp_path, trainings)
    assert [each["run_dir"] for each in trainings.started] == [str(tmp_path / str(number)) for number in range(3)]
    assert [each["trainer.max_epochs"] for each in trainings.started] == ["2"] * 3
    assert [each.value for each in study.trials] == [0.3, 0.7, 0.5]
    rates = [float(each[KEY]) for each in trainings.started]
    assert len(set(rates)) == 3
    assert all(1e-4 <= rate <= 1e-2 for rate in rates)
    again = Trainings(lambda number: [1.0])
    _, printed = search(monkeypatch, tmp_path, again)
    assert not again.started  # there are enough
    assert f"uv run train trainer.max_epochs=2 {KEY}={rates[1]}" in printed
    assert OmegaConf.load(tmp_path / "best.yaml") == {"model": {"learning_rate": rates[1]}}


def test_of_a_loss_the_lowest_value_is_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "STARTUP", 1)
    scores = [[0.9, 0.5, 0.7], [0.95], [0.4, 0.3, 0.6]]
    study, printed = search(monkeypatch, tmp_path, Trainings(lambda number: scores[number]), searching(monitor="val/loss"))
    assert [each.state.name for each in study.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
    assert [study.trials[number].value for number in (0, 2)] == [0.5, 0.3]
    assert study.best_trial.number == 2
    assert f"{KEY}={study.best_trial.params[KEY]}" in printed.splitlines()[-1]


def test_the_command_at_the_end_trains_what_was_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compose: Callable[..., Any]
) -> None:
    space = {"model": ["small", "base"], KEY: SEARCH.space[KEY], "data.batch_size": Range(low=4, high=16)}
    overrides = (
        *("experiment=sample", "trainer.max_epochs=3", "logger=csv", "~callbacks.prediction_pictures", "data.root='some photos'"),
        "+callbacks.mine={_target_: lightning.pytorch.callbacks.Timer}",
    )
    arguments: list[list[str]] = []

    def score(number: int) -> list[float]:
        arguments.append(trainings.argv)
        return [[0.3, 0.7, 0.5][number]]

    trainings = Trainings(score)
    _, printed = search(monkeypatch, tmp_path, trainings, searching(space=space), overrides)
    *given, run_dir, overwrite = arguments[1]
    assert (run_dir.split("=")[0], overwrite) == ("++run_dir", "overwrite=true")
    typed = shlex.split(printed.splitlines()[-1].partition(": ")[2])
    assert typed[:3] == ["uv", "run", "train"]
    best, tuned = (compose(train, *texts, folder=tmp_path / "again") for texts in (typed[3:], given))
    assert best == tuned
    experiment: Any = OmegaConf.to_container(OmegaConf.load(tmp_path / "best.yaml"))
    assert experiment.pop("defaults") == [{"override /model": str(given[-3].partition("=")[2])}]
    assert experiment == {"model": {"learning_rate": tuned.model.learning_rate}, "data": {"batch_size": tuned.data.batch_size}}
    assert (best.trainer.max_epochs, best.data.root, "mine" in best.callbacks.model_dump()) == (3, "some photos", True)


def test_no_secret_is_kept_in_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = ("logger.wandb.api_key=hunter2", "logger=csv")
    trainings = Trainings(lambda number: [0.5])
    study, printed = search(monkeypatch, tmp_path, trainings, overrides=overrides)
    assert trainings.started[0]["logger.wandb.api_key"] == "hunter2"
    assert "hunter2" not in printed + str(study.trials) + (tmp_path / "search.html").read_text()
    assert "'logger.wandb.api_key=(hidden)' logger=csv" in printed


def test_between_whole_numbers_are_whole_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings(lambda number: [0.5])
    search(monkeypatch, tmp_path, trainings, searching(space={"data.batch_size": Range(low=4, high=16)}))
    assert all(4 <= int(each["data.batch_size"]) <= 16 for each in trainings.started)


def test_a_killed_search_goes_on_with_its_trial_and_repeats_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(number: int, run: Path) -> int:
        if number == 1:
            save_checkpoint({}, run / "checkpoints" / "last.ckpt")
            raise KeyboardInterrupt
        return 0

    with pytest.raises(KeyboardInterrupt):
        search(monkeypatch, tmp_path, Trainings(lambda number: [0.5], killed))
    after = Trainings(lambda number: [0.5, 0.6])
    study, _ = search(monkeypatch, tmp_path, after)
    assert [each.state.name for each in study.trials] == ["COMPLETE"] * 3
    assert after.started[0] == {"ckpt_path": str(tmp_path / "1")}
    assert [Path(each["run_dir"]).name for each in after.started[1:]] == ["2"]
    assert study.trials[1].intermediate_values == {0: 0.5, 1: 0.6}


def test_a_trial_all_of_whose_checkpoints_are_damaged_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "0" / "checkpoints"
    left.mkdir(parents=True)
    (left / "last.ckpt").write_bytes(b"damaged")
    trainings = Trainings(lambda number: [0.5])
    search(monkeypatch, tmp_path, trainings)
    assert trainings.started[0]["run_dir"] == str(tmp_path / "0")
    assert trainings.started[0]["overwrite"] == "true"


def test_a_trial_that_is_behind_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "STARTUP", 1)
    study, _ = search(monkeypatch, tmp_path, Trainings(lambda number: [0.9, 0.9, 0.9] if not number else [0.1, 0.1, 0.1]))
    assert [each.state.name for each in study.trials] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert study.trials[1].intermediate_values == {0: 0.1}
    assert study.best_trial.number == 0


def test_a_training_that_a_killed_search_has_left_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def occupied(number: int, run: Path) -> int:
        if number == 0:
            run.with_suffix(".log").open("a").write("error: run_dir is in use by another training: name another folder\n")
        return 2 if number == 0 else 0

    trainings = Trainings(lambda number: [0.5], occupied)
    study, _ = search(monkeypatch, tmp_path, trainings)
    assert [each.state.name for each in study.trials] == ["COMPLETE"] * 3
    assert len(trainings.started) == 4


def test_what_train_refuses_ends_the_search_and_what_diverges_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverges(number: int, run: Path) -> int:
        return 2 if number == 0 else 0

    study, printed = search(monkeypatch, tmp_path / "one", Trainings(lambda number: [0.5], diverges))
    assert [each.state.name for each in study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert [line.split("│")[2].strip() for line in printed.splitlines() if line.startswith("│")] == ["complete", "complete", "fail"]
    with pytest.raises(UserError, match=r"trial 0 could not start: unknown key model\.nope"):
        search(monkeypatch, tmp_path / "two", Trainings(lambda number: [], refused))


def test_a_trial_that_could_not_start_is_none_of_those_that_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        with pytest.raises(UserError, match="could not start"):
            search(monkeypatch, tmp_path, Trainings(lambda number: [], refused), searching(space={KEY: [0.25, 0.5]}, trials=1))
    mended = searching(space={KEY: [0.125, 0.25]}, trials=1)
    study, _ = search(monkeypatch, tmp_path, Trainings(lambda number: [0.5]), mended)
    assert [each.state.name for each in study.trials] == ["COMPLETE"]
    more = mended.model_copy(update={"trials": 2})
    with pytest.raises(UserError, match="trial 1 could not start"):
        search(monkeypatch, tmp_path, Trainings(lambda number: [], refused), more)
    study, _ = search(monkeypatch, tmp_path, Trainings(lambda number: [0.5]), more)
    assert [each.state.name for each in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]


@pytest.mark.parametrize(
    "change",
    [
        {"space": {KEY: [0.25, 0.5]}},
        {"space": {KEY: Range(low=1e-4, high=1e-2)}},
        {"space": {KEY: Range(low=1, high=2)}},
        {"monitor": "val/loss"},
        {"monitor": "train/loss"},
    ],
)
def test_trials_of_another_search_are_not_mixed_with_those_that_are_there(
    change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(monkeypatch, tmp_path, Trainings(lambda number: [0.5]), searching(trials=1))
    for _ in range(2):
        with pytest.raises(UserError, match="name another run_dir"):
            search(monkeypatch, tmp_path, Trainings(lambda number: [0.5]), searching(trials=2, **change))
    study, _ = search(monkeypatch, tmp_path, Trainings(lambda number: [0.5]), searching(trials=2))
    assert [each.state.name for each in study.trials] == ["COMPLETE"] * 2


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"low": 2, "high": 1}, "={'low': 2, 'high': 1}: expected a low that is at most high"),
        ({"low": 0, "high": 1, "log": True}, ": expected a low that is at most high, and more than 0 where log is true"),
        ({"low": "few", "high": 1}, ".low=few: expected a whole number or a number"),
        ({"low": 0, "hihg": 1}, ".high is missing"),
        (3, "=3: expected a mapping or a list"),
    ],
)
def test_a_range_that_is_none_is_refused(bounds: Any, words: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked(SearchSettings, {"trials": 1, "monitor": METRIC, "pruned_after": 0, "space": {KEY: bounds}})
    assert str(refusal.value).startswith(f"space.{KEY}")
    assert words in str(refusal.value)


@pytest.mark.parametrize("name", options_of("search"))
def test_every_file_in_configs_gives_a_search_that_the_types_allow(name: str) -> None:
    values: Any = OmegaConf.to_container(OmegaConf.load(CONFIGS / "search" / f"{name}.yaml"))
    assert checked(SearchSettings, values).space


def test_mistakes_are_sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mistakes = {
        "search=defalt": "did you mean default?",
        "trials=0": "trials=0: expected at least 1",
        "monitor=val/nope": "monitor=val/nope: expected 'train/loss'",
    }
    for argument, words in mistakes.items():
        monkeypatch.setattr(sys, "argv", ["tune", argument, f"run_dir={tmp_path}"])
        with pytest.raises(SystemExit) as ended:
            tune.main()
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
