"""From the command line to the typed settings of a command; a mistake of the user becomes one sentence."""

import contextlib
import errno
import os
import shlex
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from inspect import getdoc
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import GrammarParseError, OmegaConfBaseException

from .errors import UserError
from .launchers import job, launched
from .overrides import CONFIGS, accepted, groups_of, keys_given, options_of, run_to_go_on_with, values_of
from .quoting import assignment
from .resolvers import RUN_ID, register_resolvers
from .schema import CommandSettings, checked

Command = TypeVar("Command", bound=CommandSettings)

REFUSED_BY_THE_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)  # whatever the code does
DOLLAR = r"a $ that stands for itself before a brace is written \$"


def run(command: Callable[[Any], Any]) -> None:
    """Calls a command with its settings: `configs/<its name>.yaml`, changed by the command line.

    Exits with 2 after a mistake of the user, with 130 after Ctrl-C.

    Args:
        command: A function of the argument `settings`, whose type says what can be set; the docstring of its module is the help.
    """
    name, kind = command.__name__, get_type_hints(command)["settings"]
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(command))
        return

    called = False

    def call(cfg: DictConfig) -> Any:
        nonlocal called
        called = True
        job = HydraConfig.get()
        run_dir = Path(job.runtime.output_dir)
        with mistakes_explained(run_dir / f"{name}.log"):
            if not os.access(run_dir, os.W_OK):
                raise UserError(f"run_dir={run_dir} cannot be written to: name another folder")
            return command(settings_of(kind, cfg, job.overrides.task, run_dir))

    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us instead of being printed by Hydra
    register_resolvers()
    with mistakes_explained():
        arguments = get_args_parser().parse_args()
        given = arguments.overrides
        taken = dict(zip(given, accepted(given, name, kind), strict=True))
        sys.argv[1:] = [*(taken.get(argument, argument) for argument in sys.argv[1:]), f"hydra.job.name={name}"]
        sys.argv += (ours := launched([*taken.values()], kind))
        if started := job():
            os.environ.setdefault(RUN_ID, started if kind.goes_on else f"{started}-{name}")
        if kind.goes_on and (run_dir := run_to_go_on_with([*taken.values(), *ours])):
            sys.argv.append(assignment("run_dir", run_dir))
        if arguments.multirun and (folder := values_of([*taken.values()]).get("run_dir")):
            sys.argv.append(assignment("hydra.sweep.dir", Path(str(folder))))  # each run has a folder in it
        try:
            hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=name)(call)()
        except OSError as error:
            if called:
                raise
            raise UserError(f"run_dir: {error.filename} cannot be made ({error.strerror}): name another folder") from None


def help_text(command: Callable[[Any], Any]) -> str:
    lines = [getdoc(sys.modules[command.__module__]) or "", "", "Every key with its value: --cfg job"]
    for group in groups_of(command.__name__):
        lines.append(f"  {group}={'|'.join(options_of(group))}")
    return "\n".join(lines)


@contextlib.contextmanager
def mistakes_explained(log: Path | None = None) -> Iterator[None]:
    """Ends the process with one line for a mistake of the user. What is not surely one leaves its traceback in `log`."""
    place = log.parent if log else None

    def hook(ended: threading.ExceptHookArgs) -> None:  # a thread of a logger, which fails in the main one, too
        message = explain(ended.exc_value, place) if isinstance(ended.exc_value, Exception) else None
        print(f"warning: {message}", file=sys.stderr) if message else threading.__excepthook__(ended)

    threading.excepthook = hook
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        message = explain(error, place)
        if message is None:
            raise
        if log and not isinstance(error, UserError):
            with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
                traceback.print_exc(file=file)
                message += f" (traceback: {log})"
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)
    finally:
        threading.excepthook = threading.__excepthook__


def explain(error: Exception, place: Path | None = None) -> str | None:
    """One sentence for what a user can mend; None for anything else, which deserves its traceback.

    Args:
        error: Of any kind.
        place: Where the command writes, for errors that name no file.
    """
    if isinstance(error, UserError):
        return " ".join(str(error).rpartition("UserError: ")[2].split())  # that of a worker stands behind its traceback
    # torch and Lightning are known by name only, since loading them takes seconds.
    if type(error).__name__ == "OutOfMemoryError":
        return "the device has too little memory: lower data.batch_size or data.image_size"
    if isinstance(error, ValueError) and str(error).startswith("Expected more than 1 value per channel"):
        return "one image is too small a batch for the normalization in this network: raise data.batch_size or data.image_size"
    if what := _lost_worker(error):
        return f"{what}: if memory ran out, lower data.num_workers or data.batch_size; go on with ckpt_path=last"
    if isinstance(error, RuntimeError) and "by peer" in str(error):
        return "another process of this command has ended, and says why; train goes on with ckpt_path=last"
    if type(error).__name__ == "MisconfigurationException":
        return f"trainer: {' '.join(str(error).split())}"
    if isinstance(error, OSError) and error.errno in REFUSED_BY_THE_SYSTEM:
        name = error.filename or place
        return f"{name}: {error.strerror}" if name else str(error.strerror)
    if isinstance(error, OverrideParseException):
        key, _, value = (error.override or "").partition("=")
        quoted = shlex.quote(f'{key}="{value or "…"}"')
        return f"{key}: expected key=value; a value with blanks, quotes, commas, brackets, = or $ needs two quotes: {quoted}"
    if isinstance(error, HydraException):
        return " ".join(str(error).split()) + (f"; {DOLLAR}" if isinstance(error.__cause__, GrammarParseError) else "")
    return None


def _lost_worker(error: Exception) -> str | None:
    """What is said of a worker that the system has ended, be it before PyTorch knows of it."""
    if isinstance(error, RuntimeError) and str(error).startswith("DataLoader worker"):
        return str(error).partition("\n")[0].strip().rstrip(".")
    is_loading = any(Path(frame.filename).name == "dataloader.py" for frame in traceback.extract_tb(error.__traceback__))
    return "a DataLoader worker has ended" if is_loading and isinstance(error, ConnectionError | EOFError) else None


def settings_of(kind: type[Command], cfg: DictConfig, given: Sequence[str], run_dir: Path) -> Command:
    """The typed settings in a configuration.

    Args:
        kind: The type.
        cfg: As Hydra composed it.
        given: The overrides that the user gave for it.
        run_dir: Where the command writes.

    Raises:
        UserError: If a key is unknown, or a value is missing or not as its type wants it.
    """
    cfg.run_dir = str(run_dir)  # in a sweep it is another one than that of the command line, and other values name it
    try:
        if missing := sorted(OmegaConf.missing_keys(cfg)):
            raise UserError(f"{missing[0]} is missing: add {missing[0]}=…")
        values: Any = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        reason = str(error.msg).splitlines()[0]
        raise UserError(f"{error.full_key}: {reason}; {DOLLAR}") from None
    return checked(kind, values | {"given": keys_given(given)})
