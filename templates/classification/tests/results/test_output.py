import csv
from pathlib import Path

import torch

from {{ cookiecutter.package_name }}.results.writer import PredictionWriter


def test_each_image_has_a_line_with_its_class_and_all_probabilities(tmp_path: Path) -> None:
    with PredictionWriter(tmp_path, ["red", "a, b"], pictures=False) as writer:
        writer.add("/photos/1.png", "1", {"probabilities": torch.tensor([0.25, 0.75])}, (20, 30))
        writer.add("/photos/ü, 2.png", "ü, 2", {"probabilities": torch.tensor([0.9, 0.1])}, (20, 30))
    with (tmp_path / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"path": "/photos/1.png", "label": "a, b", "score": "0.750000", "p(red)": "0.250000", "p(a, b)": "0.750000"},
        {"path": "/photos/ü, 2.png", "label": "red", "score": "0.900000", "p(red)": "0.900000", "p(a, b)": "0.100000"},
    ]
