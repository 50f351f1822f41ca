"""Which image an annotation is of: by where its file lies, or by the name in it, as tools on other machines have written it."""

import codecs
import os
import re
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote

from ..config.errors import UserError
from .files import find_files, find_images, is_image, names_among, split_in, words

# Folders that only tell images and annotations apart, which lie at the same place otherwise.
CONTAINERS = {
    "image", "images", "img", "imgs", "jpegimages", "annotation", "annotations", "label", "labels", "xml", "xmls", "json", "jsons",
}  # fmt: skip

LABEL_STUDIO = re.compile(r"^(\.\./)+(?=label-studio/)")  # how its exports begin the names of files on its server
NUMBER = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
LOCAL = re.compile(r"^.*\?d=")  # how they begin those of files on the disk of the server
UPLOADED = re.compile(r"(^|/)[0-9a-f]{8}-(?=[^/]+$)")  # what it puts before the names of files that were uploaded


class Annotated(Protocol):
    """What a format says of an image."""

    @property
    def image(self) -> Path: ...


A = TypeVar("A", bound=Annotated)


def files_of_kind(root: Path, suffix: str) -> list[Path]:
    """All files below a folder whose names end so, sorted."""
    return [path for path in find_files(root) if path.suffix.lower() == suffix]


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, in UTF-16 as its mark says, or else in Latin-1."""
    content = file.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


@contextmanager
def mistakes_of(file: Path, kind: str) -> Iterator[None]:
    """Makes a sentence about a file of what its content leads to, which may have anything anywhere.

    Raises:
        UserError: Instead of what Python raises at a value of an unexpected type, or one that is missing.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        what = textwrap.shorten(f"there is no {error}" if isinstance(error, KeyError) else str(error), 200)
        raise UserError(f"{file} is no {kind} ({what}): mend or remove it") from None


def composed(name: str) -> str:
    """A name in the composed form of Unicode, however a system wrote it."""
    return unicodedata.normalize("NFC", name)


def place(path: str | Path) -> tuple[str, ...]:
    """Where a file lies, whatever its suffix and the folder of its kind: `("train", "1")` for `images/train/1.jpg`."""
    path = Path(composed(str(path)))
    return (*(part for part in path.parts[:-1] if part.lower() not in CONTAINERS), path.stem if is_image(path) else path.name)


def split_of_file(file: Path, root: Path) -> str:
    """The split in the name of a file of annotations, as in `instances_val2017.json`, or else in its folder."""
    return split_in([*words(file.stem), *reversed(file.relative_to(root).parts[:-1])]) or "all"


