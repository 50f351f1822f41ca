"""JSON that has the objects of an image beside its name: one file for all images, for those of a split, or for each.

    root/
      annotations.json   (or <split>/_annotations.createml.json, ann/1.jpg.json, annotation_train.odgt, …)
      images/1.jpg       (or in any other folder)

So write CreateML, Datumaro, Label Studio (JSON and JSON-MIN), Supervisely, V7 Darwin and VoTT, and so are BDD100K, CrowdHuman and
TT100K. What has no box, as a line, is left out.
"""

import json
import re
from pathlib import Path
from typing import Any

from ...config.errors import UserError
from ..example import Annotation
from ..files import Source, find_files
from ..label_studio import answers, is_task
from ..lookup import Images, mistakes_of, split_of_file
from ..object_keys import class_names, entries_in, is_skipped, name_of, objects_of, size_of

NAME: str = "JSON of images"
EXPECTED: str = "JSON of images with their objects (CreateML, Label Studio, Supervisely, …)"
SUFFIXES = {".json", ".jsonl", ".odgt"}
HEAD = 1 << 16  # bytes of a file
SIGN = re.compile(
    rb'"(coordinates|box2d|(rectangle|polygon|ellipse)labels|boundingBox|bounding_box|classTitle|slots|dm_format_version|label_id|'
    rb'gtboxes|imgs|objects)"\s*:'
)


def matches(root: Path) -> bool:
    return any(map(_is_of_images, _files(root)))


def read(root: Path) -> Source[Annotation]:
    """Reads all files that have objects of images.

    Raises:
        UserError: If a file has a mistake, or contradicts another, or most images are missing.
    """
    images = Images(root)
    found: dict[Path, Annotation] = {}
    splits: dict[str, list[Annotation]] = {}
    others, absent, without, skipped, shared = [], [], [], [], []
    for file in _files(root):
        if not _is_of_images(file):
            others.append(file)
            continue
        split = split_of_file(file, root)
        with mistakes_of(file, "JSON of images with their objects"):
            content = _load(file)
            names = class_names(content)
            for entry in entries_in(content):
                called = name_of(entry) or file.stem
                if is_skipped(entry):
                    skipped.append(f"{called!r} in {file}")
                    continue
                path = images.named(called, file, split)
                objects, boxless = objects_of(entry, names)
                if path is None:
                    absent.append(f"{called!r} in {file}")
                    continue
                if path in found:
                    raise UserError(f"{path} has several annotations, one of them in {file}: keep one")
                found[path] = Annotation(path, tuple(objects), size_of(entry))
                splits.setdefault(split, []).append(found[path])
                without += [file] * boxless
                shared += [path] * (is_task(entry) and len(answers(entry)) > 1)
    said = images.said_of_absent(absent, found)
    notes = []
    if "train" not in splits:
        splits, notes = images.by_split(list(found.values()))
    if others:
        notes.append(f"JSON files of another kind: {len(others)}, as {others[0]}; they are left out")
    notes += said
    if without:
        notes.append(f"objects without a box: {len(without)}, as in {without[0]}; they are left out")
    if skipped:
        notes.append(f"tasks that were skipped: {len(skipped)}, as {skipped[0]}; they are left out")
    if shared:
        notes.append(f"images that several people annotated: {len(shared)}, as {shared[0]}; ground truth counts, or the first one")
    classes = sorted({thing.name for annotation in found.values() for thing in annotation.objects})
    return Source(NAME, classes, splits, notes + images.left_out(found))


def _files(root: Path) -> list[Path]:
    return [path for path in find_files(root) if path.suffix.lower() in SUFFIXES]


def _is_of_images(file: Path) -> bool:
    """Whether a file begins with keys of objects, which COCO's and LabelMe's have not."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    return SIGN.search(head) is not None and not re.search(rb'"(shapes|FeatureCollection)"', head)


def _load(file: Path) -> Any:
    """The content of a file, which may have a line for each image."""
    content = file.read_bytes()
    if file.suffix.lower() == ".json":
        return json.loads(content)
    return [json.loads(line) for line in content.splitlines() if line.strip()]
