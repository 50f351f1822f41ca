"""Folders of runs, and whether their checkpoints are whole. Needs only the standard library: it answers before torch is loaded."""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from .errors import UserError
from .quoting import typed
from .replacing import take_place
from .secrets import without_hidden

RUNS = Path("outputs")
NEWEST = ("last", "best")  # words for the newest run
TRIALS = "validate"  # below RUNS; those runs were never meant to go on
SEAL = b"sha256:"
SEAL_LENGTH = len(SEAL) + 64
# What a training writes; a folder with one of the first is a run, and nothing else in it is ever deleted.
MARKS = ("config.yaml", "checkpoints", "metrics.csv")
RESULTS = ("metrics.json", "report.html", "model_card.md")  # of a whole training
WRITTEN = (
    *MARKS, *RESULTS, "environment.json", "exported", "hparams.yaml", "pictures", "wandb", "events.out.tfevents.*"
)  # fmt: skip
RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")

log = logging.getLogger(__name__)


def find_run(given: str) -> Path:
    """The folder that `run` means: one with a `config.yaml`, or that of the newest run (`last`, `best`).

    Raises:
        UserError: If there is none.
    """
    run = _newest(given, "run").parents[1] if given in NEWEST else Path(given).expanduser().absolute()
    if not (run / "config.yaml").is_file():
        raise UserError(f"run={given} is not the folder of a training: there is no config.yaml in it")
    return run


def runs_in(folder: Path) -> list[Path]:
    """The runs below a folder.

    Raises:
        UserError: If there is none.
    """
    found = [file.parent for file in sorted(folder.glob("**/config.yaml")) if file.relative_to(folder).parts[0] != TRIALS]
    if not found:
        raise UserError(f"runs={folder}: there is no run in this folder")
    return found


def find_checkpoint(given: str, preferred: str) -> Path:
    """The file that `ckpt_path` means: a file, a whole one in a run folder, or in that of the newest run (`last`, `best`).

    Args:
        given: The value of `ckpt_path`.
        preferred: Which one of a run folder, `last` to go on or `best` to use; the newest if it is damaged.

    Raises:
        UserError: If there is none.
    """
    if given not in NEWEST:
        path = Path(given).expanduser()
        return _whole(path, preferred) if path.is_dir() else path
    newest = _newest(given, "ckpt_path")
    return newest if given == "best" else _whole(newest.parents[1], given)


def _newest(given: str, key: str) -> Path:
    files = [file for file in RUNS.glob("**/checkpoints/*.ckpt") if file.relative_to(RUNS).parts[0] != TRIALS]
    if given == "best":
        files = [file for file in files if file.stem == "best"]
    if not files:
        raise UserError(f"{key}={given}: no run in {RUNS.absolute()} has such a checkpoint; name a run folder or a file")
    return max(files, key=_age).absolute()


def _whole(run: Path, preferred: str) -> Path:
    damaged = []
    for file in sorted((run / "checkpoints").glob("*.ckpt"), key=lambda file: (file.stem == preferred, _age(file)), reverse=True):
        if not (problem := damage(file)):
            if damaged:
                log.warning("%s; going on from %s instead", "; ".join(damaged), file)
            return file
        damaged.append(f"{file} {problem}")
    raise UserError("; ".join(damaged) or f"ckpt_path={run}: there is no checkpoint in {run / 'checkpoints'}")


def _age(file: Path) -> int:
    return file.stat().st_mtime_ns


def run_of(checkpoint: Path) -> Path | None:
    """The run folder that a checkpoint lies in."""
    folder = checkpoint.absolute().parent
    return folder.parent if folder.name == "checkpoints" and (folder.parent / "config.yaml").is_file() else None


