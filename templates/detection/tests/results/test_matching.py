import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.model.module import mean_average_precision
from {{ cookiecutter.package_name }}.results.matching import AREAS, Record, average_precisions, rank

CLASSES = 4  # the last one is in no image


def some_image(random: np.random.Generator, objects: int) -> Record:
    """True boxes of all sizes, some of them crowds, and boxes near them or anywhere, in wrong order of truth."""
    corners = random.uniform(0, 300, (objects, 2))
    sides = random.choice([15, 60, 150], objects)[:, None] * random.uniform(0.7, 1.3, (objects, 2))
    true = np.concatenate([corners, corners + sides], axis=1)
    labels = random.integers(0, CLASSES - 1, objects)
    near = np.repeat(true, 2, axis=0) + random.normal(0, 0.07, (2 * objects, 4)) * np.repeat(sides, 2, axis=0).repeat(2, axis=1)
    away = random.uniform(0, 150, (5, 4)) + np.array([0, 0, 150, 150])
    found = np.concatenate([near, away]).astype(np.float32)
    of_found = np.concatenate([np.repeat(labels, 2), random.integers(0, CLASSES - 1, 5)])
    of_found = np.where(random.random(len(found)) < 0.2, (of_found + 1) % (CLASSES - 1), of_found)
    scores = np.sort(random.random(len(found)))[::-1].astype(np.float32)
    crowds, areas = random.random(objects) < 0.15, (sides.prod(axis=1) * random.uniform(0.5, 1, objects)).astype(np.float32)
    return Record(found, scores, of_found, true.astype(np.float32), labels, crowds, areas)


def test_weighted_average_precision_is_that_of_coco() -> None:
    random = np.random.default_rng(0)
    records = [some_image(random, objects) for objects in (0, 1, 5, 9, 7, 3, 8, 6)]
    weights = np.array([1, 1, 2, 0, 1, 3, 1, 1])
    metric = mean_average_precision()
    for record, times in zip(records, weights, strict=True):
        found = {"boxes": record.boxes, "scores": record.scores.copy(), "labels": record.labels}
        crowds = record.crowds.astype(int)
        truth = {"boxes": record.true_boxes, "labels": record.true_labels, "iscrowd": crowds, "area": record.areas}
        tensors = [{name: torch.from_numpy(array) for name, array in each.items()} for each in (found, truth)]
        for _ in range(times):
            metric.update([tensors[0]], [tensors[1]])
    expected = metric.compute()
    values = {area: average_precisions(rank(records, CLASSES, area), weights.astype(float)) for area in AREAS}
    assert 0.1 < expected["map"] < 0.9
    assert np.nanmean(values["all"]) == pytest.approx(expected["map"].item(), abs=1e-4)
    assert np.nanmean(values["all"][:, 0]) == pytest.approx(expected["map_50"].item(), abs=1e-4)
    for area in ("small", "medium", "large"):
        assert np.nanmean(values[area]) == pytest.approx(expected[f"map_{area}"].item(), abs=1e-4)
    assert np.isnan(values["all"][3]).all()
