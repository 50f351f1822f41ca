"""Searches for settings with which `train` learns best. Each trial is a run like any other, and ends early where it is behind.

Examples:
  uv run tune                                            what configs/search/default.yaml says
  uv run tune data.root=~/photos trainer.max_epochs=10   any override of `train` may follow
  uv run tune search=mine trials=50 run_dir=outputs/mine

The study is <run_dir>/study.db, by default in outputs/tune/<search>/, and the run of a trial is <run_dir>/<number>/. The same
command goes on with a study and its trials, however they ended; started twice, both work on one study. At the end, it prints the
command that trains like the best trial, and writes search.html, and best.yaml: the best values, as a file for configs/experiment/.
To watch: uvx optuna-dashboard sqlite:///<run_dir>/study.db
"""

import math
import shlex
import signal
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from omegaconf import OmegaConf
from pydantic import NonNegativeInt, model_validator
from pydantic_core import PydanticCustomError
from rich.console import Console
from rich.table import Column, Table

from ..config import cli
from ..config.errors import UserError, nearest
from ..config.model import Metric
from ..config.overrides import CONFIGS, groups_of, options_of
from ..config.resolvers import mode_of
from ..config.schema import Count, Settings, checked
from ..results.search_page import ranked, table_of, write_search
from ..training.trials import COMMAND, REFUSED, claim, curve, open_study, run_trial

TRIAL = (
    "trials=1",
    "ckpt_path={checkpoint}",  # has the settings of the data
    "data.num_workers=0",
    "trainer.max_epochs=2",
    "trainer.limit_train_batches=1",
    "trainer.limit_val_batches=1",
    "trainer.limit_test_batches=1",
    "report=false",
)
OWN = ("search", "trials", "monitor", "run_dir")


class Range(Settings):
    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.low > self.high or (self.log and self.low <= 0):
            raise PydanticCustomError("empty", "a low that is at most high, and more than 0 where log is true")
        return self


class SearchSettings(Settings):
    trials: Count
    monitor: Metric
    pruned_after: NonNegativeInt
    space: dict[str, Range | list[bool | int | float | str]]


def tune(search: SearchSettings, folder: Path, overrides: list[str], console: Console) -> None:
    """Runs trials until there are enough, then says which was best.

    Raises:
        UserError: If optuna is not installed, `train` refuses the settings, or no trial was completed.
    """
    if not find_spec("optuna"):
        raise UserError("tune needs optuna, which is not installed: uv sync --extra tune")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    opened = partial(open_study, folder, search.monitor, search.pruned_after)
    better = min if mode_of(search.monitor) == "min" else max
    while claimed := claim(opened, folder, search.trials):
        trial, lock = claimed
        run = folder / str(trial.number)
        values = [f"{key}={suggest(trial, key, options, folder)}" for key, options in search.space.items()]
        state = run_trial(trial, [*overrides, *values], run, search.monitor)
        is_refused = state == "FAIL" and not (run / "metrics.csv").exists()
        if is_refused:
            trial.set_user_attr(REFUSED, True)
        value = better(curve(run, search.monitor).values(), default=math.nan)
        trial.study.tell(trial, value if state == "COMPLETE" else None, optuna.trial.TrialState[state])
        lock.release()
        result = f"Trial {trial.number}: {state.lower()}, {search.monitor} {value:.4f}, {trial.params}"
        console.print(result, highlight=False, soft_wrap=True)
        if is_refused:
            reason = run.with_suffix(".log").read_text(encoding="utf-8").strip().rpartition("\n")[2].removeprefix("error: ")
            raise UserError(f"trial {trial.number} could not start: {reason}")
    report(opened(), search.monitor, folder, console)


def suggest(trial: Any, key: str, options: Range | list[Any], folder: Path) -> Any:
    """The value that a trial gets for a key; a whole number between whole ones.

    Raises:
        UserError: If trials in the folder had other choices, or another kind of range.
    """
    try:
        if not isinstance(options, Range):
            return trial.suggest_categorical(key, options)
        is_whole = isinstance(options.low, int) and isinstance(options.high, int)
        of_kind = trial.suggest_int if is_whole else trial.suggest_float
        return of_kind(key, options.low, options.high, log=options.log)
    except ValueError:
        raise UserError(f"space.{key}: the trials in {folder} had other values to choose from: name another run_dir") from None


def report(study: Any, monitor: str, folder: Path, console: Console) -> None:
    """Prints the trials, the best first, and how to train like that; writes `search.html` and `best.yaml`.

    Raises:
        UserError: If none was completed.
    """
    trials = ranked(study)
    best = trials[0][0]
    if best.state.name != "COMPLETE":
        raise UserError(f"no trial in {folder} was completed: see the .log files there")
    found = table_of(trials, monitor)
    table = Table(*(Column(name, overflow="fold") for name in found.columns))
    for row in found.rows:
        table.add_row(*row)
    console.print(table, markup=False)
    page, command = folder / "search.html", best.user_attrs[COMMAND]
    write_search(study, monitor, command, page)
    write_best(best, folder / "best.yaml")
    dashboard = shlex.join(["uvx", "optuna-dashboard", f"sqlite:///{folder / 'study.db'}"])
    for what, text in {"Report": page, "Dashboard": dashboard, "Train like the best": command}.items():
        console.print(f"{what}: {text}", markup=False, highlight=False, soft_wrap=True)


def write_best(best: Any, file: Path) -> None:
    """Writes the values that a trial got as an experiment, which `train` can take with others of its settings."""
    groups = groups_of("train")
    choices = [{f"override /{key}": value} for key, value in best.params.items() if key in groups]
    settings = OmegaConf.create({"defaults": choices} if choices else {})
    for key, value in best.params.items():
        if key not in groups:
            OmegaConf.update(settings, key, value)
    file.write_text(f"# @package _global_\n# Trial {best.number}\n{OmegaConf.to_yaml(settings)}", encoding="utf-8")


def main() -> None:
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(__doc__)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a trial does not outlive this process
    own = dict(text.split("=", 1) for text in sys.argv[1:] if text.partition("=")[0] in OWN)
    others = [text for text in sys.argv[1:] if text.partition("=")[0] not in OWN]
    name, options = own.pop("search", "default"), options_of("search")
    folder = Path(own.pop("run_dir", f"outputs/tune/{name}")).expanduser().absolute()
    with cli.mistakes_explained():
        if name not in options:
            raise UserError(f"search={name}: expected one of {', '.join(options)}{nearest(name, options)}")
        values: Any = OmegaConf.to_container(OmegaConf.load(CONFIGS / "search" / f"{name}.yaml"))
        tune(checked(SearchSettings, values | own), folder, others, Console())


if __name__ == "__main__":
    main()
