"""What is found in data: by readers, and by counting classes. What images show is in `image_findings`."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

FEW = 10  # images
UNEVEN = 20  # times as many of one class as of another
KEPT = 100  # files of a finding that are named

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """Something to know about data or machine.

    Attributes:
        kind: What it is, in a word or two.
        severity: `error` where training would stop or learn nothing, `warning` where it would learn or measure something wrong.
        count: How many images, objects, classes or files it is about.
        files: Examples; copies stand side by side.
        remedy: What to do, in a sentence.
    """

    kind: str
    severity: Severity
    count: int
    files: tuple[Path, ...]
    remedy: str


@dataclass(frozen=True)
class Labels:
    """What is in labels.

    Attributes:
        objects: How many objects of each class an image has.
        sides: The side of a square as large as an object, for each, in pixels of the input.
        findings: What is wrong with them.
    """

    objects: dict[Path, Counter[int]] = field(default_factory=dict)
    sides: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def finding(kind: str, severity: Severity, files: Sequence[Path], remedy: str, count: int | None = None) -> list[Finding]:
    """A finding about files, or none where there is nothing to find.

    Args:
        kind: As in `Finding`.
        severity: As in `Finding`.
        files: All of them, each once for each time that it is found there.
        remedy: As in `Finding`.
        count: If it is not that of the files.
    """
    count = len(files) if count is None else count
    return [Finding(kind, severity, count, tuple(dict.fromkeys(files))[:KEPT], remedy)] if count else []


def finding_said(sentence: str, severity: Severity, files: Iterable[Path], kinds: Mapping[str, str]) -> Finding:
    """What a reader says of data, as a finding.

    Args:
        sentence: A note, or the message of an error.
        severity: Of the finding.
        files: Those that it may name.
        kinds: Kinds of findings by a part of the sentence.
    """
    named = [path for path in files if str(path) in sentence and re.search(re.escape(str(path)) + r"(?!\w)", sentence)]
    rest = sentence
    for path in sorted(named, key=lambda path: -len(str(path))):
        rest = rest.replace(str(path), "")
    number = re.search(r"(?<![\w.-])\d+(?![\w.-])", rest)
    count = int(number[0]) if number and severity != "error" else max(1, len(named))
    kind = next((kind for part, kind in kinds.items() if part in sentence), "refused" if severity == "error" else "note")
    return Finding(kind, severity, max(1, count), tuple(named), sentence)


def class_findings(
    splits: Mapping[str, list[Path]], classes: list[str], objects: Mapping[Path, Counter[int]], given: bool = False
) -> list[Finding]:
    """Looks for classes and splits with too little in them.

    Args:
        splits: Images by split.
        classes: Class names, by index.
        objects: How many objects of each class an image has.
        given: Whether the data say which images are in which split.
    """
    total = sum(objects.values(), Counter[int]())
    images = {split: Counter(index for path in paths for index in objects.get(path, ())) for split, paths in splits.items()}

    def named(indices: Sequence[int]) -> str:
        return ", ".join(classes[index] for index in indices[:FEW]) + ("…" if len(indices) > FEW else "")

    present = [index for index in range(len(classes)) if total[index]]
    empty = [index for index in range(len(classes)) if not total[index]]
    found = finding("empty class", "warning", [], f"Nothing is of {named(empty)}: add images, or remove the class.", len(empty))
    small = [f"{split} has {len(paths)}" for split, paths in splits.items() if 0 < len(paths) < FEW]
    remedy = f"Of the images, {', '.join(small)}: such a split measures or teaches little; add images."
    found += finding("few images in a split", "warning", [], remedy, len(small))
    lacking = {split: [index for index in present if not images[split][index]] for split in splits}
    said = [f"{split} lacks {named(indices)}" for split, indices in lacking.items() if indices]
    remedy = f"The split {', '.join(said)}: add images, or {'move some there' if given else 'divide them anew with another seed'}."
    found += finding("class missing in a split", "warning", [], remedy, len(said))
    rare = [index for index in present if 0 < images.get("train", total)[index] < FEW]
    remedy = f"Fewer than {FEW} training images have {named(rare)}: add some, or merge classes."
    found += finding("few images of a class", "warning", [], remedy, len(rare))
    if present:
        most, least = max(present, key=lambda index: total[index]), min(present, key=lambda index: total[index])
        if total[most] > UNEVEN * total[least]:
            remedy = (
                f"There are {total[most]} of {classes[most]}, but {total[least]} of {classes[least]}: "
                "add images of rare classes, and trust numbers by class rather than totals."
            )
            found += finding("class imbalance", "warning", [], remedy, len(present))
    return found
