from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.results import analysis
from {{ cookiecutter.package_name }}.results.analysis import NOT_FOUND, RIGHT, WRONG, Analysis

FOUND, CLOSE = (40.0, 40.0, 160.0, 160.0), (230.0, 80.0, 330.0, 180.0)
MEANT, MISSED = (200.0, 50.0, 300.0, 150.0), (60.0, 260.0, 120.0, 360.0)


def test_a_picture_has_right_and_wrong_boxes_with_scores_and_what_they_were_meant_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures: list[tuple[Any, str]] = []
    monkeypatch.setattr(analysis, "picture_of", lambda *arguments: pictures.append(arguments))
    texts: list[str] = []
    draw = analysis.draw_boxes
    monkeypatch.setattr(analysis, "draw_boxes", lambda *arguments: texts.extend(arguments[-1]) or draw(*arguments))
    Image.new("RGB", (512, 384)).save(tmp_path / "a.png")

    found = Analysis(["cat"], (64, 64), 0.1)
    true = torch.tensor([FOUND, MEANT, MISSED])
    truth = {"boxes": true, "labels": torch.zeros(3, dtype=torch.long), "area": torch.full((3,), 9000.0), "iscrowd": torch.zeros(3)}
    boxes = torch.tensor([FOUND, CLOSE])
    prediction = {"boxes": boxes, "scores": torch.tensor([0.9, 0.8]), "labels": torch.zeros(2, dtype=torch.long)}
    found.update({"path": [str(tmp_path / "a.png")], "truth": [truth]}, [prediction])
    found.prepare()
    found.sections()

    ((picture, caption),) = pictures
    assert caption == "1 wrong, 1 badly found, 1 missed: a.png"
    assert texts == ["cat 0.80: place", "cat", "cat", "cat 0.90"]
    pixels = np.asarray(picture)
    for box, color in ((FOUND, RIGHT), (CLOSE, WRONG), (MEANT, NOT_FOUND), (MISSED, NOT_FOUND)):
        left, bottom = int(box[0]), int(box[3])
        line = pixels[bottom - 20, left : left + 3] == color
        assert line.all(axis=-1).tolist() == [True, True, False]
