"""Decodes each image once before training, so that all broken files are named at once, and not one by one after hours."""

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

import numpy as np
import torch
from rich.progress import track

from ..config.errors import UserError
from .broken import load_broken, save_broken
from .copies import Print, difference_hash
from .images import read_image
from .looks import Look, Looks, load_rows, recall, save_rows, stamped
from .opening import open_image

IMAGES_PER_PROCESS = 25  # with fewer, starting another one takes longer than it saves
LONG = 2000  # images that are worth a progress bar

CRASHES = "crashes the decoder"
SAMPLED = 64  # rows and columns of an image that tell its colors


def look_at(paths: list[Path], max_pixels: int, remembered_in: Path | None = None) -> tuple[Looks, dict[Path, str]]:
    """Decodes images, on all cores.

    Args:
        paths: The image files.
        max_pixels: An image with more counts as broken.
        remembered_in: A file that remembers what was found of images, so that only new and changed ones are decoded later. A file
            beside it remembers which ones are broken.

    Returns:
        What the images are like that can be read, and why the others cannot.
    """
    paths = list(dict.fromkeys(paths))
    known = load_rows(remembered_in)
    rows = recall(stamped(paths), known[known["height"].astype(np.int64) * known["width"] <= max_pixels])
    unread = {paths[number]: number for number in np.flatnonzero(rows["height"] == 0)}
    stamps = {path: rows[number][["bytes", "changed"]].tolist() for path, number in unread.items()}
    broken = load_broken(remembered_in, max_pixels, stamps)
    new = [path for path in unread if path not in broken]
    try:
        results = _decode(new, max_pixels)
        for path, result in track(results, "Checking images", len(new), transient=True, disable=len(new) < LONG):
            if isinstance(result, str):
                broken[path] = result
                continue
            row, prints = rows[unread[path]], (result.print.content, f"{result.print.picture:064x}")
            rows[unread[path]] = (*row.tolist()[:3], *result[:5], *(list(bytes.fromhex(each)) for each in prints))
    finally:  # what was done before Ctrl-C need not be done again
        if new and remembered_in:
            save_rows(np.concatenate([rows[rows["height"] > 0], known]), remembered_in)
            # What crashed may have lacked memory, and what the system would not read may be read later.
            lasting = {path: why for path, why in broken.items() if CRASHES not in why and "[Errno" not in why}
            save_broken(lasting, remembered_in, max_pixels, stamps)
    return Looks(paths, rows), {path: broken[path] for path in unread if path in broken}


def write_skipped(skipped: dict[Path, str], file: Path) -> None:
    """Lists the images that were left out, with the reasons, if there are any, in place of those of before."""
    file.unlink(missing_ok=True)
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
                    yield part[0], f"{part.popleft()} {CRASHES} (exit status {process.exitcode}): replace or remove it"
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
    with open_image(path) as opened:
        format = opened.format or ""
    height, width = image.shape[1:]
    sample = image[:, :: -(-height // SAMPLED), :: -(-width // SAMPLED)].float().flatten(1)
    deviation, mean = torch.std_mean(sample, dim=1, correction=0)
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return Look(format, height, width, tuple(mean.tolist()), tuple(deviation.tolist()), Print(content, difference_hash(image)))
