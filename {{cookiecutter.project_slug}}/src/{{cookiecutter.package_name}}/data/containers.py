"""What is said of files that hold images themselves, which no format reads: what they are, and that the images must come out."""

import re
from pathlib import Path

from .files import find_files
from .lookup import read_text

KINDS = (  # by names of files
    (r".*\.parquet|.*\.arrow", "Parquet or Arrow, as Hugging Face keeps data in"),
    (r".*\.tfrec(ord)?s?(-.*)?|.*\.tfrecord.*", "TFRecord of TensorFlow"),
    (r".*\.(npz|npy)", "arrays of NumPy"),
    (r".*\.(h5|hdf5)", "HDF5"),
    (r".*\.(lmdb|mdb)", "LMDB"),
    (r".*-ubyte(\.gz)?", "IDX, as of MNIST"),
    (r"(data|test)_batch(_\d)?(\.bin)?|.*\.(pkl|pickle)", "pickles of Python, as of CIFAR"),
    (r".*\.(zip|tar|tgz|tar\.gz|7z|rar)", "an archive, which must be unpacked"),
)
PIXELS = re.compile(r"(label,)?(pixel_?0*[01]|1x1)\b", re.IGNORECASE)  # how a table of pixels begins


def said_of_containers(root: Path) -> str:
    """What is said of a folder in no known format; empty if none of its files may hold images."""
    for file in find_files(root):
        if kind := _kind(file):
            return f"; {file} may hold images ({kind}): write each to a file of its own"
    return ""


def _kind(file: Path) -> str:
    if file.suffix.lower() == ".csv" and PIXELS.match(read_text(file)):
        return "a table of their pixels"
    return next((kind for name, kind in KINDS if re.fullmatch(name, file.name.lower())), "")
