import json
from pathlib import Path

import pytest
import torch

from {{ cookiecutter.package_name }}.results.writer import PredictionWriter


def found(*boxes: list[float]) -> dict[str, torch.Tensor]:
    return {
        "boxes": torch.tensor(boxes).reshape(-1, 4),
        "scores": torch.full((len(boxes),), 1 / 3),
        "labels": torch.arange(len(boxes)) % 2,
    }


def test_boxes_are_written_as_coco_with_all_digits(tmp_path: Path) -> None:
    with PredictionWriter(tmp_path, ["red", "blue"], pictures=False) as writer:
        writer.add("/photos/1.png", "1", found([1.25, 2, 11.256789, 22], [0, 0, 30, 20]), (20, 30))
        writer.add("/photos/2.png", "2", found(), (40, 50))
        writer.add("/photos/3.png", "3", found([3, 4, 5, 6]), (60, 70))
    written = json.loads((tmp_path / "predictions.json").read_text(encoding="utf-8"))
    assert [(image["file_name"], image["width"], image["height"]) for image in written["images"]] == [
        ("/photos/1.png", 30, 20),
        ("/photos/2.png", 50, 40),  # listed, though nothing was found
        ("/photos/3.png", 70, 60),
    ]
    assert written["categories"] == [{"id": 0, "name": "red"}, {"id": 1, "name": "blue"}]
    assert [annotation["id"] for annotation in written["annotations"]] == [1, 2, 3]
    assert [annotation["image_id"] for annotation in written["annotations"]] == [1, 1, 3]
    assert [annotation["category_id"] for annotation in written["annotations"]] == [0, 1, 0]
    first = written["annotations"][0]
    assert first["bbox"] == pytest.approx([1.25, 2, 10.006789, 20], abs=1e-6)
    assert torch.tensor(first["score"]) == torch.tensor(1 / 3)


def test_a_run_that_finds_nothing_is_valid(tmp_path: Path) -> None:
    with PredictionWriter(tmp_path, ["red"], pictures=False):
        pass
    written = json.loads((tmp_path / "predictions.json").read_text(encoding="utf-8"))
    assert written == {"images": [], "annotations": [], "categories": [{"id": 0, "name": "red"}]}
