"""Decodes each image once before training, so that all broken files are named at once, and not one by one after hours."""

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
from typing import Any, NamedTuple

import torch
from PIL import Image
from rich.progress import track

from ..config.errors import UserError
from .copies import Print, difference_hash
from .images import read_image

IMAGES_PER_PROCESS = 25  # with fewer, starting another one takes longer than it saves
LONG = 2000  # images that are worth a progress bar

SAMPLED = 64  # rows and columns of an image that tell its colors

Stamp = tuple[str, str]  # size and time of change of a file


class Look(NamedTuple):
    """What is remembered of an image that was read.

    Attributes:
        format: Pillow's name for the format of the content, whatever the suffix says.
        height: In pixels, upright.
        width: In pixels, upright.
        mean: Of its pixels, from 0 to 255, for red, green and blue.
        deviation: The standard deviation of its pixels, for red, green and blue.
        print: By what copies of it are known.
    """

    format: str
    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    print: Print


def look_at(paths: list[Path], max_pixels: int, remembered_in: Path | None = None) -> dict[Path, Look | str]:
    """Decodes images, on all cores.

    Args:
        paths: The image files.
        max_pixels: An image with more counts as broken.
        remembered_in: A file that remembers the images that were read, so that only new and changed ones are decoded later.

    Returns:
        What an image is like, or why it cannot be read.
    """
    known = _load(remembered_in)
    stamps = {path: _stamp(path) for path in dict.fromkeys(paths)}
    found: dict[Path, Look | str] = {}
    for path, stamp in stamps.items():
        if path in known and known[path][0] == stamp and known[path][1].height * known[path][1].width <= max_pixels:
            found[path] = known[path][1]
    new = [path for path in stamps if path not in found]
    try:
        results = _decode(new, max_pixels)
        for path, result in track(results, "Checking images", len(new), transient=True, disable=len(new) < LONG):
            found[path] = result
            if isinstance(result, Look):
                known[path] = stamps[path], result
    finally:  # what was done before Ctrl-C need not be done again
        if new and remembered_in:
            _save(known, remembered_in)
    return {path: found[path] for path in stamps if path in found}


def write_skipped(skipped: dict[Path, str], file: Path) -> None:
    """Lists the images that were left out, with the reasons, if there are any."""
    if skipped:
        with file.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, lineterminator="\n").writerows([("path", "reason"), *skipped.items()])


def _decode(paths: list[Path], max_pixels: int) -> Iterator[tuple[Path, Look | str]]:
    """Gives for each image what it is like, or what is wrong with it.

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
            result = _look(path, max_pixels)
        except UserError as error:
            result = str(error)
        sender.send(result)


def _look(path: Path, max_pixels: int) -> Look:
    image = read_image(path, max_pixels)
    with Image.open(path) as opened:
        format = opened.format or ""
    height, width = image.shape[1:]
    sample = image[:, :: -(-height // SAMPLED), :: -(-width // SAMPLED)].float().flatten(1)
    deviation, mean = torch.std_mean(sample, dim=1, correction=0)
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return Look(format, height, width, tuple(mean.tolist()), tuple(deviation.tolist()), Print(content, difference_hash(image)))


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return "", ""
    return str(status.st_size), str(status.st_mtime_ns)


def _load(file: Path | None) -> dict[Path, tuple[Stamp, Look]]:
    """By path the stamp and the look of images that were read; nothing if `file` is not as written here."""
    known = {}
    with contextlib.suppress(OSError, ValueError):
        if file:
            with file.open(newline="", encoding="utf-8") as opened:
                for path, size, time, format, height, width, content, picture, *colors in csv.reader(opened):
                    numbers = tuple(float(color) for color in colors)
                    copied = Print(content, int(picture, 16))
                    known[Path(path)] = (size, time), Look(format, int(height), int(width), numbers[:3], numbers[3:], copied)
    return known


def _save(known: dict[Path, tuple[Stamp, Look]], file: Path) -> None:
    with contextlib.suppress(OSError):  # it only saves time
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.part")
        with partial.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, lineterminator="\n").writerows(
                (path, *stamp, *look[:3], look.print.content, f"{look.print.picture:x}", *look.mean, *look.deviation)
                for path, (stamp, look) in known.items()
            )
        partial.replace(file)
