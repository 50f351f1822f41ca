"""What the YAML file of a YOLO data set says: names of classes, and folders of splits."""

from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .example import Annotation
from .files import SPLIT_NAMES, find_files
from .lookup import Images, read_text, split_in

Splits = dict[str, list[Annotation]]


def read_config(root: Path) -> dict[str, Any]:
    """The first YAML file in a folder that names classes; empty if there is none.

    Raises:
        UserError: If it is no YAML.
    """
    import yaml

    for file in sorted([*root.glob("*.yaml"), *root.glob("*.yml")]):
        text = read_text(file)
        if "names" not in text:
            continue
        try:
            # All values stay text, so that a class may be called "no" or "1e3".
            content = yaml.load(text, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, RecursionError) as error:
            raise UserError(f"{file} is no YAML ({' '.join(str(error).split())}): mend or remove it") from None
        if isinstance(content, dict) and "names" in content:
            return content | {"file": file}
    return {}


def class_names(root: Path, config: dict[str, Any]) -> list[str]:
    """Names of the classes by their numbers; none if no file has them.

    Raises:
        UserError: If the names are no list of texts.
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
    for file in find_files(root):
        if file.name.lower() in ("classes.txt", "_darknet.labels") or file.suffix == ".names":
            return [line.strip() for line in read_text(file).splitlines() if line.strip()]
    return []


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
    """The images that an entry names: a folder, or a file with a name a line. It may be a path of another machine."""
    parts = [part for part in f"{config.get('path', '')}/{entry}".replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for start in range(len(parts) + 1):
        if split_in(parts[:start]):
            break  # `test/images` must not become `images`
        found = images.root.joinpath(*parts[start:])
        if found.is_file():
            lines = read_text(found).splitlines()
            return [path for line in lines if line.strip() and (path := images.named(line.replace("../", ""), found))]
        if found.is_dir() and (start < len(parts) or not entry.strip("./")):
            return [path for path in images.paths if path.is_relative_to(found)]
    return []
