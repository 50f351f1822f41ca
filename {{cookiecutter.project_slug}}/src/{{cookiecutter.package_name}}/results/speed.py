"""What `export` measured, for people: in the terminal, in the card of the model, in the report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import table as terminal
from rich.console import Console

from .sections import Section, Table


def speed_table(found: Mapping[str, Any]) -> Table:
    """The milliseconds that each network takes for an image.

    Args:
        found: What is in `parity.json`.
    """
    latency = found["latency"]
    milliseconds: dict[str, dict[str, dict[str, float]]] = latency["milliseconds"]
    batches = [*next(iter(milliseconds.values()))]
    cells = [(batch, value) for batch in batches for value in ("median", "p95")]
    columns = ["", *(f"{value}, batch of {batch}" for batch, value in cells)]
    rows = [[name, *(f"{each[batch][value]:.2f}" for batch, value in cells)] for name, each in milliseconds.items()]
    threads = f"{latency['threads']} thread{'s' if latency['threads'] > 1 else ''} of the CPU"
    return Table(f"{found['file']}: milliseconds for an image of {_size(found)}, {threads}", columns, rows)


def speed_notes(found: Mapping[str, Any]) -> list[str]:
    """Sentences that belong to the table."""
    sizes = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in found["bytes"].items())
    return [f"Sizes: {sizes}.", f"torch.compile {found['latency']['torch.compile']}."]


def print_measured(found: Mapping[str, Any]) -> None:
    """Prints what is in `parity.json`."""
    table = terminal.Table(title=f"{found['file']}, {found['images']} images")
    for column in ("", "checkpoint", "exported"):
        table.add_column(column, justify="right" if column else "left")
    for name, each in found["outputs"].items():
        table.add_row(f"largest value of {name}, difference", f"{each['largest']:.4g}", f"{each['difference']:.2g}")
    table.add_row("predictions that agree", "", f"{100 * found['agreement']:.2f} %")
    for name, each in found["metrics"].items():
        table.add_row(name, f"{each['checkpoint']:.4f}", f"{each['exported']:.4f}")
    speed = speed_table(found)
    times = terminal.Table(title=speed.title, caption=" ".join(speed_notes(found)))
    for column in speed.columns:
        times.add_column(column, justify="right" if column else "left")
    for row in speed.rows:
        times.add_row(*row)
    for each in (table, times):
        Console().print(each)


def exports_of(run: Path) -> list[Section]:
    """The part of the report on files that were exported from a run: of each, `parity.json` is kept in `exported/`."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((run / "exported").glob("*.json"))]
    notes = [f"{each['file']} of {_size(each)}: {note}" for each in found for note in speed_notes(each)]
    return [Section("Exported files", notes, [speed_table(each) for each in found])] if found else []


def _size(found: Mapping[str, Any]) -> str:
    return "{} x {} px".format(*found["latency"]["image_size"])
