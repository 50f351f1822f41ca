"""Labels in JSON, brought to rows of a table: an object for each image, or COCO whose annotations have no boxes."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from .label_studio import answers, is_task
from .lookup import mistakes_of

SUFFIXES = {".json", ".jsonl"}
HEADER = ["image", "labels"]
OUTLINED = {"bbox", "segmentation"}  # what annotations of whole images have not


def json_rows(file: Path) -> list[list[str]]:
    """The rows in a file, with a first one of names; none if it is of another kind."""
    with mistakes_of(file, "JSON of labels"):
        try:
            content = _load(file)
        except ValueError:  # whatever it is, it has no labels
            return []
        if isinstance(content, dict):
            return _of_coco(content)
        listed = [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else []
        entries = [flat for entry in listed if (flat := _flat(entry))]
        names = list(dict.fromkeys(name for entry in entries for name in entry))
        return [names, *([_text(entry.get(name)) for name in names] for entry in entries)] if entries else []


def _load(file: Path) -> Any:
    content = file.read_bytes()
    if file.suffix.lower() == ".json":
        return json.loads(content)
    return [json.loads(line) for line in content.splitlines() if line.strip()]


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    """What is said of an image; in a task of Label Studio, by whom it was done first. Nothing if nobody has done it."""
    if not is_task(entry):
        return entry
    given = answers(entry)
    if not given:
        return {}
    return {**entry["data"], "choices": [choice for each in given[0] for choice in each.get("value", {}).get("choices", [])]}


def _text(value: Any) -> str:
    """A value as it stands in a cell."""
    if isinstance(value, dict) and "choices" in value:
        value = value["choices"]
    if isinstance(value, list):
        return "|".join(map(str, value)) if not any(isinstance(each, dict | list) for each in value) else ""
    return "" if value is None or isinstance(value, dict) else str(value)


def _of_coco(content: dict[str, Any]) -> list[list[str]]:
    annotations = content.get("annotations")
    if not annotations or not content.keys() >= {"images", "categories"} or any(OUTLINED & each.keys() for each in annotations):
        return []
    called = {each["id"]: str(each["name"]) for each in content["categories"]}
    labels: dict[Any, list[str]] = defaultdict(list)
    for each in annotations:
        labels[each["image_id"]].append(called[each["category_id"]])
    return [HEADER, *([each["file_name"], "|".join(labels[each["id"]])] for each in content["images"] if each["id"] in labels)]
