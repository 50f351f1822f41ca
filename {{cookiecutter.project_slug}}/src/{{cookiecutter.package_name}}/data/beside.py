"""What lies beside images and says more of them than their annotations: lists and tables of splits, and tables of patients."""

import os
from dataclasses import replace
from pathlib import Path

from .files import Source, find_files, is_visible, split_in, words
from .image_tables import ImageTable, may_be_table, read_table, splits_in
from .lookup import A
from .places import Places, common_folder, folders_of
from .split_lists import may_list, read_lists
from .tables import columns_of_images


def with_what_lies_beside(source: Source[A], root: Path) -> Source[A]:
    """Adds what tables say of images, and divides these as tables or lists say, if neither annotations nor folders do.

    Args:
        source: What a format read.
        root: Folder of the data, of which the format may have read a part.
    """
    folders = folders_of(each.image for members in source.splits.values() for each in members)
    files = [file for file in _files(folders, root) if file not in source.tables and (may_be_table(file) or may_list(file))]
    if not files:
        return source
    images = list(dict.fromkeys(each.image for members in source.splits.values() for each in members))
    places = Places(images, root)
    files = [file for file in files if not places.has_name(file.stem)]
    tables = {file: table for file in files if may_be_table(file) and (table := read_table(file, len(images), places))}
    cells = (cell for table in tables.values() for cell in table.cells())
    source = replace(source, columns=columns_of_images(cells) | source.columns)
    return _divided(source, images, [file for file in files if file not in tables and may_list(file)], tables, places)


def _divided(source: Source[A], images: list[Path], lists: list[Path], tables: dict[Path, ImageTable], places: Places) -> Source[A]:
    (split, members), *more = source.splits.items()
    if more or split not in ("all", "train"):
        return source
    telling = {file: table for file, table in tables.items() if any(table.splits)}
    splits, notes, read = splits_in(telling.values()), [], [*telling]
    if telling and not splits:
        notes.append(f"tables that put images into different splits: {len(telling)}, as {read[0]}; keep one, none is read")
    elif splits:
        notes += _rest(images, splits)
    else:
        others = {
            file: dict(zip(table.named, table.images, strict=True))
            for file, table in tables.items()
            if not table.splits and split_in(words(file.stem))
        }
        splits, notes, read = read_lists(lists, others, images, places)
    if split == "train" and (len(splits) < 2 or (not telling and len(read) < 2)):  # a mere list of a test may be of other images
        return source
    if not splits:
        return replace(source, notes=source.notes + notes)
    of_image = {each.image: each for each in members}
    divided = {name: [of_image[image] for image in its] for name, its in splits.items()}
    names = " and ".join(file.name for file in read[:3]) + ("…" if len(read) > 3 else "")
    return replace(source, splits=divided, notes=source.notes + notes, format=f"{source.format}, divided by {names}")


def _rest(images: list[Path], splits: dict[str, list[Path]]) -> list[str]:
    """What is said of images without a split; they train if no others do."""
    known = {image for its in splits.values() for image in its}
    rest = [image for image in images if image not in known]
    if rest and "train" not in splits:
        splits["train"] = rest
        return []
    return [f"images without a split: {len(rest)}, as {rest[0]}; they are left out"] if rest else []


def _files(folders: set[Path], root: Path) -> list[Path]:
    """The files in those folders that all images lie in, and in the ones beside these that have no images."""
    holding = folders | {above for folder in folders for above in folder.parents}
    inner, found = common_folder(folders, root), []
    for folder in (*(above for above in reversed(inner.parents) if above.is_relative_to(root)), inner):
        with os.scandir(folder) as entries:
            seen = sorted((Path(entry.path), _is_folder(entry)) for entry in entries if is_visible(entry.name))
        for path, is_folder in seen:
            if not is_folder:
                found.append(path)
            elif path not in holding:
                found += find_files(path)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder; a link that leads in circles is none, which `is_dir` of it raises."""
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()
