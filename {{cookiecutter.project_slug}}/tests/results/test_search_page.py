import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from {{ cookiecutter.package_name }}.results.chart import LEFT, RIGHT, WIDTH, Chart
from {{ cookiecutter.package_name }}.results.search_page import ENOUGH, ranked, table_of, write_search

SPACE = {
    "model.learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "data.batch_size": IntDistribution(4, 16),
    "model": CategoricalDistribution(["<nano>", "small"]),
}


def study_of(values: list[float], direction: Any = "maximize") -> Any:
    """A study with a completed trial for each value, then a pruned one, and one that failed."""
    study = optuna.create_study(direction=direction)
    settings = settings_in_turn()
    for value in values:
        study.add_trial(optuna.create_trial(value=value, params=next(settings), distributions=SPACE))
    pruned = {"state": optuna.trial.TrialState.PRUNED, "intermediate_values": {0: 0.125, 1: 0.0625}}
    study.add_trial(optuna.create_trial(params=next(settings), distributions=SPACE, **pruned))
    study.add_trial(optuna.create_trial(state=optuna.trial.TrialState.FAIL))
    return study


def settings_in_turn() -> Iterator[dict[str, Any]]:
    for number in range(100):
        rate = 10 ** -(1 + number % 4)
        yield {"model.learning_rate": rate, "data.batch_size": 4 + number % 13, "model": ["<nano>", "small"][number % 2]}


def page_of(study: Any, folder: Path) -> str:
    write_search(study, "val/x", "uv run train 'data.root=a b'", folder / "search.html")
    return (folder / "search.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("direction", "order"), [("maximize", "1023"), ("minimize", "2013")])
def test_all_trials_are_shown_the_best_first_and_with_their_state(direction: str, order: str) -> None:
    trials = ranked(study_of([0.25, 0.75, 0.1875], direction))
    table = table_of(trials, "val/x")
    assert [row[0] for row in table.rows] == [*order, "4"]
    assert [row[1] for row in table.rows] == ["complete"] * 3 + ["pruned", "fail"]
    assert [row[2] for row in table.rows][3:] == ["0.1250" if direction == "maximize" else "0.0625", ""]
    assert table.columns == ["trial", "state", "val/x", *SPACE]


def test_the_page_shows_trials_in_time_and_by_setting_and_loads_nothing(tmp_path: Path) -> None:
    page = page_of(study_of([0.25, 0.75, 0.5]), tmp_path)
    charts = page.split("<svg")[1:]
    assert [chart.count("<circle") for chart in charts] == [4] * 4  # without the one that failed
    assert [chart.count("<polyline") for chart in charts] == [1, 0, 0, 0]
    assert not re.search(r"(src|href)=|url\(|@import|<nano>", page)
    assert "uv run train &#39;data.root=a b&#39;" in page
    assert "there are 3" in page


def test_the_page_says_what_each_setting_matters_once_there_are_enough_trials(tmp_path: Path) -> None:
    settings = settings_in_turn()
    values = [-abs(next(settings)["data.batch_size"] - 8.0) for _ in range(2 * ENOUGH)]  # nothing else matters
    page = page_of(study_of(values), tmp_path)
    assert page.partition("Importance</h2>")[2].partition("<td>")[2].startswith("data.batch_size<")


def test_an_axis_may_have_powers_of_ten_or_names() -> None:
    middle = (LEFT + WIDTH - RIGHT) / 2
    chart = Chart("", "", {"a": [(1e-4, 0), (1e-2, 1)]}, log=True, dots=["a"])
    assert [text for _, text in chart.ticks()[0]] == ["0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01"]
    assert {text: place for place, text in chart.ticks()[0]}["0.001"] == middle
    named = Chart("", "", {"a": [(1, 0.5)]}, choices=["x", "y", "z"], dots=["a"])
    assert [text for _, text in named.ticks()[0]] == ["x", "y", "z"]
    assert named.lines()["a"][0][0] == middle
