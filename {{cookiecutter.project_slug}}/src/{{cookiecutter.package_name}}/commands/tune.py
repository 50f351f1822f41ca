"""Searches for settings with which `train` learns best. Each trial is a run like any other, and ends early where it is behind.

Examples:
  uv run tune                                            what configs/search/default.yaml says
  uv run tune data.root=~/photos trainer.max_epochs=10   any override of `train` may follow
  uv run tune search=mine trials=50 run_dir=outputs/mine

The study is <run_dir>/study.db, by default in outputs/tune/<search>/, and the run of a trial is <run_dir>/<number>/. The same
command goes on with a study and its trials, however they ended; started twice, both work on one study. At the end, best.yaml has
the best values. To watch: uvx optuna-dashboard sqlite:///<run_dir>/study.db
"""

import math
import shlex
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from pydantic import NonNegativeInt
from rich.console import Console
from rich.table import Table

from ..config import cli
from ..config.errors import UserError, nearest
from ..config.model import Metric
from ..config.overrides import CONFIGS, groups_of, options_of
from ..config.schema import Count, Settings, checked
from ..training.trials import claim, curve, run_trial

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
OWN = ("search", "trials", "run_dir")
STARTUP = 5  # trials that are never pruned


class Range(Settings):
    low: float
    high: float
    log: bool = False


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
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'study.db'}",
        study_name=folder.name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(STARTUP, search.pruned_after),
        load_if_exists=True,
    )
    while claimed := claim(study, folder, search.trials):
        trial, lock = claimed
        run = folder / str(trial.number)
        values = [f"{key}={suggest(trial, key, options)}" for key, options in search.space.items()]
        state = run_trial(trial, [*overrides, *values], run, search.monitor)
        value = max(curve(run, search.monitor).values(), default=math.nan)
        study.tell(trial, value if state == "COMPLETE" else None, optuna.trial.TrialState[state])
        lock.release()
        result = f"Trial {trial.number}: {state.lower()}, {search.monitor} {value:.4f}, {trial.params}"
        console.print(result, highlight=False, soft_wrap=True)
        if state == "FAIL" and not (run / "metrics.csv").exists():
            reason = run.with_suffix(".log").read_text(encoding="utf-8").strip().rpartition("\n")[2].removeprefix("error: ")
            raise UserError(f"trial {trial.number} could not start: {reason}")
    report(study, search.monitor, folder, console)


def suggest(trial: Any, key: str, options: Range | list[Any]) -> Any:
    if isinstance(options, Range):
        return trial.suggest_float(key, options.low, options.high, log=options.log)
    return trial.suggest_categorical(key, options)


def report(study: Any, monitor: str, folder: Path, console: Console) -> None:
    """Prints the trials, the best first, and writes `best.yaml`.

    Raises:
        UserError: If none was completed.
    """
    complete = sorted((each for each in study.trials if each.state.name == "COMPLETE"), key=lambda each: -each.value)
    if not complete:
        raise UserError(f"no trial in {folder} was completed: see the .log files there")
    best, groups = complete[0], groups_of("train")
    table = Table("trial", monitor, *best.params)
    for each in complete:
        values = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in each.params.values()]
        table.add_row(str(each.number), f"{each.value:.4f}", *values)
    console.print(table)
    choices = [{f"override /{key}": value} for key, value in best.params.items() if key in groups]
    settings = OmegaConf.create({"defaults": choices} if choices else {})
    for key, value in best.params.items():
        if key not in groups:
            OmegaConf.update(settings, key, value)
    text = f"# @package _global_\n# Trial {best.number} of {len(study.trials)}: {monitor} {best.value:.4f}\n"
    (folder / "best.yaml").write_text(text + OmegaConf.to_yaml(settings), encoding="utf-8")
    copy = shlex.join(["cp", str(folder / "best.yaml"), "configs/experiment/"])
    console.print(f"{copy} && uv run train experiment=best", markup=False, soft_wrap=True)


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
