"""Pascal VOC: lists say which images train, validate and test.

    root/
      JPEGImages/1.jpg
      SegmentationClass/1.png              palette images of indices, 255 being ignored, or colors
      ImageSets/Segmentation/train.txt     one name without suffix in each line; val.txt, test.txt; or ImageSets/train.txt
      labelmap.txt                         optional: names and colors, as CVAT writes them; or classes.txt

The masks and their lists may be those of a variant (`SegmentationClassContext`, `ImageSets/SegmentationContext`).

A list may also have whole paths, as `/JPEGImages/1.jpg /SegmentationClassAug/1.png`; the second one tells the folder of the masks.

Where there is neither train.txt nor val.txt, the images of the other lists, such as trainval.txt, are divided.
"""

from pathlib import Path

from ...config.errors import UserError
from ..class_files import read_class_file, read_text
from ..example import Example
from ..files import SPLIT_NAMES, Source, find_images, is_image, split_in, subfolders, words
from ..pairs import by_name, is_look

NAME: str = "Pascal VOC masks"
MASKS, LISTS = "segmentationclass", "segmentation"
EXPECTED: str = "Pascal VOC (JPEGImages/, SegmentationClass/ and ImageSets/Segmentation/*.txt)"


def matches(root: Path) -> bool:
    return "jpegimages" in subfolders(root) and _nearest(subfolders(root), MASKS) is not None and bool(_lists(root))


def read(root: Path) -> Source[Example]:
    """Reads which images the lists name; looks into no mask.

    Raises:
        UserError: If a list names an image or a mask that is not there, or an image is in two lists.
    """
    lists, inside = _lists(root), subfolders(root)["jpegimages"]
    images, masks = (by_name(find_images(folder), folder) for folder in (inside, _masks(root, lists)))
    named = read_class_file([root])
    notes, list_of, splits = list(named.notes), {}, {}
    for split, file in lists.items():
        text, more = read_text(file)
        notes += more
        names = [_bare(line.split()[0], inside) for line in text.splitlines() if line.strip()]
        for kind, of_name in (("image", images), ("mask", masks)):
            if missing := [name for name in names if name not in of_name]:
                raise UserError(
                    f"{file} names {missing[0]}, which has no {kind} ({len(missing)} such names): add it or remove the line"
                )
        if twice := [name for name in names if name in list_of]:
            raise UserError(f"{file} names {twice[0]}, which is in {list_of[twice[0]].name}, too: remove one of the lines")
        list_of |= dict.fromkeys(names, file)
        splits[split] = [Example(images[name], masks[name], named.code) for name in dict.fromkeys(names)]
    if unused := masks.keys() - list_of.keys():
        notes.append(f"{len(unused)} masks that are in no list are left out, {masks[min(unused)]} among them")
    return Source(f"{NAME} in {', '.join(splits)}", named.names, {split: found for split, found in splits.items() if found}, notes)


def _lists(root: Path) -> dict[str, Path]:
    """The list of each split; or one of all images."""
    folder = _nearest(subfolders(root / "ImageSets"), LISTS) or root / "ImageSets"
    files = sorted(folder.glob("*.txt"))
    lists = {split: file for file in files if (split := split_in(words(file.stem)[:1]))}  # as `train_aug.txt`
    lists |= {SPLIT_NAMES[file.stem.lower()]: file for file in files if file.stem.lower() in SPLIT_NAMES}
    if "train" in lists:
        return lists
    return {"all": files[-1]} if files else {}


def _masks(root: Path, lists: dict[str, Path]) -> Path:
    """The folder of masks that a list names beside its images, or else the usual one."""
    folders = subfolders(root)
    first = next((line.split() for file in lists.values() for line in read_text(file)[0].splitlines() if line.strip()), [])
    named = [folders[part.lower()] for entry in first[1:2] for part in Path(entry).parts if part.lower() in folders]
    return named[0] if named else _nearest(folders, MASKS) or root


def _bare(entry: str, folder: Path) -> str:
    """The name in a folder, without suffix, of a file that a list may write with its whole path."""
    path = Path(entry)
    path = path.with_suffix("") if is_image(path) else path
    above = [part.lower() for part in path.parts[:-1]]
    return Path(*path.parts[above.index(folder.name.lower()) + 1 :] if folder.name.lower() in above else path.parts).as_posix()


def _nearest(folders: dict[str, Path], usual: str) -> Path | None:
    """The folder of the usual name, or else the only one whose name begins with it and is not that of mere pictures."""
    begun = [folder for name, folder in folders.items() if name.startswith(usual) and not is_look(folder.name)]
    return folders.get(usual) or (begun[0] if len(begun) == 1 else None)
