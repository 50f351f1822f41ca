"""The curves of a run, as a table."""

import csv
import os
from pathlib import Path

from lightning.fabric.loggers.csv_logs import _ExperimentWriter
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.csv_logs import ExperimentWriter

from ..config.replacing import take_place


class Curves(CSVLogger):
    """Lightning's `metrics.csv`, which a training that goes on appends to, and which no interruption spoils.

    Args:
        save_dir: Gets the file.
        rows: How many rows of the file that is there are kept: those from before the checkpoint that is gone on from.
    """

    def __init__(self, save_dir: str, rows: int = 0) -> None:
        super().__init__(save_dir, name="", version="")
        self.kept = rows

    @property
    @rank_zero_experiment
    def experiment(self) -> _ExperimentWriter:
        if self._experiment is None:
            self._experiment = _Table(self.log_dir, self.kept)
        return self._experiment

    @property
    def rows(self) -> int:
        """How many rows there are, written or not."""
        table = self.experiment
        return table.written + len(table.metrics) if isinstance(table, _Table) else 0

    def flush(self) -> None:
        """Writes all rows to the disk."""
        self.save()
        if (file := Path(self.log_dir, ExperimentWriter.NAME_METRICS_FILE)).exists():
            with file.open("a") as opened:
                os.fsync(opened.fileno())


class _Table(ExperimentWriter):
    def __init__(self, log_dir: str, kept: int) -> None:
        self.written = kept
        super().__init__(log_dir)

    def _check_log_dir_exists(self) -> None:
        """Keeps the first rows, where Lightning would delete all."""
        if (file := Path(self.metrics_file_path)).exists():
            with file.open(newline="") as opened:
                table = csv.DictReader(opened)
                rows = [row for row, _ in zip(table, range(self.written), strict=False)]
                self.metrics_keys = list(table.fieldnames or []) if rows else []
            self._write(self.metrics_keys, rows)
        else:
            rows = []
        self.written = len(rows)

    def save(self) -> None:
        self.written += len(self.metrics)
        try:
            super().save()
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.metrics_file_path) from None

    def _rewrite_with_new_header(self, fieldnames: list[str]) -> None:
        with Path(self.metrics_file_path).open(newline="") as opened:
            rows = list(csv.DictReader(opened))
        self._write(fieldnames, rows)

    def _write(self, columns: list[str], rows: list[dict[str, str]]) -> None:
        """Replaces the file at once, by one with these columns and rows, or by none."""
        file = Path(self.metrics_file_path)
        if not rows:
            file.unlink()
            return
        partial = file.with_suffix(".csv.part")
        with partial.open("w", newline="") as opened:
            table = csv.DictWriter(opened, columns)
            table.writeheader()
            table.writerows(rows)
        take_place(partial, file)