def damage(file: Path) -> str | None:
    """What is wrong with a checkpoint, as the end of a sentence.

    Checkpoints are ZIP files whose comment is the checksum of all bytes before it: one file, which cannot part from its checksum.
    One without, as other programs write them, only has to be a ZIP file that is no larger inside than outside.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        opened.seek(max(0, size - SEAL_LENGTH))
        seal = opened.read()
        opened.seek(0)
        if seal.startswith(SEAL):
            checksum, left = hashlib.sha256(), size - SEAL_LENGTH
            while left and (part := opened.read(min(left, 1 << 20))):
                checksum.update(part)
                left -= len(part)
            if seal != SEAL + checksum.hexdigest().encode():
                return "is damaged: its content does not match its checksum"
    try:
        with zipfile.ZipFile(file) as archive:
            inside = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return "is no readable checkpoint: it is empty, cut off, or something else"
    if any(part.compress_type != zipfile.ZIP_STORED for part in inside) or sum(part.file_size for part in inside) > size:
        return "is no readable checkpoint: it is compressed, which train does not do"
    return None


def write_sealed(content: memoryview, file: Path) -> None:
    """Replaces `file` by a ZIP file without a comment, which gets its checksum as comment. At any moment there is a whole file.

    Raises:
        UserError: If the system refuses, as when the disk is full; the file of before is left as it was.
    """
    partial = file.with_name(f"{file.name}.part")
    head = SEAL_LENGTH.to_bytes(2, "little")  # the length of the comment, the last field of a ZIP file
    checksum = hashlib.sha256(content[:-2])
    checksum.update(head)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as opened:
            opened.write(content[:-2])
            opened.write(head + SEAL + checksum.hexdigest().encode())
        take_place(partial, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        again = f"make room, then go on with {typed('ckpt_path', file.parents[1])}"
        kept = f"; the one before it is whole: {again}" if file.exists() else ""
        raise UserError(f"{file} cannot be written ({error.strerror}){kept}") from None


def is_first_process() -> bool:
    """Whether this is the one of the processes of a training that was started by hand, or first."""
    return all(os.environ.get(name, "0") == "0" for name in RANKS)


def write_whole(text: str, file: Path) -> None:
    """Replaces a file at once, so that whoever reads it finds all of it."""
    partial = file.with_name(f"{file.name}.part")
    partial.write_text(text, encoding="utf-8")
    take_place(partial, file)


def read_config(run_dir: Path) -> DictConfig:
    """The settings of a run, as they were written.

    Raises:
        UserError: If the file is not one that `train` has written.
    """
    file = run_dir / "config.yaml"
    try:
        values = OmegaConf.load(file)
        if isinstance(values, DictConfig) and isinstance(values.get("run_dir"), str):
            return values
    except Exception as error:  # whatever the reader stumbles over in a file that somebody made
        log.debug("%s: %s", file, error)
    raise UserError(f"{file} is not as train writes it: it is cut off, or of another program")


def read_numbers(run_dir: Path) -> dict[str, float]:
    """The metrics of the test of a run; none if it did not end.

    Raises:
        UserError: If the file is not one that `train` has written.
    """
    file = run_dir / "metrics.json"
    if not file.exists():
        return {}
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return {name: float(value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError):
        raise UserError(f"{file} is not as train writes it: it is cut off, or of another program") from None


def settings_of_run(run_dir: Path) -> dict[str, Any]:
    """The settings with which a run was started, for the place where it is now, but for secrets, which are not kept."""
    values: Any = OmegaConf.to_container(read_config(run_dir))
    before = re.compile(rf"{re.escape(values['run_dir'])}(?=[/\\]|$)")

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        return before.sub(lambda _: str(run_dir), value) if isinstance(value, str) else value

    return without_hidden(moved(values))


@contextlib.contextmanager
def claimed(
    run_dir: Path, resumed: bool, overwrite: bool, job: str | None = None, needed: Sequence[Path] = ()
) -> Iterator[Callable[[], None]]:
    """Keeps other trainings out of a run folder, as long as this process lives.

    Args:
        run_dir: The folder.
        resumed: The run in it goes on.
        overwrite: The run in it, if any, is replaced.
        job: Of a launcher; what is started again under this name is the same training.
        needed: What the training starts from, which must not be deleted.

    Yields:
        What deletes the run that is replaced: to be called when nothing is left that could refuse the new one.

    Raises:
        UserError: If another training uses the folder, or it holds a run that would be mixed with the new one, or what is needed.
    """
    if not is_first_process():  # which is in
        yield lambda: None
        return
    written: list[Path] = []
    with (run_dir / ".lock").open("a") as lock:
        try:
            _lock(lock.fileno())
        except OSError:
            raise UserError(f"run_dir={run_dir} is in use by another training: name another folder") from None
        if not resumed and any((run_dir / name).exists() for name in MARKS):
            if not overwrite:
                can_go_on = any(run_dir.glob("checkpoints/*.ckpt"))
                go_on = f"go on with it ({typed('ckpt_path', run_dir)}), " if can_go_on else ""
                raise UserError(f"run_dir={run_dir} holds a run: {go_on}replace it (overwrite=true), or name another folder")
            written = [path for name in WRITTEN for path in run_dir.glob(name)]
            for file in needed:
                if any(file.resolve().is_relative_to(path.resolve()) for path in written) or file.resolve() == run_dir.resolve():
                    raise UserError(f"overwrite=true would delete {file}, from which this training starts: name another run_dir")
        lock.truncate(0)
        lock.write(job or "")
        lock.flush()

        def clear() -> None:
            for path in written:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

        yield clear


def job_of(run_dir: Path) -> str | None:
    """The job of a launcher that trained last in a run folder."""
    lock = run_dir / ".lock"
    return lock.read_text() or None if lock.exists() else None


def _lock(file: int) -> None:
    """Locks a file until this process ends; unlike those of `flock`, such a lock is not inherited by workers that outlive it."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
