"""Looking through folders of images. Needs nothing but the standard library."""

import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ..config.errors import UserError

IMAGE_SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".avif",
    ".heic", ".heif", ".hif", ".jp2",
}  # fmt: skip
# Images of kinds that this project does not read.
UNREAD_SUFFIXES = {
    ".jxl", ".psd", ".svg", ".exr", ".hdr", ".dcm", ".nii",
    ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
}  # fmt: skip
SPLIT_NAMES = {
    "train": "train", "training": "train", "train_set": "train", "training_set": "train", "train_val": "train", "trn": "train",
    "val": "val", "valid": "val", "validation": "val", "val_set": "val", "validation_set": "val",
    "validate": "val", "dev": "val",
    "test": "test", "testing": "test", "test_set": "test", "testing_set": "test", "tst": "test",
    "evaluation": "test", "eval": "test",
}  # fmt: skip
RARER_NAMES = {"validate", "dev", "evaluation", "eval"}  # which a folder may have beside one of the usual name
SHORT_NAMES = {"tr": "train", "va": "val", "te": "test"}  # which mean much else, as places
# What systems and programs leave among images: thumbnails, caches, settings.
JUNK = {"@eadir", "@tmp", "#recycle", "$recycle.bin", "system volume information", "lost+found", "thumbs.db", "desktop.ini"}
JUNK |= {"__macosx", "__pycache__"}
# Kinds of files that may tell of images, as tables, lists and settings do; but not those that are written for people.
TELLING_SUFFIXES = {
    ".csv", ".tsv", ".xls", ".xlsx", ".parquet", ".json", ".jsonl", ".geojson", ".xml", ".yaml", ".yml", ".txt", ".data", ".names",
    ".odgt", ".manifest", ".mat", ".npz", ".pkl",
}  # fmt: skip
FOR_PEOPLE = ("readme", "license", "licence", "copying", "notice", "citation", "changelog")
DEMO_ROOT = Path("data") / "demo"  # where the generated images are written
SCHEME = "s3://"  # what the address of a bucket begins with

S = TypeVar("S")


@dataclass(frozen=True)
class Source(Generic[S]):
    """What a reader found in a folder.

    Attributes:
        format: The format in words.
        classes: Class names; their order gives the indices.
        splits: Examples by split: any of `train`, `val` and `test`, or only `all` when no split was given.
        notes: Oddities that did not stop the reading, one sentence each.
        details: What is known of the classes, in one line.
        broken: Images that are in no split since what belongs to them cannot be read, and why.
        facts: What a model must know of the data beside the classes: arguments of `VisionModule`.
        columns: What a table says of images beside labels and splits, by column.
        tables: Those that were read.
    """

    format: str
    classes: list[str]
    splits: dict[str, list[S]]
    notes: list[str] = field(default_factory=list)
    details: str = ""
    broken: dict[Path, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, dict[Path, str]] = field(default_factory=dict)
    tables: list[Path] = field(default_factory=list)


class StoredFile(type(Path())):
    """A file that lies in another: for whoever reads it a path like any other."""

    read: Callable[[], bytes]

    @classmethod
    def of(cls, path: Path, read: Callable[[], bytes]) -> "StoredFile":
        """A file with the name of a path, whose content comes when it is opened."""
        file = cls(path)
        file.read = read
        return file

    def open(self, *arguments: Any, **options: Any) -> Any:
        return io.BytesIO(self.read())


class Format(Protocol):
    """What each module in `formats/` has; `data.format` takes the name of the module."""

    __name__: str
    NAME: str
    """The format in words."""
    EXPECTED: str
    """What `matches` looks for, for the message when no format is found."""

    def matches(self, root: Path) -> bool:
        """Whether the folder looks like this format; reads hardly more than names."""
        ...

    def read(self, root: Path) -> Source[Any]:
        """What the annotations say, as `labels.label` takes it."""
        ...


def words(name: str) -> list[str]:
    """The words in a name, whatever stands between them, as in `my_train`, `Training Data`, `trainLabels` and `train2017`."""
    return [word for word in re.split(r"[\W\d_]+|(?<=[a-z])(?=[A-Z])", name) if word]


def split_in(names: Iterable[str], known: Mapping[str, str] = SPLIT_NAMES) -> str | None:
    """The first split that one of the names is that of, as `train2017` is."""
    plain = (name.lower().rstrip("0123456789_-") for name in names)
    return next((known[name] for name in plain if name in known), None)


def names_among(names: Iterable[str]) -> Mapping[str, str]:
    """The names of splits, with the short ones if that of training is among these names, as in `DUTS-TR` beside `DUTS-TE`."""
    return SPLIT_NAMES | SHORT_NAMES if any(word.lower() == "tr" for name in names for word in words(name)) else SPLIT_NAMES


def absolute(folder: str) -> str:
    """The whole path of a folder, which may begin with `~`; a place in a bucket as it is."""
    return folder if folder.startswith(SCHEME) else str(Path(folder).expanduser().absolute())


def is_image(path: Path) -> bool:
    """Whether a file is of a kind that can be read, by its name."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def is_visible(name: str) -> bool:
    """Whether a file or folder of this name is the user's own, and not hidden."""
    return not name.startswith(".") and name.lower() not in JUNK


