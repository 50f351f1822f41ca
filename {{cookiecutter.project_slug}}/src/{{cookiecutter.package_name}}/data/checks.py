"""Decodes each image once before training, so that all broken files are named at once, and not one by one after hours.

It also takes the prints by which copies of an image are known.
"""

import contextlib
import csv
import hashlib
import os
import signal
from collections import deque
from collections.abc import Iterator
from multiprocessing import Pipe, Process, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import torch
from rich.progress import track

from ..config.errors import UserError
from .copies import Print, difference_hash
from .images import read_image

IMAGES_PER_PROCESS = 25  # with fewer, starting another one takes longer than it saves
LONG = 2000  # images that are worth a progress bar

Stamp = tuple[str, str]  # size and time of change of a file
Seen = tuple[int, Print]  # the number of its pixels, and by what copies of it are known


def look_at(paths: list[Path], max_pixels: int, remembered_in: Path | None = None) -> tuple[dict[Path, Print], dict[Path, str]]:
    """Decodes images, on all cores.

    Args:
        paths: The image files.
        max_pixels: An image with more counts as broken.
        remembered_in: A file that remembers the images that were read, so that only new and changed ones are decoded later.

    Returns:
        The prints of the images, and why an image cannot be read, for each that cannot.
    """
    known = _load(remembered_in)
    stamps = {path: _stamp(path) for path in dict.fromkeys(paths)}
    new = [path for path, stamp in stamps.items() if path not in known or known[path][0] != stamp or known[path][1][0] > max_pixels]
    broken = {}
    try:
        results = _decode(new, max_pixels)
        for path, result in track(results, "Checking images", len(new), transient=True, disable=len(new) < LONG):
            if isinstance(result, str):
                broken[path] = result
            else:
                known[path] = stamps[path], result
    finally:  # what was done before Ctrl-C need not be done again
        if new and remembered_in:
            _save(known, remembered_in)
    prints = {path: known[path][1][1] for path in stamps if path not in broken and path in known}
    return prints, {path: broken[path] for path in paths if path in broken}


def write_skipped(skipped: dict[Path, str], file: Path) -> None:
    """Lists the images that were left out, with the reasons, if there are any."""
    if skipped:
        with file.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, lineterminator="\n").writerows([("path", "reason"), *skipped.items()])


def _decode(paths: list[Path], max_pixels: int) -> Iterator[tuple[Path, Seen | str]]:
    """Gives for each image what is remembered of it, or what is wrong with it.

    Processes of their own decode, for a file may crash a decoder. It is the first one whose result does not arrive.
    """
    running: dict[Any, tuple[Process, deque[Path]]] = {}  # by the end of the pipe, which has another type on Windows

    def start(part: deque[Path]) -> None:
        receiver, sender = Pipe(duplex=False)
        process = Process(target=_decode_here, args=(list(part), max_pixels, sender), daemon=True)
        process.start()
        sender.close()  # so that the end of the process ends the pipe
        running[receiver] = process, part

    processes = min(os.cpu_count() or 1, -(-len(paths) // IMAGES_PER_PROCESS))
    for number in range(processes):
        start(deque(paths[number::processes]))
    while running:
        ready: list[Any] = wait(list(running))
        for receiver in ready:
            process, part = running[receiver]
            try:
                yield part[0], receiver.recv()
                part.popleft()
            except (EOFError, IndexError):
                del running[receiver]
                process.join()
                if part:
                    yield part[0], f"{part.popleft()} crashes the decoder (exit status {process.exitcode}): replace or remove it"
                if part:
                    start(part)


def _decode_here(paths: list[Path], max_pixels: int, sender: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which then ends this one
    torch.set_num_threads(1)
    parent = parent_process()
    for path in paths:
        if parent is None or not parent.is_alive():
            return
        try:
            image = read_image(path, max_pixels)
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            result = image[0].numel(), Print(content, difference_hash(image))
        except UserError as error:
            result = str(error)
        sender.send(result)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return "", ""
    return str(status.st_size), str(status.st_mtime_ns)


def _load(file: Path | None) -> dict[Path, tuple[Stamp, Seen]]:
    """By path the stamps of images that were read, and what was seen; nothing if `file` is not as written here."""
    with contextlib.suppress(OSError, ValueError):
        if file:
            with file.open(newline="", encoding="utf-8") as opened:
                return {
                    Path(path): ((size, time), (int(pixels), Print(content, int(picture, 16))))
                    for path, size, time, pixels, content, picture in csv.reader(opened)
                }
    return {}


def _save(known: dict[Path, tuple[Stamp, Seen]], file: Path) -> None:
    with contextlib.suppress(OSError):  # it only saves time
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.part")
        with partial.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, lineterminator="\n").writerows(
                (path, *stamp, pixels, its.content, f"{its.picture:x}") for path, (stamp, (pixels, its)) in known.items()
            )
        partial.replace(file)
