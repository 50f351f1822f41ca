import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, jaccard_score

from {{ cookiecutter.package_name }}.data.masks import IGNORED
from {{ cookiecutter.package_name }}.model.decode import decode
from {{ cookiecutter.package_name }}.results.analysis import WORST, Analysis, count_near_edges

CLASSES = ["sky", "sea", "sun", "unseen"]
SIZES = [(32, 32), (20, 50), (64, 40)] * 4


def test_numbers_are_those_of_scikit_learn_over_all_pixels() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(len(SIZES), 4, 32, 32, generator=random)
    logits[:, 3] = -9
    truths = [torch.randint(3, size, generator=random, dtype=torch.uint8) for size in SIZES]
    truths[0][:4] = IGNORED
    analysis = Analysis(CLASSES, (32, 32))
    analysis.update({"path": [f"{number}.png" for number in range(len(SIZES))], "truth": truths}, decode(logits, SIZES, (32, 32)))
    analysis.prepare()
    predicted = torch.cat([found["mask"].flatten() for found in decode(logits, SIZES, (32, 32))])
    truth = torch.cat([mask.flatten() for mask in truths])
    true, found = truth[truth != IGNORED], predicted[truth != IGNORED]
    assert analysis.confusion().tolist() == confusion_matrix(true, found, labels=range(4)).tolist()
    assert analysis.estimate(np.ones(len(SIZES))) == pytest.approx(jaccard_score(true, found, average="macro"))
    twice = analysis.confusion(np.full(len(SIZES), 2.0))
    assert twice.tolist() == (2 * analysis.confusion()).tolist()
    assert sum(record.masks is not None for record in analysis.records.values()) == WORST


def test_wrong_pixels_at_edges_are_told_from_wrong_regions() -> None:
    truth = torch.zeros(100, 100, dtype=torch.uint8)
    truth[:, 50:] = 1
    shifted = truth.clone()
    shifted[:, 50] = 0
    assert count_near_edges(truth, shifted) == (10_000, 200, 100, 100)
    hole = truth.clone()
    hole[:10, :10] = 2
    assert count_near_edges(truth, hole) == (10_000, 200, 100, 0)
    truth[:, 50:] = IGNORED
    assert count_near_edges(truth, shifted)[0] == 5000