def find_files(folder: Path, unusable: dict[str, str] | None = None) -> list[Path]:
    """All files below `folder`, sorted; what is hidden, and what systems left there, is left out.

    Args:
        folder: Where to look.
        unusable: Gets what is neither a folder that can be looked into, nor a file whose name can be written, and why.

    Raises:
        UserError: If without `unusable` a name is no text, as one that another system wrote in its own encoding.
    """
    return list(_walk(str(folder), unusable))


def _walk(folder: str, unusable: dict[str, str] | None = None) -> Iterator[Path]:
    said = {} if unusable is None else unusable
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        said[_as_text(folder)] = f"it cannot be looked into ({error.strerror})"
        return
    for entry in entries:
        if not is_visible(entry.name):
            continue
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # a link that leads to itself
            is_folder = is_file = False
        if is_folder:
            if not (entry.is_symlink() and _leads_back(Path(entry.path))):
                yield from _walk(entry.path, unusable)
        elif not is_file:
            said[_as_text(entry.path)] = "it is a link that leads nowhere" if entry.is_symlink() else "it is no file"
        elif entry.path.isascii() or _as_text(entry.path) == entry.path:
            yield Path(entry.path)
        elif unusable is None:
            raise UserError(f"{entry.path!a} has a name that is no UTF-8: rename it")
        else:
            said[_as_text(entry.path)] = "its name is no UTF-8: rename it"


def _as_text(path: str) -> str:
    """A path in which what is no UTF-8 is escaped."""
    return path.encode("utf-8", "backslashreplace").decode()


def _leads_back(link: Path) -> bool:
    """Whether a link would be walked forever."""
    return link.resolve() in link.absolute().parents


def find_images(folder: Path) -> list[Path]:
    """All images below `folder`, sorted, as `find_files`."""
    return [path for path in find_files(folder) if is_image(path)]


def find_unread_images(folder: Path) -> list[Path]:
    """The images below `folder` of kinds that this project does not read, sorted."""
    return [path for path in find_files(folder) if path.suffix.lower() in UNREAD_SUFFIXES]


def holds_images(folder: Path) -> bool:
    """Whether an image lies anywhere below `folder`."""
    return any(map(is_image, _walk(str(folder))))


def has_images(folder: Path) -> bool:
    """Whether an image lies directly in `folder`."""
    return any(is_image(path) and is_visible(path.name) for path in folder.iterdir())


def visible_folders(folder: Path) -> list[Path]:
    """The folders directly in `folder`, sorted, but for hidden ones and those that systems left there."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and is_visible(path.name)]


def only_folder(folder: Path) -> Path | None:
    """The folder that `folder` is a mere wrapping of, as archives make them: the only one in it, with no image beside it."""
    folders = visible_folders(folder)
    return folders[0] if len(folders) == 1 and not has_images(folder) else None


def unwrapped(folder: Path) -> Path:
    """The innermost folder that `folder` is a mere wrapping of, and nothing is beside that may tell of images; or itself."""
    while (inner := only_folder(folder)) and not split_in(words(inner.name)) and not any(map(_may_tell, folder.iterdir())):
        folder = inner
    return folder


def _may_tell(path: Path) -> bool:
    return path.suffix.lower() in TELLING_SUFFIXES and is_visible(path.name) and not path.name.lower().startswith(FOR_PEOPLE)


def subfolders(folder: Path) -> dict[str, Path]:
    """The visible folders directly in `folder`, by lower-case name."""
    return {path.name.lower(): path for path in visible_folders(folder)}


def split_folders(folder: Path) -> dict[str, Path]:
    """The folders in `folder` that are named like a split: `train`, `val` (or `valid`…), `test`.

    Raises:
        UserError: If two folders are named like the same split.
    """
    found: dict[str, Path] = {}
    folders = visible_folders(folder)
    known = names_among(path.name for path in folders)
    for path in sorted(folders, key=lambda path: path.name.lower() in RARER_NAMES):
        if split := known.get(path.name.lower()):
            if split in found:
                if path.name.lower() in RARER_NAMES:
                    continue
                raise UserError(f"{found[split]} and {path.name} are both named like the split {split}: keep or rename one of them")
            found[split] = path
    return found


def describe(folder: Path) -> str:
    """What lies in `folder`, for messages: "3 folders (a, b, c), 200 .jpg"."""
    entries = [path for path in sorted(folder.iterdir()) if is_visible(path.name)]
    folders = [_on_one_line(path.name) for path in entries if path.is_dir()]
    parts = []
    if folders:
        names = ", ".join(folders[:5]) + (", …" if len(folders) > 5 else "")
        parts.append(f"{len(folders)} folder{'s' * (len(folders) > 1)} ({names})")
    suffixes = Counter(_on_one_line(path.suffix.lower()) or "without suffix" for path in entries if path.is_file())
    parts += [f"{count} {suffix}" for suffix, count in suffixes.most_common(5)]
    return ", ".join(parts) or "nothing"


def _on_one_line(name: str) -> str:
    return name if name.isprintable() else ascii(name)
