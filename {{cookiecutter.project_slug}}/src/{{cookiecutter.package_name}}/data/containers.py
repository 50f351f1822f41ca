"""What is said of files that hold images themselves, which no format reads: what they are, and that the images must come out."""

import contextlib
import re
from pathlib import Path

from .files import TELLING_SUFFIXES, find_files, is_image
from .lookup import read_text

KINDS = (  # by names of files, and by how their content begins
    (r".*\.parquet|.*\.arrow", rb"PAR1|ARROW1", "Parquet or Arrow, as Hugging Face keeps data in"),
    (r".*\.tfrec(ord)?s?(-.*)?|.*\.tfrecord.*", None, "TFRecord of TensorFlow"),
    (r".*\.(npz|npy)", rb"\x93NUMPY", "arrays of NumPy"),
    (r".*\.(h5|hdf5)", rb"\x89HDF", "HDF5"),
    (r".*\.mat", rb"MATLAB", "matrices of MATLAB"),
    (r".*\.(lmdb|mdb)", None, "LMDB"),
    (r".*-ubyte(\.gz)?", rb"\0\0\x08[\x01-\x04]", "IDX, as of MNIST"),
    (r"(data|test)_batch(_\d)?(\.bin)?|.*\.(pkl|pickle)", rb"\x80[\x02-\x05]", "pickles of Python, as of CIFAR"),
    (r".*\.bin", None, "bytes without a format"),
    (r".*\.(zip|tar|tgz|tar\.gz|7z|rar)", rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", "an archive, which must be unpacked"),
)
HEAD = 8  # bytes of a file that tell its kind
PIXELS = re.compile(r"(label,)?(pixel_?0*[01]|1x1)\b", re.IGNORECASE)  # how a table of pixels begins


def said_of_containers(root: Path) -> str:
    """What is said of a folder in no known format; empty if none of its files may hold images."""
    for file in find_files(root):
        if kind := _kind(file):
            return f"; {file} may hold images ({kind}): write each to a file of its own"
    return ""


def _kind(file: Path) -> str:
    suffix, head = file.suffix.lower(), b""
    if suffix == ".csv" and PIXELS.match(read_text(file)):
        return "a table of their pixels"
    if not is_image(file) and suffix not in TELLING_SUFFIXES:  # of these, the name tells all
        with contextlib.suppress(OSError), file.open("rb") as opened:
            head = opened.read(HEAD)
    of_name = [kind for name, _, kind in KINDS if re.fullmatch(name, file.name.lower())]
    of_content = [kind for _, start, kind in KINDS if start and re.match(start, head)]
    return (of_name + of_content + [""])[0]
