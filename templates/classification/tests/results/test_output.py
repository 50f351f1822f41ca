import csv
from pathlib import Path

import torch

from {{ cookiecutter.package_name }}.results.writer import PredictionWriter


def prediction(*probabilities: float) -> dict[str, torch.Tensor]:
    its = torch.tensor(probabilities)
    return {"probabilities": its, "labels": its > 0.5}


def test_each_image_has_a_line_with_its_labels_and_all_probabilities(tmp_path: Path) -> None:
    with PredictionWriter(tmp_path, ["red", "a, b"], pictures=False) as writer:
        writer.add("/photos/1.png", "1", prediction(0.25, 0.75), (20, 30))
        writer.add("/photos/ü, 2.png", "ü, 2", prediction(0.625, 0.875), (20, 30))
        writer.add("/photos/3.png", "3", prediction(0, 0.125), (20, 30))
    with (tmp_path / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"path": "/photos/1.png", "label": "a, b", "score": "0.75", "p(red)": "0.25", "p(a, b)": "0.75"},
        {"path": "/photos/ü, 2.png", "label": "red|a, b", "score": "0.875", "p(red)": "0.625", "p(a, b)": "0.875"},
        {"path": "/photos/3.png", "label": "", "score": "0.125", "p(red)": "0", "p(a, b)": "0.125"},
    ]


def test_a_probability_is_written_with_all_that_a_float_has(tmp_path: Path) -> None:
    almost = torch.tensor(1.0).nextafter(torch.tensor(0.0)).item()
    with PredictionWriter(tmp_path, ["red"], pictures=False) as writer:
        writer.add("/photos/1.png", "1", prediction(almost), (20, 30))
    with (tmp_path / "predictions.csv").open(encoding="utf-8") as file:
        assert [torch.tensor(float(row["p(red)"])).item() for row in csv.DictReader(file)] == [almost]
