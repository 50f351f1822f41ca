"""Which image a line of a list or a cell of a table is about."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from .files import split_in
from .lookup import place


class Places:
    """Images by where they lie, however lists and tables begin their paths.

    Args:
        images: All of them.
        root: What they lie in.
    """

    def __init__(self, images: Collection[Path], root: Path) -> None:
        self.root = root
        folders = folders_of(images)
        inside = {str(folder): place(folder.relative_to(root) / "_")[:-1] for folder in folders}
        common = len(place(common_folder(folders, root).relative_to(root) / "_")) - 1
        self.whole: dict[tuple[str, ...], Path] = {}  # below the folder that all lie in
        self.endings: dict[tuple[str, ...], Path | None] = {}  # None where several images have the same
        for image in images:
            folder, _, name = str(image).rpartition(os.sep)
            where = (*inside[folder], *place(name))
            self.whole[where[common:]] = image
            for start in range(len(where)):
                self.endings[where[start:]] = None if where[start:] in self.endings else image

    def find(self, name: str) -> Path | None:
        """The image that `name` means: what begins its path may be left out, or be that of another machine."""
        plain = name.replace("\\", "/")
        wanted = place("/".join(part for part in plain.split("/") if part not in ("", ".", "..")) or ".")
        if image := self.endings.get(wanted):
            return image
        elsewhere = plain.startswith("/") or ":" in plain.partition("/")[0]
        for start in range(len(wanted)):
            rest = wanted[start:]
            if image := self.whole.get(rest) or (self.endings.get(rest) if elsewhere else None):
                # An image of the test must not become one of the training that has the same name.
                return image if split_in(wanted[:start]) in (None, split_in(image.relative_to(self.root).parts[:-1])) else None
        return None

    def has_name(self, stem: str) -> bool:
        """Whether an image is called so, as that of a file with its annotations."""
        return place(stem)[-1:] in self.endings


def folders_of(images: Iterable[Path]) -> set[Path]:
    """The folders that images lie in."""
    return set(map(Path, {str(image).rpartition(os.sep)[0] for image in images}))  # much faster than `parent`


def common_folder(folders: Collection[Path], root: Path) -> Path:
    """The innermost folder in `root` that is or holds all of these."""
    common = Path(os.path.commonpath(folders)) if folders else root
    return common if common.is_relative_to(root) else root