class Images:
    """The images below a folder.

    Args:
        root: The folder. None outside of it is ever found.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = find_images(root)
        self.at: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        self.called: dict[str, list[Path]] = defaultdict(list)  # by name and by stem, in lower case
        for path in self.paths:
            where = place(path.relative_to(root))
            self.at[where].append(path)
            for name in {where[-1].lower(), composed(path.name).lower()}:
                self.called[name].append(path)

    def partner(self, file: Path) -> Path | None:
        """The image of a file of annotations: at the same place, or else the only one of its name in the split.

        Raises:
            UserError: If there are several.
        """
        inner = file.relative_to(self.root)
        where = place(inner.with_suffix(".jpg"))
        split = split_in(inner.parts[:-1])
        found = self.at.get(where) or [
            path for path in self.called.get(where[-1].lower(), []) if split_in(self._folders(path)) == split
        ]
        if len(found) > 1:
            raise UserError(f"{file} may be of {found[0]} or of {found[1]}: remove or rename one of them")
        return found[0] if found else None

    def named(self, name: str, file: Path, split: str | None = None) -> Path | None:
        """The image that a file of annotations calls `name`.

        Args:
            name: Of the image; from any system, from any folder.
            file: Where it is called so.
            split: Where to look first.

        Raises:
            UserError: If the name leads outside of the folder, or may be that of several images.
        """
        plain = LABEL_STUDIO.sub("/", composed(name.replace("\\", "/")).strip())
        if plain.rpartition("/")[2].lower() not in self.called:
            plain = _without_escapes(plain)
        if plain.rpartition("/")[2].lower() not in self.called:
            plain = self._called_by_number(UPLOADED.sub(r"\1", plain))
        inside = os.path.normpath(file.parent.absolute() / plain)
        parts = plain.split("/")
        if ".." in parts and not Path(inside).is_relative_to(os.path.normpath(self.root.absolute())):
            raise UserError(f"{file} lists the image {name!r}, which leads outside of {self.root}: move the image there")
        wanted = place("/".join(part for part in parts if part not in ("", ".", "..")) or ".")
        # A path of another machine may begin in any way; one that is relative must not lead elsewhere.
        elsewhere = plain.startswith("/") or ":" in parts[0]
        scored = []
        for path in self.called.get(parts[-1].lower(), []):
            where = place(path.relative_to(self.root))
            same = _same_ending(where, wanted)
            if elsewhere or same == min(len(where), len(wanted)):
                in_split = split_in(word for folder in self._folders(path) for word in words(folder)) == split
                near = len(os.path.commonpath([path, file]))  # of several data sets, that of the file is meant
                scored.append(((same, in_split, path.parent == file.parent, -len(where), near), path))
        scored.sort(reverse=True)
        if len(scored) > 1 and scored[0][0] == scored[1][0]:
            raise UserError(
                f"{file} lists the image {name!r}, which may be {scored[0][1]} or {scored[1][1]}: write its folder, too"
            )
        return scored[0][1] if scored else None

    def by_split(self, annotations: list[A]) -> tuple[dict[str, list[A]], list[str]]:
        """Annotations by the split in the folders of their images, and what is to be said of it."""
        splits: dict[str, list[A]] = {"all": [], "train": [], "val": [], "test": []}
        called = self._called_splits([annotation.image for annotation in annotations])
        folders = [self._folders(annotation.image) for annotation in annotations]
        known = names_among({name for names in folders for name in names})
        for annotation, names in zip(annotations, folders, strict=True):
            splits[split_in(names, known) or called.get(names[:1]) or "all"].append(annotation)
        notes, rest = [], splits["all"]
        if rest and len(rest) < len(annotations):
            splits["all"] = []
            if splits["train"]:
                notes.append(f"images beside the folders of splits: {len(rest)}, as {rest[0].image}; they are left out")
            splits["train"] = splits["train"] or rest
        return {split: members for split, members in splits.items() if members}, notes

    def _called_splits(self, paths: list[Path]) -> dict[tuple[str, ...], str]:
        """The splits of the folders below the root, if each has that of its own among the words of its name, as `WIDER_train`."""
        tops = {self._folders(path)[:1] for path in paths}
        found = {top: split for top in tops if (split := split_in(word for name in top for word in words(name)))}
        return found if len(tops) == len({*found.values()}) and "train" in found.values() else {}

    def left_out(self, used: Iterable[Path]) -> list[str]:
        """What is said of images of which nothing is known, beside others."""
        used = set(used)
        folders = {path.parent for path in used}
        rest = [path for path in self.paths if path not in used and path.parent in folders]
        return [f"images without annotation: {len(rest)}, as {rest[0]}; they are left out"] if rest else []

    def said_of_absent(self, absent: list[str], used: Collection[Path]) -> list[str]:
        """What is said of images that annotations name, but that are not there.

        Args:
            absent: What they are called, and where.
            used: The images that are there.

        Raises:
            UserError: If most are not.
        """
        if absent and len(absent) >= len(used):
            raise UserError(f"{len(absent)} images are not in {self.root}, as {absent[0]}: add them, or remove their annotations")
        return [f"images that are named, but are not there: {len(absent)}, as {absent[0]}; they are left out"] if absent else []

    def _called_by_number(self, name: str) -> str:
        """The name of which a spreadsheet has made this number, as `5` or `5.0` of `00005`; or the same."""
        number = NUMBER.fullmatch(name)
        found = self._numbers.get(int(number[1]), set()) if number else ()
        return next(iter(found)) if len(found) == 1 else name

    @cached_property
    def _numbers(self) -> dict[int, set[str]]:
        """The names of images that are numbers, without suffix."""
        found: dict[int, set[str]] = defaultdict(set)
        for name in self.called:
            if number := NUMBER.fullmatch(name):
                found[int(number[1])].add(name)
        return found

    def _folders(self, path: Path) -> tuple[str, ...]:
        return path.relative_to(self.root).parts[:-1]


def _without_escapes(address: str) -> str:
    """The path in an address, as `/my image.jpg` in `https://host/my%20image.jpg?size=1`."""
    return composed(unquote(LOCAL.sub("/", address).partition("?")[0]))


def _same_ending(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts are equal, from the end."""
    count = 0
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first.lower() != second.lower():
            break
        count += 1
    return count
