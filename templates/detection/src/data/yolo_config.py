"""What the YAML file of a YOLO data set, or `obj.data` of Darknet, says: names of classes, and folders of splits."""

from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .example import Annotation
from .files import SPLIT_NAMES, find_files, split_in
from .lookup import Images, files_of_kind, read_text

Splits = dict[str, list[Annotation]]


def read_config(root: Path) -> dict[str, Any]:
    """The first YAML file in a folder that names classes; empty if there is none.

    Raises:
        UserError: If it is no YAML.
    """
    return next(filter(None, map(_read_yaml, sorted([*root.glob("*.yaml"), *root.glob("*.yml")]))), {})


def find_config(root: Path) -> dict[str, Any]:
    """The file in a folder that names classes, or else the one below it.

    Raises:
        UserError: If it has a mistake, or several below the folder have different names of classes.
    """
    if config := read_config(root):
        return config
    yamls = [*files_of_kind(root, ".yaml"), *files_of_kind(root, ".yml")]
    found = [*filter(None, map(_read_yaml, yamls)), *filter(None, map(_read_darknet, files_of_kind(root, ".data")))]
    found.sort(key=lambda config: len(config["file"].parts))
    for other in found[1:]:
        if class_names(root, other) != class_names(root, found[0]):
            raise UserError(
                f"{found[0]['file']} and {other['file']} have different names of classes: give the folder of one of them, "
                f"or write a data.yaml with the names of both into {root} and renumber the labels"
            )
    return found[0] if found else {}


def _read_yaml(file: Path) -> dict[str, Any]:
    """The content of a YAML file if it names classes."""
    import yaml

    text = read_text(file)
    if "names" not in text:
        return {}
    try:
        # All values stay text, so that a class may be called "no" or "1e3".
        content = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{file} is no YAML ({' '.join(str(error).split())}): mend or remove it") from None
    return content | {"file": file} if isinstance(content, dict) and "names" in content else {}


def _read_darknet(file: Path) -> dict[str, Any]:
    """What `obj.data` says, with `key = value` in each line; `names` is a file with one a line."""
    content = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in read_text(file).splitlines())}
    listed = _named_path(content.get("names", ""), file.parent)
    if not listed or not listed.is_file():
        return {}
    return {key: value for key, value in content.items() if key in SPLIT_NAMES} | {"names": _lines(listed), "file": file}


def class_names(root: Path, config: dict[str, Any]) -> list[str]:
    """Names of the classes by their numbers; none if no file has them.

    Raises:
        UserError: If the names are no list of texts, or files contradict each other.
    """
    if config:
        names, file = config["names"], config["file"]
        if isinstance(names, dict):
            if set(names) != {str(number) for number in range(len(names))}:
                raise UserError(f"{file} numbers its names {', '.join(map(str, names))}: expected all from 0 on, each once")
            names = [names[str(number)] for number in range(len(names))]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UserError(f"{file} has names that are no list of texts: write names: [cat, dog]")
        if str(config.get("nc", len(names))) != str(len(names)):
            raise UserError(f"{file} has {len(names)} names, but nc: {config['nc']}: they must agree")
        return names
    files = [
        file for file in find_files(root) if file.name.lower() in ("classes.txt", "_darknet.labels") or file.suffix == ".names"
    ]
    longest = max(files, key=lambda file: len(_lines(file)), default=None)
    for file in files:
        # Tools add names while one draws, so that a file may lack the last ones of another.
        if longest and (names := _lines(file)) != _lines(longest)[: len(names)]:
            raise UserError(f"{file} and {longest} have different names of classes: keep one, and renumber the labels")
    return _lines(longest) if longest else []


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in read_text(file).splitlines() if line.strip()]


def given_splits(config: dict[str, Any], annotations: list[Annotation], images: Images) -> tuple[Splits, list[str]]:
    """Annotations by the splits of the YAML file, none if it gives no training images; and what is to be said of it."""
    entries = {SPLIT_NAMES[key.lower()]: value for key, value in config.items() if key.lower() in SPLIT_NAMES and value}
    split_of: dict[Path, str] = {}
    notes, doubled = [], []
    for split in ("train", "val", "test"):
        if split not in entries:
            continue
        value = entries[split]
        listed = value if isinstance(value, list) else [value]
        members = [path for entry in listed for path in _inside(str(entry), config, images)]
        if not members:
            notes.append(f"{config['file']} names {value} as {split}, where no image is")
        for path in members:
            doubled += [path] if split_of.setdefault(path, split) != split else []
    if "train" not in split_of.values():
        return {}, notes
    splits: Splits = {}
    rest = []
    for annotation in annotations:
        if annotation.image in split_of:
            splits.setdefault(split_of[annotation.image], []).append(annotation)
        else:
            rest.append(annotation.image)
    if doubled:
        notes.append(f"images named for several splits: {len(doubled)}, as {doubled[0]}; they are in the first of train, val, test")
    if rest:
        notes.append(f"images in no split of {config['file']}: {len(rest)}, as {rest[0]}; they are left out")
    return splits, notes


def _inside(entry: str, config: dict[str, Any], images: Images) -> list[Path]:
    """The images that an entry names: a folder, or a file with a name a line."""
    base = config["file"].parent
    found = _named_path(f"{config.get('path', '')}/{entry}", base)
    if found and found.is_file():
        return [path for line in _lines(found) if (path := images.named(line.replace("../", ""), found))]
    if found and (found != base or not entry.strip("./")):
        return [path for path in images.paths if path.is_relative_to(found)]
    return []


def _named_path(name: str, base: Path) -> Path | None:
    """The file or folder in `base` that a path means, which may be one of another machine."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for start in range(len(parts) + 1):
        if split_in(parts[:start]):
            return None  # `test/images` must not become `images`
        if (found := base.joinpath(*parts[start:])).exists():
            return found
    return None
