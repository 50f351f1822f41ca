"""Trials of a search for settings: each is one training in a process of its own, which may have begun before this one."""

import contextlib
import csv
import os
import runpy
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from ..config.overrides import printable
from ..config.quoting import assignment
from ..config.resolvers import mode_of
from ..config.runs import damage

TRAIN = (sys.executable, "-m", __name__)
STARTUP = 5  # trials that are never pruned
COMMAND, MONITOR, REFUSED = "command", "monitor", "refused"  # what optuna keeps of trials and studies for us


def open_study(folder: Path, monitor: str, pruned_after: int) -> Any:
    """The study in a folder; a new one where no trial has started, so that nothing is lost, and its space may be mended.

    Raises:
        UserError: If its trials were judged by another metric.
    """
    import optuna

    named = {"storage": f"sqlite:///{folder / 'study.db'}", "study_name": folder.name}
    direction = "minimize" if mode_of(monitor) == "min" else "maximize"
    pruner = optuna.pruners.MedianPruner(STARTUP, pruned_after)
    create = partial(optuna.create_study, **named, direction=direction, pruner=pruner, load_if_exists=True)
    study = create()
    if not any(map(has_started, study.trials)):
        optuna.delete_study(**named)
        study = create()
        study.set_user_attr(MONITOR, monitor)
    if (used := study.user_attrs[MONITOR]) != monitor:
        raise UserError(f"monitor={monitor}: the trials in {folder} were judged by {used}: name another run_dir")
    return study


def has_started(trial: Any) -> bool:
    return REFUSED not in trial.user_attrs


def claim(open_study: Callable[[], Any], folder: Path, total: int) -> tuple[Any, Any] | None:
    """A trial whose process is gone, or else a new one, with the lock that keeps others off it; None where there are enough."""
    from filelock import FileLock, Timeout
    from optuna.trial import Trial

    with FileLock(folder / "study.lock"):
        study = open_study()
        trials = study.get_trials(deepcopy=False)
        for number in [each.number for each in trials if not each.state.is_finished()]:
            lock = FileLock(folder / f"{number}.lock")
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0)
                return Trial(study, trials[number]._trial_id), lock
        if sum(map(has_started, trials)) >= total:
            return None
        trial = study.ask()
        lock = FileLock(folder / f"{trial.number}.lock")
        lock.acquire()
        return trial, lock


def run_trial(trial: Any, overrides: list[str], run: Path, monitor: str) -> str:
    """Runs a trial, or what is left of it, in a process that ends with this one, and says how it ended, as optuna names it.

    Ctrl-C does not reach that process, which would take it, and the end of this one, for two signals, and end without a checkpoint.

    Args:
        trial: Of optuna; gets the command that trains the same, as long as there is no checkpoint to go on from.
        overrides: With which it is begun.
        run: Its folder; beside it, a file of the same name gets what `train` prints.
        monitor: The metric that is reported.
    """
    fresh = [*overrides, assignment("run_dir", run), "overwrite=true"]
    known = set(trial.study.trials[trial.number].intermediate_values)
    with run.with_suffix(".log").open("a+", encoding="utf-8") as log:
        while not (run / "metrics.json").exists():
            is_left = any(damage(file) is None for file in (run / "checkpoints").glob("*.ckpt"))
            arguments = [assignment("ckpt_path", run)] if is_left else fresh
            if not is_left:
                trial.set_user_attr(COMMAND, shlex.join(["uv", "run", "train", *map(printable, overrides)]))
            start = log.seek(0, 2)
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": log, "stderr": log}
            with subprocess.Popen([*TRAIN, *arguments], **pipes, start_new_session=True) as process:
                while process.poll() is None:
                    time.sleep(1)
                    for epoch, value in reached(run, monitor).items():
                        if epoch not in known:
                            trial.report(value, epoch)
                            known.add(epoch)
                    if known and trial.should_prune():
                        process.terminate()
                        process.wait()
                        return "PRUNED"
            log.seek(start)
            if "is in use by another training" in log.read():  # one that a killed tune has started
                time.sleep(5)
            elif process.returncode:
                return "FAIL"
    return "COMPLETE" if curve(run, monitor) else "FAIL"


def reached(run: Path, monitor: str) -> dict[int, float]:
    """The values of a metric that are final, by epoch: within an epoch, the loss of training has several."""
    values = curve(run, monitor)
    return dict([*values.items()][: -1 if monitor.startswith("train/") else None])


def curve(run: Path, monitor: str) -> dict[int, float]:
    """The values of a metric in a run, by epoch."""
    file = run / "metrics.csv"
    lines = file.read_text(encoding="utf-8").rpartition("\n")[0].splitlines() if file.exists() else []
    return {int(row["epoch"]): float(row[monitor]) for row in csv.DictReader(lines) if row.get(monitor)}


def end_with_parent() -> None:
    """Ends this process when the one that started it is gone, however it ended: its end of the pipe is closed by the system."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    runpy.run_module(f"{str(__package__).partition('.')[0]}.commands.train", run_name="__main__", alter_sys=True)
