from pathlib import Path

import numpy as np
import torch

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data.checks import look_at
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.label_findings import claims, look_at_labels
from {{ cookiecutter.package_name }}.data.shapes import background


def test_copies_of_two_classes_and_images_of_none_are_found(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.png", "b.png", "c.png", "unlabeled.png")]
    for path, seed in zip(paths, (1, 1, 2, 3), strict=True):
        background(np.random.default_rng(seed), 60, 60).save(path)
    (tmp_path / "raw.cr2").touch()
    (broken := tmp_path / "broken.jpg").touch()
    examples = [Example(path, (number % 2,)) for number, path in enumerate([*paths[:3], broken])]
    looks, _ = look_at(paths[:3], MAX_PIXELS)
    labels = look_at_labels(examples, looks, (64, 64), tmp_path, None)
    assert {each.kind: each.files for each in labels.findings} == {
        "conflicting labels": (paths[0], paths[1]),
        "image without label": (paths[3],),
        "unread format": (tmp_path / "raw.cr2",),
    }
    assert labels.objects == {paths[0]: {0: 1}, paths[1]: {1: 1}, paths[2]: {0: 1}}


def said(labels: torch.Tensor, predictions: list[dict[str, torch.Tensor]]) -> list[tuple[float, bool]]:
    return [(round(sure, 3), agrees) for ((sure, agrees),) in claims({"label": labels}, predictions)]


def test_a_label_is_agreed_with_or_contested_as_much_as_the_model_is_sure() -> None:
    probabilities = torch.tensor([[0.1, 0.9, 0.0], [0.1, 0.9, 0.0], [0.3, 0.3, 0.4]])
    predictions = [{"probabilities": each, "labels": each == each.max()} for each in probabilities]
    labels = torch.tensor([[1.0, 0, 0], [0, 1, 0], [1, 0, 0]])
    assert said(labels, predictions) == [(0.8, False), (0.8, True), (-0.2, False)]


def test_one_of_several_labels_can_be_doubted() -> None:
    prediction = {"probabilities": torch.tensor([0.9, 0.05, 0.2]), "labels": torch.tensor([True, False, False])}
    assert said(torch.tensor([[1.0, 1, 0]]), [prediction]) == [(0.9, False)]
