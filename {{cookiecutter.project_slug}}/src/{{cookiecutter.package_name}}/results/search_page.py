"""What a search for settings has found: its trials, the best first, and a page, which is one file and needs no network."""

import math
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from ..config.runs import write_whole
from .chart import Chart
from .sections import Section, Table

ENOUGH = 10  # trials that were completed, from which on importance is told
IN_CHARTS = ("COMPLETE", "PRUNED")
BEST = "best so far"

Trial = tuple[Any, float]  # of optuna, and its value: the best of its epochs, also where it was not completed; nan without any


def ranked(study: Any) -> list[Trial]:
    """The trials, the best first; those that were not completed behind all others."""
    better, sign = (min, 1) if study.direction.name == "MINIMIZE" else (max, -1)
    trials = []
    for each in study.trials:
        values = [each.value] if each.state.name == "COMPLETE" else each.intermediate_values.values()
        trials.append((each, better(values, default=math.nan)))
    return sorted(trials, key=lambda trial: (trial[0].state.name != "COMPLETE", math.isnan(trial[1]), sign * trial[1]))


def table_of(trials: Sequence[Trial], monitor: str) -> Table:
    keys = keys_of(trials)
    rows = []
    for each, value in trials:
        texts = [_text(each.params[key]) if key in each.params else "" for key in keys]
        rows.append([str(each.number), each.state.name.lower(), "" if math.isnan(value) else f"{value:.4f}", *texts])
    return Table("The best first", ["trial", "state", monitor, *keys], rows)


def keys_of(trials: Sequence[Trial]) -> list[str]:
    """The keys that were searched, each once."""
    return [*dict.fromkeys(key for each, _ in trials for key in each.params)]


def write_search(study: Any, monitor: str, command: str, file: Path) -> None:
    """Writes the page.

    Args:
        study: Of optuna, in which a trial was completed.
        monitor: The metric by which trials were judged.
        command: What trains with the settings of the best trial.
        file: Where to, in the folder of the search.
    """
    trials = ranked(study)
    best, value = trials[0]
    note = f"Trial {best.number} is the best, with {monitor} {value:.4f}. To train with its settings: {command}"
    charts = [_by_setting(trials, key) for key in keys_of(trials)]
    sections = [
        Section(f"{monitor} of the trials", [note], charts=[_history(study, trials), *charts]),
        _importance(study),
        Section("Trials", tables=[table_of(trials, monitor)]),
    ]
    pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)
    page = pages.get_template("comparison.html.jinja").render(folder=file.parent.name, count=len(trials), sections=sections)
    write_whole(page, file)


def _history(study: Any, trials: Sequence[Trial]) -> Chart:
    better = min if study.direction.name == "MINIMIZE" else max
    completed = sorted((each.number, value) for each, value in trials if each.state.name == "COMPLETE")
    numbers, values = zip(*completed, strict=True)
    best = [*zip(numbers, accumulate(values, better), strict=True)]
    dots = {state: [(each.number, value) for each, value in some] for state, some in _in_charts(trials).items()}
    return Chart("In the order of their start", "trial", {**dots, BEST: best}, dots=dots, names=[*map(str.lower, IN_CHARTS), BEST])


def _by_setting(trials: Sequence[Trial], key: str) -> Chart:
    kind = next(each.distributions[key] for each, _ in trials if key in each.params)
    choices = getattr(kind, "choices", ())
    dots = {}
    for state, some in _in_charts(trials).items():
        values = [(each.params[key], value) for each, value in some if key in each.params]
        dots[state] = [(choices.index(setting) if choices else setting, value) for setting, value in values]
    texts, is_log = [*map(_text, choices)], getattr(kind, "log", False)
    name = key.rpartition(".")[2]
    return Chart(key, name, dots, dots=dots, names=[*map(str.lower, IN_CHARTS)], choices=texts, log=is_log)


def _in_charts(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """The trials that have a value, by their state."""
    states = {state: [each for each in trials if each[0].state.name == state and not math.isnan(each[1])] for state in IN_CHARTS}
    return {state.lower(): some for state, some in states.items() if some}


def _importance(study: Any) -> Section:
    from optuna.importance import get_param_importances

    completed = sum(each.state.name == "COMPLETE" for each in study.trials)
    if completed < ENOUGH:
        return Section("Importance", [f"It is told from {ENOUGH} completed trials on: there are {completed}."])
    shares = get_param_importances(study)
    note = "How much of what tells good trials from others each setting explains, within its range (PED-ANOVA)."
    rows = [[key, f"{share:.2f}"] for key, share in shares.items()]
    return Section("Importance", [note], [Table("Shares", ["setting", "share"], rows, [[share] for share in shares.values()])])


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
