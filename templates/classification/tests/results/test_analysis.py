from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from torch.nn.functional import one_hot
from torchmetrics.functional.classification import multiclass_calibration_error

from {{ cookiecutter.package_name }}.model.decode import decode
from {{ cookiecutter.package_name }}.results.analysis import Analysis
from {{ cookiecutter.package_name }}.results.bootstrap import interval

CLASSES = ["ant", "bee", "cat", "unseen"]


def write_images(folder: Path, number: int) -> list[str]:
    paths = [folder / f"{each}.png" for each in range(number)]
    for path in paths:
        Image.new("RGB", (9, 9)).save(path)
    return [str(path) for path in paths]


def predictions(logits: torch.Tensor, multi_label: bool = False) -> list[dict[str, torch.Tensor]]:
    return decode(logits, [(9, 9)] * len(logits), (32, 32), multi_label)


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, torch.Tensor, torch.Tensor]:
    """Of 90 images in two batches: what is collected, the logits and the classes."""
    folder, random = tmp_path_factory.mktemp("images"), torch.Generator().manual_seed(0)
    labels = torch.randint(3, (90,), generator=random)
    logits = torch.randn(90, 4, generator=random) + 2 * one_hot(labels, 4)
    analysis = Analysis(CLASSES, (32, 32))
    paths = write_images(folder, 90)
    for part in (slice(40), slice(40, None)):
        batch = {"path": paths[part], "label": one_hot(labels[part], 4).float()}
        analysis.update(batch, predictions(logits[part]))
    analysis.prepare()
    return analysis, logits, labels


def test_numbers_are_those_of_scikit_learn_and_torchmetrics(tested: tuple[Analysis, torch.Tensor, torch.Tensor]) -> None:
    analysis, logits, labels = tested
    predicted = logits.argmax(dim=1)
    assert analysis.estimate(np.ones(90)) == pytest.approx(accuracy_score(labels, predicted))
    assert analysis.confusion().tolist() == confusion_matrix(labels, predicted, labels=range(4)).tolist()
    expected = precision_recall_fscore_support(labels, predicted, labels=range(4), zero_division=0)  # pyright: ignore[reportArgumentType]
    scores = np.array(expected).T
    table = analysis.sections()[0].tables[1]
    assert [row[0] for row in table.rows] == CLASSES
    assert np.array([row[1:] for row in table.rows], dtype=float) == pytest.approx(scores, abs=6e-4)
    expected = multiclass_calibration_error(logits.softmax(dim=1), labels, 4, n_bins=10)
    assert analysis.calibration_error() == pytest.approx(expected.item(), abs=1e-6)


def test_the_interval_is_that_of_a_part_of_so_many_images(tested: tuple[Analysis, torch.Tensor, torch.Tensor]) -> None:
    analysis, *_ = tested
    accuracy = analysis.estimate(np.ones(90))
    low, high = interval(analysis.estimate, 90) or (0, 0)
    spread = 1.96 * (accuracy * (1 - accuracy) / 90) ** 0.5  # of a binomial
    assert (low, high) == pytest.approx((accuracy - spread, accuracy + spread), abs=0.03)
    assert interval(analysis.estimate, 90) == (low, high)


def test_of_many_classes_the_pairs_confused_most_are_named(tmp_path: Path) -> None:
    classes = [f"class {number}" for number in range(30)]
    analysis = Analysis(classes, (32, 32))
    labels = torch.tensor([3, 3, 3, 5, 5, 7])
    logits = one_hot(torch.tensor([4, 4, 3, 5, 6, 7]), 30).float()
    analysis.update({"path": write_images(tmp_path, 6), "label": one_hot(labels, 30).float()}, predictions(logits))
    analysis.prepare()
    table = analysis.sections()[0].tables[0]
    assert [row[:3] for row in table.rows] == [["class 3", "class 4", "2"], ["class 5", "class 6", "1"]]


def test_of_several_labels_the_numbers_are_those_of_scikit_learn_too(tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(1)
    truth = torch.rand(60, 4, generator=random) < 0.4
    logits = torch.randn(60, 4, generator=random) + 2 * truth
    analysis = Analysis(CLASSES, (32, 32), multi_label=True)
    analysis.update({"path": write_images(tmp_path, 60), "label": truth.float()}, predictions(logits, multi_label=True))
    analysis.prepare()
    predicted = logits.sigmoid() > 0.5
    assert analysis.estimate(np.ones(60)) == pytest.approx(accuracy_score(truth, predicted))
    expected = precision_recall_fscore_support(truth, predicted, zero_division=0)  # pyright: ignore[reportArgumentType]
    confused, _, mistakes = analysis.sections()
    [table] = confused.tables
    assert np.array([row[1:] for row in table.rows], dtype=float) == pytest.approx(np.array(expected).T, abs=6e-4)
    wrong = int((truth != predicted).any(dim=1).sum())
    assert f"{wrong} of 60 test images are wrong" in mistakes.notes[0]
    sureness = torch.maximum(logits.sigmoid(), 1 - logits.sigmoid())
    assert np.sort(analysis.decisions()[0]) == pytest.approx(np.sort(sureness.flatten().numpy()))
